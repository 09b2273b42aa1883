"""A long series in a few hundred equal cells, at a cost that does not grow with its length."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from lrdoctor.run import RAW, Curve, Floats, Ints, Series
from lrdoctor.signals import _native


def finite_points(series: Series) -> tuple[Floats, Floats, Floats | None]:
    """Values, last steps and weights of the finite points, each shape (m,); None: all weigh 1.

    A long series comes in the blocks of its curve: means, weighted by their number of points. The
    newest points, which fill no block yet, stand alone.
    """
    if len(series) <= RAW:
        values, steps = series.values, series.steps.astype(np.float64)
        if series.non_finite:
            keep = np.isfinite(values)
            values, steps = values[keep], steps[keep]
        return values, steps, None
    values, steps, weights, end = _finite_blocks(series.curve)
    newest = series.values[end:]
    keep = np.isfinite(newest)
    at = series.steps[end:][keep].astype(np.float64)
    return (
        np.concatenate([values, newest[keep]]),
        np.concatenate([steps, at]),
        np.concatenate([weights, np.ones(len(at))]),
    )


@lru_cache(maxsize=16)
def _finite_blocks(curve: Curve) -> tuple[Floats, Floats, Floats, int]:
    """Values, last steps and weights of the blocks that hold a finite point, and where all end."""
    keep = np.isfinite(curve.values)
    weights = (curve.sizes - curve.non_finite)[keep].astype(np.float64)
    steps = curve.steps[keep].astype(np.float64)
    return curve.values[keep], steps, weights, int(curve.starts[-1] + curve.sizes[-1])


def cells(series: Series, most: int) -> tuple[Floats, Floats]:
    """Means over at most ``most`` groups of equal weight, and each group's last step."""
    if _native.THERE and most < len(series) <= RAW and not series.non_finite:
        given = np.ascontiguousarray(series.values), np.ascontiguousarray(series.steps)
        return _native.cells(*given, _even(len(series), most)[0])
    values, steps, weights = finite_points(series)
    if len(values) <= most:
        return values.copy(), steps
    scale = max(float(values.max()), -float(values.min()), 1.0)
    scaled = values / scale
    if weights is None:
        borders, ends, held = _even(len(values), most)
    else:
        borders, ends, held = _borders(weights, most)
        scaled *= weights
    return np.add.reduceat(scaled, borders) / held * scale, steps[ends]


def _borders(weights: Floats, most: int) -> tuple[Ints, Ints, Floats]:
    """First and last index of each group, and the weight that it holds."""
    before = np.cumsum(weights) - weights
    borders = np.searchsorted(before, np.arange(most) * (weights.sum() / most))
    new = borders < len(weights)
    new[1:] &= borders[1:] > borders[:-1]
    borders = borders[new]
    return borders, np.append(borders[1:], len(weights)) - 1, np.add.reduceat(weights, borders)


@lru_cache(maxsize=64)
def _even(count: int, most: int) -> tuple[Ints, Ints, Floats]:
    """The same for ``count`` points that all weigh 1."""
    return _borders(np.ones(count), most)


def peak_and_newest(series: Series) -> tuple[float, float] | None:
    """The highest and the newest finite value; None where there is none."""
    values = series.values
    if series.non_finite or len(series) > RAW:
        values, _, _ = finite_points(series)
    if not len(values):
        return None
    highest = float(np.maximum.reduce(values))
    if len(series) > RAW:
        highest = max(highest, float(np.nanmax(series.curve.high)))
    return highest, float(values[-1])


def mean(values: Floats) -> float:
    """``np.mean``, without what the general one asks first."""
    return float(np.add.reduce(values)) / len(values)


def deviation(values: Floats) -> float:
    """``np.std``, likewise."""
    away = values - mean(values)
    return math.sqrt(mean(away * away))


def median(values: Floats) -> float:
    """The median of finite values, many times faster than ``np.median`` on a few hundred."""
    ranked = values.copy()
    ranked.sort()
    n = len(ranked)
    return 0.5 * float(ranked[(n - 1) // 2] + ranked[n // 2])
