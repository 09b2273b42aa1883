"""A counter that begins anew, its total and epoch untold: another epoch, or another start?"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

import msgspec

from lrdoctor import metrics


class Passes(msgspec.Struct):
    """Takes a counter for an epoch's where it came back twice as only such a one does.

    Both times to the same first step, from the same last one, and with a loss nearer to where it
    had come to than to where the log began: folds and repeated trainings come back likewise, but
    their loss begins anew, too. The first time is a resume: what follows it is not known yet.
    """

    began: float | None = None
    """The first step of the present pass, as told."""
    reached: float | None = None
    """The last step of the pass before, where the loss went on behind it."""
    tag: str = ""
    """The first loss that was told."""
    first: float = nan
    """Its first value."""
    last: float = nan
    """And its latest."""

    def again(self, step: float, before: float | None, figures: Mapping[str, float]) -> bool:
        """Whether another epoch begins; to be asked of every step, in order.

        Args:
            before: the step told before this one.
            figures: those of its line.
        """
        former, loss = self.last, self._loss(figures)
        if before is None:
            self.began = step
        elif step < before:
            if step == self.began and abs(loss - self.first) > abs(loss - former):
                known, self.reached = self.reached, before
                return known == before
            self.began, self.reached = step, None
        return False

    def _loss(self, figures: Mapping[str, float]) -> float:
        if not self.tag:
            self.tag = next((name for name in figures if metrics.kind(name) == "loss"), "")
            self.first = figures.get(self.tag, nan)
        self.last = figures.get(self.tag, self.last)
        return self.last
