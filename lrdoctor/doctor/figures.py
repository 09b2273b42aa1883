"""The figures of a diagnosis: each metric in a line, the main loss as a sparkline."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lrdoctor import metrics
from lrdoctor.diagnosis import MetricSummary
from lrdoctor.run import RAW, Curve, Floats, Ints, Series

SPARKS = 60
"""Values of a sparkline."""


def count(series: Series) -> int:
    """Every point that was logged, also those that a resume replaced."""
    return len(series) + series.overtaken


def summary(name: str, series: Series) -> MetricSummary:
    values = series.values
    kind = metrics.kind(name)
    at = None
    if kind in ("loss", "accuracy"):
        at = _extreme(series, highest=kind == "accuracy")
    return MetricSummary(
        tag=series.tag,
        count=count(series),
        non_finite=series.non_finite,
        first=float(values[0]) if len(values) else None,
        last=float(values[-1]) if len(values) else None,
        best=None if at is None else float(values[at]),
        best_step=None if at is None else int(series.steps[at]),
    )


def _extreme(series: Series, highest: bool) -> int | None:
    """Index of the first lowest (highest) finite value, found through the blocks."""
    if not len(series):
        return None
    if len(series) <= RAW and not series.non_finite:
        return int(series.values.argmax() if highest else series.values.argmin())
    curve, sign = series.curve, -1.0 if highest else 1.0
    block = _extreme_block(curve, highest)
    begin, size = int(curve.starts[block]), int(curve.sizes[block])
    tail = int(curve.starts[-1] + curve.sizes[-1])
    nominees = np.concatenate([np.arange(begin, begin + size), np.arange(tail, len(series))])
    values = sign * series.values[nominees]
    values = np.where(np.isfinite(values), values, np.inf)
    at = int(np.argmin(values))
    return int(nominees[at]) if np.isfinite(values[at]) else None


@lru_cache(maxsize=16)
def _extreme_block(curve: Curve, highest: bool) -> int:
    low, high = curve.low, -curve.high
    return int(np.argmin(np.where(np.isfinite(low), high if highest else low, np.inf)))


def _slots(starts: Ints, total: int) -> Ints:
    return np.minimum(starts * SPARKS // max(total, SPARKS), SPARKS - 1)


@lru_cache(maxsize=64)
def _even(count: int) -> tuple[Ints, NDArray[np.bool_], Floats]:
    """The slot of each of ``count`` single points, the slots used, and how many share each's."""
    slots = _slots(np.arange(count), count)
    counts = np.bincount(slots, minlength=SPARKS)
    return slots, counts > 0, counts[slots].astype(np.float64)


def sparkline(series: Series) -> tuple[float | None, ...]:
    if len(series) <= RAW and not series.non_finite:
        slots, used, held = _even(len(series))
        return tuple(np.bincount(slots, series.values / held, SPARKS)[used].tolist())
    return _sparks(series.curve)


@lru_cache(maxsize=16)
def _sparks(curve: Curve) -> tuple[float | None, ...]:
    if not len(curve):
        return ()
    total = int(curve.starts[-1] + curve.sizes[-1])
    slots = _slots(curve.starts, total)
    finite = np.isfinite(curve.values)
    shown = np.where(finite, curve.values, 0.0)
    used = np.bincount(slots, minlength=SPARKS) > 0
    counts = np.bincount(slots, finite, SPARKS)
    with np.errstate(over="ignore"):
        means = np.bincount(slots, shown / np.maximum(counts, 1)[slots], SPARKS)
    told = zip(means[used].tolist(), counts[used].tolist(), strict=True)
    return tuple(mean if count else None for mean, count in told)
