"""Which windows of good rates explain that some runs ended lower than others.

A run's gap is 0 at the best loss there is and 1 where the training began. Against the rate it is
a valley: a soft flank on the left, where rates are too low to arrive in time, and a steep one on
the right. How steep is summed over the shapes that recorded families have, narrow windows' and
wide ones' apart. How low the best loss is nobody knows: each window tells how far above it the
best run must have ended, and so by how much the others must lie above that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.learning_rate.model import CLASSES, DISTANCES
from lrdoctor.learning_rate.view import View
from lrdoctor.run import Floats

CAP = 1.2
"""A gap beyond this says no more than "diverged"."""
MOST_LEFT = 0.9
"""Gap of the best run, at the most: beyond it no run came down, and their order says nothing."""
MISFIT = 0.05
"""Deviation of a real valley from the shapes, in gaps. 0.03 and 0.1 do as well on held-out tasks.
"""
_RARE = -80.0
"""Logarithm of a likelihood beside which no other needs to be told apart."""


def agreement(views: Sequence[View], low: Floats, high: Floats) -> Floats:
    """Log-likelihood of each window (``low`` to ``high``, log10 rates) by the runs' last losses.

    Zero everywhere where no run ended below its start. Runs that were cut short say nothing here.
    """
    views = [v for v in views if not v.cut_short]
    shape = np.broadcast_shapes(low.shape, high.shape)
    starts = np.array([v.start for v in views if np.isfinite(v.start)])
    ends = np.array([v.end for v in views])
    start = float(np.median(starts)) if len(starts) else np.nan
    best = int(np.argmin(ends)) if len(ends) else -1
    drop = start - float(ends[best]) if len(ends) else np.nan
    if not (np.isfinite(drop) and drop > 0):
        return np.zeros(shape)
    begins, widths = np.broadcast_to(low, shape), np.broadcast_to(high - low, shape)
    seen = np.minimum((ends - ends[best]) / drop, CAP)
    noise = np.array([min(v.sigma_end / drop, 0.5) if v.sigma_end >= 0 else 0.5 for v in views])
    noise = np.sqrt(noise * noise + noise[best] ** 2 + MISFIT * MISFIT)
    others = [k for k in range(len(views)) if k != best]
    told = views[best].valleys
    kinds = CLASSES.searchsorted(widths)
    out = np.empty(shape)
    for kind, (flanks, odds) in enumerate(zip(told.flanks, told.odds, strict=True)):
        own = kinds == kind
        begin, width = begins[own], widths[own]
        lowest = np.minimum(_valley(views[best].rate, begin, width, flanks), MOST_LEFT)
        fit = np.zeros(lowest.shape)
        for k in others:
            gap = _valley(views[k].rate, begin, width, flanks)
            above = np.minimum((gap - lowest) / (1 - lowest), CAP)
            between = np.maximum(above, 0.0)
            spread = noise[k] + 0.15 * between * (CAP - between) + 0.5 * MISFIT * (between - above)
            fit += _student(seen[k] - above, spread)
        out[own] = np.log(odds @ np.exp(np.clip(fit, _RARE, -_RARE)))
    return out


def _valley(rate: float, begin: Floats, width: Floats, flanks: Floats) -> Floats:
    """The gap that a rate should have, by how far it is outside of windows, shape (shapes, cells).

    Args:
        begin: where each window begins, shape (cells,).
        flanks: of one class of windows, see ``Valleys``.
    """
    away = begin - rate
    beyond = -(away + width)
    deep = np.minimum(np.minimum(-away, -beyond), 1.0)
    out = np.empty((len(flanks), len(begin)))
    out[:] = 0.05 * np.exp(-3.0 * np.maximum(deep, 0.0))
    for flank, outside in ((flanks[:, 0], away), (flanks[:, 1], beyond)):
        cells = (outside > 0).nonzero()[0]
        out[:, cells] = np.exp(_flank(outside[cells], flank))
    return out


def _flank(distances: Floats, shapes: Floats) -> Floats:
    """``np.interp`` of each shape at distances above 0: shape (shapes, cells)."""
    at = DISTANCES.searchsorted(distances, side="right") - 1
    slopes = np.zeros(shapes.shape)  # flat beyond the last
    slopes[:, :-1] = (shapes[:, 1:] - shapes[:, :-1]) / (DISTANCES[1:] - DISTANCES[:-1])
    out: Floats = slopes[:, at] * (distances - DISTANCES[at]) + shapes[:, at]
    return out


def _student(off: Floats, sigma: Floats) -> Floats:
    """Log density with heavy tails (3 degrees of freedom), up to a constant."""
    u = off / sigma
    out: Floats = -2 * np.log1p(u * u / 3) - np.log(sigma)
    return out
