"""The logged rates, cleaned, scaled and thinned for fitting."""

from __future__ import annotations

import math
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Floats
from lrdoctor.signals import _native

MOST = 256
"""Points that are fitted: enough for any closed form, few enough for a fit in a millisecond."""
SAME = 2e-5
"""Relative difference up to which two rates count as one: above float32's 6e-8 and six printed
digits (5e-6), below one step of five digits for all but the largest mantissas."""
COARSE = 1e-4
"""A resolution above this is of three or four printed digits."""
FLOOR = 0.02
"""Share of the peak below which errors are measured absolutely."""


UNIT = 12**0.5
"""A unit of the last digit is so many times the root mean square of rounding to it."""


class Points(msgspec.Struct, frozen=True, gc=False):
    """Rates at increasing steps, scaled so that the highest is 1. Arrays have shape (n,)."""

    steps: Floats
    rates: Floats
    scale: float
    """The highest rate as logged."""
    weights: Floats
    """Inverse of the size against which an error at this point is measured."""
    resolution: float
    """Relative error, root mean square, that the printed digits allow."""
    planned: float | None = None
    """The step at which training is to end."""
    origin: float | None = None
    """The step from which the schedule counts, where that is known."""
    noise: float = 0.0
    """Relative standard deviation about the trend, where it is beyond the digits' (``jitter``)."""

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def span(self) -> float:
        return float(self.steps[-1] - self.steps[0])

    def take(self, which: slice | NDArray[np.intp] | NDArray[np.bool_]) -> Points:
        return Points(self.steps[which], self.rates[which], self.scale, self.weights[which],
                      self.resolution, self.planned, self.origin, self.noise)  # fmt: skip

    def thinned(self) -> Points:
        """At most about ``MOST`` points: evenly, denser at the start, extremes and jumps."""
        n = len(self)
        if n <= MOST:
            return self
        keep = _spread(n).copy()
        keep[self.rates.argmax()] = keep[self.rates.argmin()] = True
        moves = np.abs(self.rates[1:] - self.rates[:-1])
        jumps = moves.argpartition(-MOST // 8)[-MOST // 8 :]
        keep[jumps] = keep[jumps + 1] = True
        return self.take(keep.nonzero()[0])


class Levels(msgspec.Struct, frozen=True, gc=False):
    """Runs of equal rates. Arrays have shape (m,)."""

    first: NDArray[np.intp]
    """Index of each run's first point."""
    sizes: NDArray[np.intp]
    rates: Floats


class Logged(msgspec.Struct, frozen=True, gc=False):
    """The finite rates at increasing steps. Arrays have shape (n,)."""

    steps: Floats
    rates: Floats
    scaled: Floats
    """Shares of the highest, and their weights as in ``Points``; of no use where one is below 0
    or none is above."""
    weights: Floats
    least: float
    most: float
    """NaN where there is no rate."""


def logged(steps: NDArray[np.generic], rates: NDArray[np.generic]) -> Logged:
    """The finite rates at increasing steps; of several at one step the newest stands."""
    n = min(len(steps), len(rates))
    if _native.THERE and (steps.dtype, rates.dtype) == _NATIVE:
        given = np.ascontiguousarray(steps[:n]), np.ascontiguousarray(rates[:n])
        ready = _native.points(*given, FLOOR)
        if ready is not None:
            at, scaled, weights, least, most = ready
            return Logged(at, given[1], scaled, weights, least, most)
    at, values = _clean(*(np.ascontiguousarray(a[:n], np.float64) for a in (steps, rates)))
    if not len(at):
        return Logged(at, values, values, values, np.nan, np.nan)
    least, most = float(np.minimum.reduce(values)), float(np.maximum.reduce(values))
    scaled = values / most if least >= 0 and most > 0 else values
    return Logged(at, values, scaled, 1.0 / (np.abs(scaled) + FLOOR), least, most)


_NATIVE = np.dtype(np.int64), np.dtype(np.float64)


def _clean(at: Floats, values: Floats) -> tuple[Floats, Floats]:
    good = np.isfinite(values) & np.isfinite(at)
    if np.count_nonzero(good) < len(at):
        at, values = at[good], values[good]
    if len(at) > 1:
        moves = at[1:] - at[:-1]
        least = np.minimum.reduce(moves)
        if least < 0:
            order = np.argsort(at, kind="stable")
            at, values, moves = at[order], values[order], np.diff(at[order])
            least = moves.min()
        if least == 0:
            newest = np.append(moves > 0, True)
            at, values = at[newest], values[newest]
    return at, values


def points(rates: Logged, planned: float | None) -> Points:
    """Rates, at least one of them above 0 and none below, made ready for fitting."""
    return Points(rates.steps, rates.scaled, rates.most, rates.weights, _resolution(rates.rates),
                  planned)  # fmt: skip


def levels(p: Points) -> Levels | None:
    """Runs of equal rates, None where the rate glides: where a run drifts, or runs are too many."""
    y = p.rates
    borders = _borders(y)
    first = borders[:-1]
    if len(first) > 2 * MOST and len(first) > len(p) // 2:
        return None
    low, high = np.minimum.reduceat(y, first), np.maximum.reduceat(y, first)
    if (high - low > 3 * SAME * high).any():
        return None
    return Levels(first, borders[1:] - first, y[first])


def rounded(p: Points, lv: Levels) -> bool:
    """Whether most levels from the peak on lie as near each other as few printed digits allow."""
    y = lv.rates[int(lv.rates.argmax()) :]
    if p.resolution <= COARSE or len(y) < 2:
        return False
    near = np.abs(y[1:] - y[:-1]) <= 2 * UNIT * p.resolution * np.maximum(y[1:], y[:-1])
    return 2 * int(np.count_nonzero(near)) > len(near)


def _borders(y: Floats) -> NDArray[np.intp]:
    """The first point of each run of equal rates, and the number of rates."""
    if _native.THERE:
        return _native.level_borders(y, SAME)
    moved = np.ones(len(y) + 1, np.bool_)  # before each point, and after the last
    moved[1:-1] = np.abs(y[1:] - y[:-1]) > SAME * np.maximum(y[1:], y[:-1])
    return moved.nonzero()[0]


@lru_cache(maxsize=64)
def _spread(n: int) -> NDArray[np.bool_]:
    """Which of n points stand for all by their place alone, shape (n,)."""
    keep = np.zeros(n, np.bool_)
    keep[np.linspace(0, n - 1, MOST // 2).astype(np.intp)] = True
    keep[np.geomspace(1, n - 1, MOST // 4).astype(np.intp)] = True  # a warmup may be short
    keep[-2:] = True  # an interval of the log itself: a fall mostly ends so far after its last rate
    return keep


def _resolution(rates: Floats) -> float:
    """Half a unit in the last place that the log prints, as a root mean square.

    Five digits are assumed at least; three or four are seen from the values themselves.
    """
    digits = _digits(rates, max(1, len(rates) // 64))
    return 10.0 ** (1 - digits) / UNIT if digits else 3e-5


def _digits(rates: Floats, step: int) -> int:
    """3 or 4 where every ``step``-th rate above zero has no more digits, else 0."""
    if _native.THERE:
        return _native.printed_digits(rates, step)
    some = set(rates[rates > 0][::step].tolist())
    return next((n for n in (3, 4) if all(_printed(rate, n) for rate in some)), 0)


def _printed(rate: float, digits: int) -> bool:
    """Whether a rate has no more digits than that."""
    unit = 10.0 ** math.floor(math.log10(rate))
    if not unit:
        return False  # of the smallest numbers there are, which no log prints
    ticks = rate / unit * 10.0 ** (digits - 1)
    return abs(ticks - round(ticks)) < 1e-6 * ticks + 1e-9
