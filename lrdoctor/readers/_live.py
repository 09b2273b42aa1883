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
        state, begun = rows.axis.state, rows.axis.state.beginning
        place = {name: at for at, name in enumerate(names) if name}
        known = not begun.reopened and (
            (state.name is None or begun.step is not None)
            and (begun.loss is not None or all(metrics.kind(name) != "loss" for name in place))
        )
        lasting = rows.lasting(names) if known else None
        self.possible = lasting is not None
        """Whether rows tell no more than steps and values."""
        # All of it at once: to look up an attribute takes as long as to read a figure.
        self._known = (
            [(place[name], tag) for name, tag in lasting or ()],
            run,
            rows.axis.step,
            place.get(state.name or ""),
            place.get(state.epoch_name or ""),
            None if state.epoch_name is None else math.nan,
            place.get(begun.loss or ""),
            begun,
        )

    def blocks(self, figures: Sequence[float | None]) -> list[Block]:
        """The points of a row: a figure or a blank for each name, in their order."""
        tags, run, next_step, step_at, epoch_at, no_epoch, loss_at, beginning = self._known
        cell = None if step_at is None else figures[step_at]
        epoch = None if epoch_at is None else figures[epoch_at]
        step = next_step(math.nan if cell is None else cell, no_epoch if epoch is None else epoch)
        if loss_at is not None:
            loss = figures[loss_at]
            if loss is not None:
                beginning.last = loss
        made = []
        for at, tag in tags:  # a comprehension takes nearly twice as long (Python 3.11)
            value = figures[at]
            if value is not None:
                made.append(Block(tag, step, value, None, run))
        return made
