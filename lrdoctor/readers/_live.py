"""The one plain row that a live log gains: made into points with nothing looked up again."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lrdoctor.readers._rows import Rows
from lrdoctor.run import Block


class LiveRow:
    """Takes rows like the one before, as long as nothing else comes between.

    It holds for these names and one axis, and from a row on that had a figure under every name:
    what such rows can still change is the step and the latest loss.
    """

    def __init__(self, names: Sequence[str], rows: Rows, run: str) -> None:
        self.names = names
        self._axis, self._run = rows.axis, run
        state = rows.axis.state
        self._beginning = state.beginning
        place = {name: at for at, name in enumerate(names) if name}
        self._step = place.get(state.name or "")
        self._epoch = place.get(state.epoch_name or "")
        self._no_epoch = None if state.epoch_name is None else math.nan
        self._loss = place.get(state.beginning.loss or "")
        lasting = rows.lasting(names)
        self.possible = lasting is not None
        """Whether rows tell no more than steps and values."""
        self._tags = [(place[name], tag) for name, tag in lasting or ()]

    def blocks(self, figures: Sequence[float]) -> list[Block]:
        """The points of a row: one figure a name, in their order."""
        step = self._axis.step(
            math.nan if self._step is None else figures[self._step],
            self._no_epoch if self._epoch is None else figures[self._epoch],
        )
        if self._loss is not None:
            self._beginning.last = figures[self._loss]
        run = self._run
        return [Block(tag, step, figures[at], None, run) for at, tag in self._tags]
