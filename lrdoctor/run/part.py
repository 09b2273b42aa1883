"""Figures of part of a series, read off its blocks: the cost does not grow with its length."""

from __future__ import annotations

import math

import numpy as np

from lrdoctor.run.series import Series


def highest(series: Series, first: int, last: int) -> float:
    """The highest finite value of the points [first, last), by index; -inf where there is none."""
    curve = series.curve
    ends = curve.starts + curve.sizes
    a, b = int(curve.starts.searchsorted(first)), int(ends.searchsorted(last, side="right"))
    if a >= b:
        return _highest(series, first, last)
    inside = curve.high[a:b]
    inside = inside[np.isfinite(inside)]
    return max(
        _highest(series, first, int(curve.starts[a])),
        float(inside.max()) if len(inside) else -math.inf,
        _highest(series, int(ends[b - 1]), last),
    )


def _highest(series: Series, first: int, last: int) -> float:
    values = series.values[first:last]
    values = values[np.isfinite(values)]
    return float(values.max()) if len(values) else -math.inf


def last_finite(series: Series) -> int:
    """Index of the newest finite value; -1 where there is none."""
    curve = series.curve
    blocks = np.append(curve.starts, curve.starts[-1:] + curve.sizes[-1:])
    holds = np.flatnonzero(curve.non_finite < curve.sizes)[-1:]
    newest = blocks[-1:]
    starts: list[int] = [*newest.tolist(), *blocks[holds].tolist()]
    for start in starts:
        finite = np.flatnonzero(np.isfinite(series.values[start : _end(blocks, start, series)]))
        if len(finite):
            return start + int(finite[-1])
    return -1


def _end(blocks: np.ndarray, start: int, series: Series) -> int:
    at = int(blocks.searchsorted(start, side="right"))
    return int(blocks[at]) if at < len(blocks) else len(series)
