"""The one plain row that a live CSV log gains: read at once, with nothing looked up again."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lrdoctor.readers import _csv_bulk
from lrdoctor.readers._rows import Rows
from lrdoctor.run import Block

_MOST_LENGTHS = 256
"""So many are kept until the reader's state is next asked for."""


class LiveRow:
    """Reads rows like the one before, as long as nothing else comes between.

    It holds for one header and one axis, and from a row on that had a figure in every column: what
    such rows can still change is the step, the latest loss and the length of the last cell.
    """

    def __init__(
        self, names: Sequence[str], separator: str, rows: Rows, run: str, lengths: list[int]
    ) -> None:
        self._figures = _csv_bulk.row_reader(separator, len(names))
        self._mark = separator.encode()
        self._axis, self._run, self._lengths = rows.axis, run, lengths
        state = rows.axis.state
        self._beginning = state.beginning
        place = {name: at for at, name in enumerate(names)}
        self._step = place.get(state.name or "")
        self._epoch = place.get(state.epoch_name or "")
        self._loss = place.get(state.beginning.loss or "")
        lasting = rows.lasting(names)
        self.possible = lasting is not None
        """Whether rows tell no more than steps and values."""
        self._tags = [(place[name], tag) for name, tag in lasting or ()]

    def read(self, line: bytes) -> list[Block] | None:
        """The points of a complete line; None where it is no row like those before."""
        figures = self._figures(line)
        if figures is None:
            return None
        told = figures.item
        step = self._axis.step(
            math.nan if self._step is None else told(self._step),
            None if self._epoch is None else told(self._epoch),
        )
        if self._loss is not None:
            self._beginning.last = told(self._loss)
        self._lengths.append(len(line) - line.rfind(self._mark) - 2)
        if len(self._lengths) > _MOST_LENGTHS:
            del self._lengths[: _MOST_LENGTHS // 2]
        steps, run = np.array([step]), self._run
        return [Block(tag, steps, figures[at : at + 1], None, run) for at, tag in self._tags]
