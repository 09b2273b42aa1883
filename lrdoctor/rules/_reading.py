"""What several rules read off one loss curve, computed once a look."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Curve, Floats, Ints
from lrdoctor.signals._index import count, half, index, of_index
from lrdoctor.signals.best import best
from lrdoctor.signals.level import level
from lrdoctor.signals.moments import moments
from lrdoctor.signals.noise import noise
from lrdoctor.signals.streak import streak

_LIMIT = 1e100
"""Larger losses count as this large, so that no difference or sum of them overflows."""
_FEW = 8
"""Fewer differences of neighbours tell too little of the noise."""


_LAST = int(np.iinfo(np.int64).max)
_WANDERS = 48
"""Points from which on the noise at a distance of 8 is known well enough."""
_WIDER = 8.0
"""A deviation known from n values counts 1 + 8 / n fold: as much wider as Student's t is than the
normal distribution, at the far quantiles that alarms are set at."""


class Reading(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A loss curve with its level, noise and best so far. All arrays: shape (blocks,), causal."""

    first_steps: Ints
    steps: Ints
    starts: Ints
    """Index of each block's first point in the series."""
    values: Floats
    level: Floats
    """Trailing median: where the loss stands."""
    scatter: Floats
    """Standard deviation of one value about its trend, as measured."""
    noise: Floats
    """The same, widened while few values are known."""
    best: Floats
    """The lowest level so far."""
    progress: Floats
    """How far the level has come down from the start at its best, at least 0."""
    start: float
    """The first finite loss; NaN where there is none yet."""
    _whole: Reading | None = None

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def whole(self) -> Reading:
        """The reading that this is the head of, or itself."""
        return self._whole or self

    def head(self, size: int) -> Reading:
        """The reading as it was at its first ``size`` blocks. One object, whichever rule asks: what
        was worked out for it stands."""
        return self if size >= len(self) else _head(self.whole, size)

    def after(self, steps: int) -> int:
        """The first block at which so many steps lie behind; how many blocks there are if none."""
        return int(self.steps.searchsorted(min(int(self.first_steps[0]) + steps, _LAST)))

    @property
    def base(self) -> float:
        """The first loss, or the second where the first cannot be trusted alone and is lower.

        A first step that was logged by itself before a coarser rhythm (steps 1, 50, 100, ...) is
        one batch, and may stand among averages over many.
        """
        return max(self.start, float(self.values[1])) if self.lone else self.start

    @cached_property
    def lone(self) -> bool:
        """The first step was logged by itself, before a coarser rhythm."""
        if len(self) < 3:
            return False
        first, second, third = self.steps[:3].tolist()
        rhythm = third - second
        return bool(first <= 1 and second - first < rhythm and second >= rhythm - 1)

    @cached_property
    def risen(self) -> int:
        """Blocks up to and with the last whose level lies above the first loss."""
        above = (self.level > self.values[0]).nonzero()[0][-1:].tolist()
        return above[0] + 1 if above else 0

    @cached_property
    def best_at(self) -> Ints:
        """Index of the lowest level so far, the first of equals."""
        at = index(len(self)).copy()
        at[1:] *= self.level[1:] < self.best[:-1]
        return np.maximum.accumulate(at)

    @cached_property
    def doubt(self) -> Floats:
        """Standard error of the level: of a median of about a tenth of the points so far."""
        return np.asarray(1.25 * self.noise / _root_of_held(len(self)))

    @cached_property
    def frozen(self) -> Ints:
        """How many values in a row have been the same, up to and with each one.

        The same is what differs by less than a 10,000th of the progress: a single-precision sum
        in another order.
        """
        same = np.zeros(len(self), np.bool_)
        same[1:] = np.abs(self.values[1:] - self.values[:-1]) <= 1e-4 * self.progress[1:]
        return streak(same) + 1

    @cached_property
    def newest(self) -> Floats:
        """Mean and deviation of the newest half of the values, shape (blocks, 2)."""
        return moments(self.values)

    @cached_property
    def sinks(self) -> NDArray[np.bool_]:
        """Where the mean of the newest half lies under that of the half before it, by two standard
        errors: of a loss that stands still one point in forty."""
        begin = half(len(self))
        older, newer = np.maximum(begin, 1), count(len(self)) - begin
        sums = np.cumsum(self.values - self.start)
        fall = sums[older - 1] / older - (self.newest[:, 0] - self.start)
        return np.asarray(fall > 2 * self.scatter * np.sqrt(1 / older + 1 / newer))

    @cached_property
    def lately(self) -> Floats:
        """The noise of the newest third alone: large where the loss has just been elsewhere."""
        return noise(self.values, 0.3)

    @cached_property
    def wander(self) -> Floats:
        """How many times the noise at a distance exceeds that of neighbours, at least 1: a loss
        that was logged as a running average wanders. Not known before 48 points."""
        wider = noise(self.values, lag=8) / np.maximum(self.noise, 1e-200)
        wider[: _WANDERS - 1] = 1.0
        return np.maximum(wider, 1.0)

    @cached_property
    def drift(self) -> Floats:
        """``doubt`` of a loss that wanders."""
        return np.asarray(self.doubt * self.wander)


_root_of_held = of_index(lambda i: np.sqrt(np.minimum(np.maximum(0.1 * (i + 1), 3), 65)))
_widened = of_index(lambda i: 1 + _WIDER / (i + 1))
_CAUSAL = frozenset({"best_at", "doubt", "drift", "frozen", "lately", "newest", "sinks", "wander"})
"""What is worked out once asked for, an array over the blocks."""


@lru_cache(maxsize=32)
def _head(whole: Reading, size: int) -> Reading:
    head = Reading(
        whole.first_steps[:size], whole.steps[:size], whole.starts[:size], whole.values[:size],
        whole.level[:size], whole.scatter[:size], whole.noise[:size], whole.best[:size],
        whole.progress[:size], whole.start, whole,
    )  # fmt: skip
    known, its = vars(whole), vars(head)
    for name in known:
        if name in _CAUSAL:
            its[name] = known[name][:size]
    return head


@lru_cache(maxsize=16)
def read(curve: Curve) -> Reading:
    """The reading of a curve's blocks that hold a finite point."""
    finite = curve.finite()
    values = np.minimum(np.maximum(finite.values, -_LIMIT), _LIMIT)
    stand = level(values)
    scatter = noise(values)
    ragged = scatter.copy()
    ragged[:_FEW] = np.maximum.accumulate(ragged[:_FEW])
    ragged *= _widened(len(ragged))
    start, low = float(values[0]) if len(values) else math.nan, best(stand)
    return Reading(
        finite.first_steps, finite.steps, finite.starts, values, stand, scatter, ragged, low,
        np.maximum(start - low, 0.0), start,
    )  # fmt: skip
