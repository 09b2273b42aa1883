"""The one plain row that a live CSV log gains: read at once, with nothing looked up again."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from lrdoctor.readers import _csv_bulk
from lrdoctor.readers._rows import Rows
from lrdoctor.run import Block


class LiveRow:
    """Reads rows like the one before, as long as nothing else comes between.

    It holds for one header and one axis, and from a row on that had a figure in every column: what
    such rows can still change is the step, the latest loss and the length of the last cell.
    """

    def __init__(
        self, names: Sequence[str], separator: str, rows: Rows, run: str, kept: int
    ) -> None:
        """
        Args:
            kept: so many of the latest lines stay in ``latest``.
        """
        self.latest: deque[bytes] = deque(maxlen=kept)
        """Lines read since, each with its end."""
        self._figures = _csv_bulk.row_reader(separator, len(names))
        self._axis, self._run = rows.axis, run
        state = rows.axis.state
        self._beginning = state.beginning
        place = {name: at for at, name in enumerate(names)}
        self._step = place.get(state.name or "")
        self._epoch = place.get(state.epoch_name or "")
        self._loss = place.get(state.beginning.loss or "")
        lasting = rows.lasting(names)
        self.possible = lasting is not None
        """Whether rows tell no more than steps and values."""
        self._tags = [(slice(place[name], place[name] + 1), tag) for name, tag in lasting or ()]

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
        self.latest.append(line)
        steps, run = np.array((step,)), self._run
        return [Block(tag, steps, figures[own], None, run) for own, tag in self._tags]
