"""A long series in a few hundred equal cells, at a cost that does not grow with its length."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import RAW, Floats, Series


def finite_points(series: Series) -> tuple[Floats, Floats, Floats]:
    """Values, last steps and weights of the finite points, each shape (m,).

    A long series comes in the blocks of its curve: means, weighted by their number of points. The
    newest points, which fill no block yet, stand alone.
    """
    if len(series) <= RAW:
        values, steps = series.values, series.steps.astype(np.float64)
        if series.non_finite:
            keep = np.isfinite(values)
            values, steps = values[keep], steps[keep]
        return values, steps, np.ones(len(values))
    curve = series.curve
    blocks = int(curve.starts[-1] + curve.sizes[-1])
    rest = series.values[blocks:]
    values = np.concatenate([curve.values, rest])
    steps = np.concatenate([curve.steps, series.steps[blocks:]]).astype(np.float64)
    weights = np.concatenate([curve.sizes - curve.non_finite, np.ones(len(rest))])
    keep = np.isfinite(values)
    return values[keep], steps[keep], weights[keep].astype(np.float64)


def cells(series: Series, most: int) -> tuple[Floats, Floats]:
    """Means over at most ``most`` groups of equal weight, and each group's last step."""
    values, steps, weights = finite_points(series)
    if len(values) <= most:
        return values.copy(), steps
    before = np.cumsum(weights) - weights
    borders = np.searchsorted(before, np.arange(most) * (weights.sum() / most))
    new = borders < len(values)
    new[1:] &= borders[1:] > borders[:-1]
    borders = borders[new]
    scale = max(float(np.abs(values).max()), 1.0)
    sums = np.add.reduceat(values / scale * weights, borders)
    means = sums / np.add.reduceat(weights, borders) * scale
    return means, steps[np.append(borders[1:], len(values)) - 1]


def peak_and_newest(series: Series) -> tuple[float, float] | None:
    """The highest and the newest finite value; None where there is none."""
    values, _, _ = finite_points(series)
    if not len(values):
        return None
    highest = float(values.max())
    if len(series) > RAW:
        highest = max(highest, float(np.nanmax(series.curve.high)))
    return highest, float(values[-1])


def median(values: Floats) -> float:
    """The median of finite values, many times faster than ``np.median`` on a few hundred."""
    ranked = np.sort(values)
    n = len(ranked)
    return 0.5 * float(ranked[(n - 1) // 2] + ranked[n // 2])
