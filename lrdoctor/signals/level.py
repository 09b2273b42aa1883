"""Where a noisy curve stands: a trailing median whose window grows with the run."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy import ndimage

from lrdoctor.run import Floats

_WIDTHS = (3, 5, 9, 17, 33, 65)


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
    smooth = np.empty(n)
    # The widest first: what a filter leaves before its part is filled by the narrower ones.
    for width, begin, end in _parts(share, most):
        if begin < n:
            part = slice(begin - width + 1, min(end, n))
            _rank(given[part], width, int(quantile * width), smooth[part])
    smooth[:1] = given[:1]
    if n > 1:
        smooth[1] = 0.5 * given[0] + 0.5 * given[1]
    return smooth


@cache
def _parts(share: float, most: int) -> tuple[tuple[int, int, int], ...]:
    """Each width, the widest first, with the index at which it begins and the one at which the
    next takes over."""
    widths = [w for w in _WIDTHS if w <= max(most, 3)]
    begins = [2, *(max(math.ceil(w / share) - 1, w - 1) for w in widths[1:])]
    return tuple(zip(widths, begins, [*begins[1:], sys.maxsize], strict=True))[::-1]


def _ranked(values: Floats, width: int, rank: int, out: Floats) -> None:
    """Into ``out`` the value of this rank among the ``width`` up to each; both shape (n,).

    The first ``width - 1`` of ``out`` are of no use.
    """
    ndimage.rank_filter(values, rank, width, output=out, mode="nearest", origin=width // 2)


def _direct() -> Callable[[Floats, int, int, Floats], None]:
    """``_ranked`` without the public function's checks, which take ten times as long as it does to
    filter a few hundred values; ``_ranked`` itself where this SciPy does not have it so."""
    probe, told, wanted = np.array([3.0, 1.0, 2.0, 5.0, 4.0]), np.zeros(5), np.zeros(5)
    try:
        from scipy.ndimage._rank_filter_1d import rank_filter

        def direct(values: Floats, width: int, rank: int, out: Floats) -> None:
            if 0 < rank < width - 1:
                rank_filter(values, rank, width, out, 0, 0.0, width // 2)
            else:  # it has no lowest and no highest; only narrow windows are asked for them
                windows = np.ndarray((len(values) - width + 1, width), np.float64, values,
                                     strides=2 * values.strides)  # fmt: skip
                out[width - 1 :] = np.sort(windows, axis=1)[:, rank]

        direct(probe, 3, 1, told)
    except (ImportError, TypeError):
        return _ranked
    _ranked(probe, 3, 1, wanted)
    return direct if np.array_equal(told, wanted) else _ranked


_rank = _direct()
