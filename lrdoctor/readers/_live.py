"""The one plain row that a live log gains: made into points with nothing looked up again."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lrdoctor import metrics
from lrdoctor.readers._rows import Rows
from lrdoctor.run import Block


class LiveRow:
    """Takes rows like those before, as long as nothing else comes between.

    It holds for these names and one axis, once a figure has come under every name: what further
    rows can still change is the step and the latest loss.
    """

    def __init__(self, names: Sequence[str], rows: Rows, run: str) -> None:
        self.names = names
        self._axis, self._run = rows.axis, run
        state, begun = rows.axis.state, rows.axis.state.beginning
        self._beginning = begun
        place = {name: at for at, name in enumerate(names) if name}
        self._step = place.get(state.name or "")
        self._epoch = place.get(state.epoch_name or "")
        self._no_epoch = None if state.epoch_name is None else math.nan
        self._loss = place.get(begun.loss or "")
        known = not begun.reopened and (
            (state.name is None or begun.step is not None)
            and (begun.loss is not None or all(metrics.kind(name) != "loss" for name in place))
        )
        lasting = rows.lasting(names) if known else None
        self.possible = lasting is not None
        """Whether rows tell no more than steps and values."""
        self._tags = [(place[name], tag) for name, tag in lasting or ()]

    def blocks(self, figures: Sequence[float | None]) -> list[Block]:
        """The points of a row: a figure or a blank for each name, in their order."""
        cell = None if self._step is None else figures[self._step]
        epoch = None if self._epoch is None else figures[self._epoch]
        step = self._axis.step(
            math.nan if cell is None else cell, self._no_epoch if epoch is None else epoch
        )
        loss = None if self._loss is None else figures[self._loss]
        if loss is not None:
            self._beginning.last = loss
        run, made = self._run, []
        for at, tag in self._tags:  # a comprehension takes nearly twice as long (Python 3.11)
            value = figures[at]
            if value is not None:
                made.append(Block(tag, step, value, None, run))
        return made
