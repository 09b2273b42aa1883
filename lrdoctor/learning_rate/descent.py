"""What a loss curve did as a whole, in plain numbers: its noise, its low, its jumps, its pace."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrdoctor.learning_rate.cells import deviation, mean, median
from lrdoctor.run import Floats
from lrdoctor.signals import _native


class Descent(NamedTuple):
    """A curve of n losses; rows are its points, and the late ones those of its second half.

    ``smooth`` are the means over each tenth of the rows, ``moves`` the differences of neighbours.
    """

    mean: float
    tail: float
    """Mean loss of the last 15 % of the rows."""
    tail_deviation: float
    """Standard deviation of these."""
    early: float
    """Mean loss from 20 to 35 % of the rows."""
    middle: float
    """From 50 to 65 %."""
    last: float
    """From 70 to 85 %."""
    late: float
    """Mean of the late losses."""
    late_power: float
    """Sum of the squares of these less their mean."""
    late_memory: float
    """Sum of the products of neighbours among them."""
    top: float
    least: float
    late_top: float
    late_q90: float
    """The late loss that nine of ten do not exceed."""
    low: float
    """The lowest of ``smooth``."""
    low_at: float
    """Share of the cumulative learning rate that had been spent there."""
    tiny: float
    """A billionth of the largest loss's size: less is none."""
    sigma: float
    """Noise of the late rows, at least ``tiny``."""
    drop: float
    """The progress: first loss less ``low``, at least a tenth of ``sigma``."""
    early_noise: float
    """Of the rows from a tenth to the half."""
    late_noise: float
    end_noise: float
    """Of the last quarter."""
    jump: float
    """The highest of ``moves``."""
    late_jump: float
    """The highest late one, at least 0."""
    falling: float
    """Share of the steps in ``smooth`` that lead downwards."""
    falling_coarse: float
    """The same of every twentieth part of it."""
    won_10: float
    """Share of the cumulative learning rate at which ``smooth`` had won 10 % of the progress."""
    won_30: float
    won_50: float
    won_70: float
    won_90: float
    won_30_time: float
    """Share of the steps by then."""
    won_70_time: float
    won_90_time: float


_SHARES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])


def descent(loss: Floats, done: Floats, time: Floats) -> Descent:
    """The figures of a trace's loss, its share of the learning rate and of the steps.

    All of shape (n,), n at least 3, finite, no larger than 1e60. Cost: O(n) on average.
    """
    given = (np.ascontiguousarray(array, np.float64) for array in (loss, done, time))
    if _native.THERE:
        return Descent._make(_native.descent(*given))
    return _descent(*given)


def _descent(y: Floats, done: Floats, time: Floats) -> Descent:
    n = len(y)
    late, moves = y[n // 2 :], y[1:] - y[:-1]
    away = late - mean(late)
    top, least = float(np.maximum.reduce(y)), float(np.minimum.reduce(y))
    tiny = 1e-9 * max(top, -least, 1e-300)
    late_noise = noise(moves[n // 2 :])
    sigma = max(late_noise, tiny)
    width = max(1, n // 10)
    smooth = moving_mean(y, width)
    lowest = int(smooth.argmin())
    low = float(smooth[lowest])
    drop = max(float(y[0]) - low, 0.1 * sigma, tiny)
    fallen = np.maximum.accumulate(-smooth)
    first = fallen.searchsorted(_SHARES * drop - float(y[0]))
    won = np.minimum(np.minimum(first, len(fallen) - 1) + (width - 1), n - 1)
    tail = y[-max(1, round(0.15 * n)) :]
    coarse = smooth[:: max(1, len(smooth) // 20)]
    ranked = late.copy()
    ranked.sort()
    return Descent(
        mean(y),
        mean(tail),
        deviation(tail),
        _part(y, 0.2, 0.35),
        _part(y, 0.5, 0.65),
        _part(y, 0.7, 0.85),
        mean(late),
        float(np.add.reduce(away * away)),
        float(np.add.reduce(away[1:] * away[:-1])),
        top + 0.0,  # a zero has one sign only
        least + 0.0,
        float(np.maximum.reduce(late)) + 0.0,
        float(ranked[int(0.9 * (len(ranked) - 1))]) + 0.0,
        low,
        float(done[lowest + width - 1]),
        tiny,
        sigma,
        drop,
        noise(moves[n // 10 : max(n // 2 - 1, 0)]),
        late_noise,
        noise(moves[1 - max(3, n // 4) :]),
        float(np.maximum.reduce(moves)) + 0.0,
        float(np.maximum.reduce(moves[n // 2 :], initial=0.0)) + 0.0,
        _share(smooth[1:] < smooth[:-1]),
        _share(coarse[1:] < coarse[:-1]),
        *done[won].tolist(),
        *time[won[[1, 3, 4]]].tolist(),
    )


def moving_mean(values: Floats, width: int) -> Floats:
    """Means over each ``width`` neighbouring values, shape (n - width + 1,)."""
    sums = np.zeros(len(values) + 1)
    values.cumsum(out=sums[1:])
    out: Floats = (sums[width:] - sums[:-width]) / width
    return out


def noise(moves: Floats) -> float:
    """Robust standard deviation of a value around its trend, from neighbours' differences.

    Args:
        moves: those differences, shape (n - 1,).
    """
    if len(moves) < 2:
        return 0.0
    return 1.4826 * median(np.abs(moves - median(moves))) / math.sqrt(2)


def _part(y: Floats, start: float, stop: float) -> float:
    """Mean loss between two shares of the rows."""
    a = min(int(start * len(y)), len(y) - 1)
    return mean(y[a : max(a + 1, int(stop * len(y)))])


def _share(holds: NDArray[np.bool_]) -> float:
    return np.count_nonzero(holds) / len(holds) if len(holds) else math.nan
