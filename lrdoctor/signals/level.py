"""Where a noisy curve stands: a trailing median whose window grows with the run."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache
from importlib import util
from importlib.machinery import PathFinder

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.signals import _native

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
        Shape (n,). The first two entries are the median of what there is. A zero is positive.

    Warm-up: 3 points. NaN: not taken; leave them out first. Cost: O(n).
    Source: running medians as smoothers, Tukey, Exploratory Data Analysis (1977), chapter 7.
    """
    if _native.THERE:
        return _native.level(values, share, most, quantile)
    given = np.ascontiguousarray(values, np.float64)
    n = len(given)
    smooth = np.empty(n)
    # The widest first: what a filter leaves before its part is filled by the narrower ones.
    for width, begin, end in _parts(share, most):
        if begin < n:
            part = slice(begin - width + 1, min(end, n))
            _rank(given[part], width, int(quantile * width), smooth[part])
    smooth[:1] = given[:1]
    if n > 1:
        smooth[1] = 0.5 * given[0] + 0.5 * given[1]
    return smooth + 0.0  # a filter may take either zero


@cache
def _parts(share: float, most: int) -> tuple[tuple[int, int, int], ...]:
    """Each width, the widest first, with the index at which it begins and the one at which the
    next takes over."""
    widths = [w for w in _WIDTHS if w <= max(most, 3)]
    begins = [2, *(max(math.ceil(w / share) - 1, w - 1) for w in widths[1:])]
    return tuple(zip(widths, begins, [*begins[1:], sys.maxsize], strict=True))[::-1]


_Filter = Callable[[Floats, int, int, Floats], None]
"""Into the last argument, for every value the one of this rank (third) among so many (second) up to
it; both arrays have shape (n,), and the first entries, of unfinished windows, are of no use."""


def _public(values: Floats, width: int, rank: int, out: Floats) -> None:
    from scipy import ndimage

    ndimage.rank_filter(values, rank, width, output=out, mode="nearest", origin=width // 2)


def _direct() -> _Filter:
    """SciPy's filter by itself. Its public function asks for longer than a few hundred values take
    to filter, ten times as long, and to import its package takes longer than to diagnose fifty
    runs. The public one where this SciPy does not have the filter so."""
    scipy = util.find_spec("scipy")
    places = [f"{place}/ndimage" for place in (scipy and scipy.submodule_search_locations) or ()]
    spec = PathFinder.find_spec("_rank_filter_1d", places)
    if spec is None or spec.loader is None:
        return _public
    probe, told, wanted = np.array([3.0, 1.0, 2.0, 5.0, 4.0]), np.zeros(5), [2.0, 2.0, 4.0]
    try:
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.rank_filter(probe, 1, 3, told, 0, 0.0, 1)
    except (ImportError, AttributeError, TypeError):
        return _public
    if told[2:].tolist() != wanted:
        return _public

    def direct(values: Floats, width: int, rank: int, out: Floats) -> None:
        if 0 < rank < width - 1:
            module.rank_filter(values, rank, width, out, 0, 0.0, width // 2)
        else:  # it has no lowest and no highest; only narrow windows are asked for them
            windows = np.ndarray((len(values) - width + 1, width), np.float64, values,
                                 strides=2 * values.strides)  # fmt: skip
            out[width - 1 :] = np.sort(windows, axis=1)[:, rank]

    return direct


_rank = _direct()
