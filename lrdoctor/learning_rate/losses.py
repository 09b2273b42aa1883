"""Which windows of good rates explain that some runs ended lower than others.

A run's gap is 0 at the best loss there is and 1 where the training began. Against the rate it is
a valley: a soft flank on the left, where rates are too low to arrive in time, and a steep one on
the right. How low the best loss is nobody knows, so the floor below the best run is summed over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.learning_rate.view import View
from lrdoctor.run import Floats

EDGE = float(np.log(0.05 / 0.95))
"""Logit of the gap at the window's edges, which is 0.05 by definition."""
FLANKS = ((1.6, 4.0), (2.8, 4.0), (2.8, 10.0), (6.0, 10.0))
"""Logits a decade, left and right: quartiles and tails of 277 recorded families."""
FLOORS = np.array([0.0, 0.01, 0.03, 0.07, 0.15, 0.3, 0.6, 1.2])
"""How far below the best run the best possible loss may lie, in drops of the best run."""
FLOOR_ODDS = np.array([0.35, 0.15, 0.12, 0.1, 0.1, 0.08, 0.06, 0.04])
CAP = 1.2
"""A gap beyond this says no more than "diverged"."""
MISFIT = 0.05
"""Deviation of a real valley from the template, in gaps."""
TRUST = 1.0
"""Weight of this evidence. Of 0.6, 1 and 1.5, played out on held-out tasks, 1 does best where the
rates' unit misleads the logs' own words (solved after three retrains 0.944, 0.928 at 0.6) and costs
nothing where it does not."""


def agreement(views: Sequence[View], low: Floats, high: Floats) -> Floats:
    """Log-likelihood of each window (``low`` to ``high``, log10 rates) by the runs' last losses.

    Zero everywhere where no run ended below its start.
    """
    shape = np.broadcast_shapes(low.shape, high.shape)
    starts = np.array([v.start for v in views if np.isfinite(v.start)])
    ends = np.array([v.end for v in views])
    start = float(np.median(starts)) if len(starts) else np.nan
    best = float(np.min(ends))
    drop = start - best
    if not (np.isfinite(drop) and drop > 0):
        return np.zeros(shape)
    total = np.zeros(shape)
    for left, right in FLANKS:
        expected = [_valley(v.rate, low, high, left, right) for v in views]
        for floor, odds in zip(FLOORS, FLOOR_ODDS, strict=True):
            bottom = best - floor * drop
            fit = np.zeros(shape)
            for v, end, gap in zip(views, ends, expected, strict=True):
                seen = min((end - bottom) / (start - bottom), CAP)
                noise = min(v.sigma_end / (start - bottom), 0.5) if v.sigma_end >= 0 else 0.5
                fit += _student(seen - gap, np.hypot(MISFIT, noise) + 0.15 * gap * (CAP - gap))
            total += odds * np.exp(np.clip(fit, -80, 80))
    out: Floats = TRUST * np.log(total + 1e-300)
    return out


def _valley(rate: float, low: Floats, high: Floats, left: float, right: float) -> Floats:
    """The gap that a rate should have, by how far it is outside the window."""
    below, above = np.maximum(low - rate, 0.0), np.maximum(rate - high, 0.0)
    deepness = np.minimum(np.minimum(rate - low, high - rate), 1.0)
    inside = np.where(deepness > 0, 0.05 * np.exp(-3.0 * np.maximum(deepness, 0.0)), 0.0)
    outside = np.maximum(
        1 / (1 + np.exp(-np.minimum(EDGE + left * below, 30.0))) * (below > 0),
        CAP / (1 + np.exp(-np.minimum(EDGE + right * above, 30.0))) * (above > 0),
    )
    out: Floats = np.minimum(np.maximum(inside, outside), CAP)
    return out


def _student(off: Floats, sigma: Floats) -> Floats:
    """Log density with heavy tails (3 degrees of freedom), up to a constant."""
    u = off / sigma
    out: Floats = -2 * np.log1p(u * u / 3) - np.log(sigma)
    return out
