"""Several runs one after the other in one file: did a run go on, or did another begin?

A program that is started again appends to its log, under a header of its own. It may go on from a
checkpoint, which is a resume of the same run, or train anew, which is another run. Only where all
that the log tells speaks for the latter is it taken so:

- the header stands there again,
- the step is back at the very start of the log, which was the start of a training,
- and the loss is nearer to where it started than to where it had come to.
"""

from __future__ import annotations

import math

import msgspec


class Beginning(msgspec.Struct):
    """How the present run began, and where its loss is."""

    step: float | None = None
    """As logged; None: no row has told it yet."""
    epoch: float | None = None
    loss: str | None = None
    """The tag of a loss; None: no row has told one yet."""
    first: float | None = None
    """That loss in its first row."""
    last: float = math.nan
    """And in its latest."""
    reopened: bool = False
    """The header has come again since the last row that told a step."""
    number: int = 1
    """Of the run in the file."""
    former: dict[str, str] = {}
    """What the steps of the runs before it are: ``Reader.x_axis`` by run."""

    @property
    def run(self) -> str:
        """What ``Block.run`` calls it."""
        return "" if self.number == 1 else f"#{self.number}"

    def begins_anew(
        self, step: float | None, epoch: float | None, loss: float | None, stride: float
    ) -> bool:
        """Whether another run begins with the first row under a repeated header.

        Args:
            step, epoch, loss: what that row tells, as logged; None: nothing of it.
            stride: steps from one row to the next. A log whose first step is larger does not begin
                where its training did: it was resumed itself.
        """
        if step is None and loss is None:
            return False  # neither speaks for it
        if step is not None and (self.step is None or not step <= self.step <= max(1.0, stride)):
            return False
        if epoch is not None and self.epoch is not None and epoch > self.epoch:
            return False
        if loss is None or self.first is None or not math.isfinite(self.first):
            return step is not None
        # A loss that is no number, or that was none at last, has come from nowhere near.
        return not abs(loss - self.first) > abs(loss - self.last)
