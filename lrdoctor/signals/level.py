"""Where a noisy curve stands: a trailing median whose window grows with the run."""

from __future__ import annotations

import math
import sys
from functools import cache

import numpy as np
from scipy import ndimage

from lrdoctor.run import Floats

_WIDTHS = (3, 5, 9, 17, 33, 65)
_SORTED = 2000
"""Up to so many values sorting every window is faster than a filter's set-up."""


def level(values: Floats, share: float = 0.1, most: int = 65, quantile: float = 0.5) -> Floats:
    """The median of the newest ``share`` of the points so far, at every point.

    Formula: at index i the median of the last w values, w the largest of 3, 5, 9, 17, 33, 65 that
    is at most ``share`` (i + 1) and ``most``, and never below 3. The window is a share of the run
    because noise must be averaged over a time that is long against it and short against the run,
    and a log's own length is the only clock that fits logs of 20 and of 10^6 points. A median,
    because one spike must not lift it: up to (w - 1) / 2 outliers leave it where it was.

    Args:
        values: shape (n,), finite.
        share: of the points so far, above 0 and at most 1.
        most: an upper bound of the window, in points.
        quantile: another one than the median, 0 to below 1: its index in the sorted window is the
            whole part of ``quantile`` times its width.

    Returns:
        Shape (n,). The first two entries are the median of what there is.

    Warm-up: 3 points. NaN: not taken; leave them out first. Cost: O(n).
    Source: running medians as smoothers, Tukey, Exploratory Data Analysis (1977), chapter 7.
    """
    n = len(values)
    given = np.ascontiguousarray(values, np.float64)
    smooth = given.copy()
    if n > 1:
        smooth[1] = 0.5 * values[0] + 0.5 * values[1]
    for width, begin, end in _parts(share, most):
        if begin >= n:
            break
        stop = min(end, n)
        rank = int(quantile * width)
        smooth[begin:stop] = _ranked(given[begin - width + 1 : stop], width, rank)
    return smooth


@cache
def _parts(share: float, most: int) -> tuple[tuple[int, int, int], ...]:
    """Each width with the index at which it begins and the one at which the next takes over."""
    widths = [w for w in _WIDTHS if w <= max(most, 3)]
    begins = [2, *(max(math.ceil(w / share) - 1, w - 1) for w in widths[1:])]
    return tuple(zip(widths, begins, [*begins[1:], sys.maxsize], strict=True))


def _ranked(values: Floats, width: int, rank: int) -> Floats:
    """The value of this rank among every ``width`` consecutive ones; shape (n - width + 1,).

    Args:
        values: contiguous.
    """
    n = len(values) - width + 1
    if n * width <= _SORTED:
        windows = np.ndarray((n, width), np.float64, values, strides=2 * values.strides)
        return np.sort(windows, axis=1)[:, rank]
    ranked = ndimage.rank_filter(values, rank, size=width, origin=width // 2, mode="nearest")
    return np.asarray(ranked[width - 1 :])
