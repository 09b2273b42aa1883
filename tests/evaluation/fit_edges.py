"""Fits where the good rates begin and end, and how runs beside them end. numpy only."""

from __future__ import annotations

import numpy as np
from examples import Examples
from fit_parts import Rows, descend, listed

from lrdoctor.learning_rate.model import CLASSES, DEVIATIONS, DISTANCES
from lrdoctor.run import Floats

EPOCHS = 20
CALM = 0.3
"""Share of the training before deviations are learned: until then errors are of the start."""
STEEPEST = 8.0
"""A row pulls no harder than this, in deviations: a few windows lie far from where any log says."""
RIDGE = 1e-2
SHAPES = 8
"""Shapes of valleys a class; 4 do as well within a percent of the starts."""
ROUNDS = 30
LEAST, MOST = 0.004, 1.2
"""Gaps below and above these say no more than they do."""


def truth(data: Examples) -> tuple[Rows, Floats]:
    """For each row its verdict by where the window lies, and the window's edges, shape (n, 2)."""
    zone = np.where(data.low > 0, 0, np.where(data.high < 0, 2, 1))
    return zone, np.stack([data.low, data.high], axis=1)


def placing(
    z: Floats, data: Examples, weight: Floats, seed: int, missing: dict[int, float]
) -> dict[str, list]:  # type: ignore[type-arg]
    """A net that tells both edges and their deviations for each verdict: ``Model.placing``.

    By the normal likelihood of the edges that are true, for the verdict that is true.
    """
    zone, edges = truth(data)
    wanted, mine = np.zeros((len(z), 6), np.float32), np.zeros((len(z), 6), np.float32)
    usual = np.zeros(12)
    for k in range(3):
        own, both = zone == k, slice(2 * k, 2 * k + 2)
        wanted[own, both], mine[own, both] = edges[own], 1
        usual[both] = np.average(edges[own], axis=0, weights=weight[own])

    def slope(k: Rows, out: Floats, done: float) -> Floats:
        off, told = out[:, :6] - wanted[k], out[:, 6:]
        sure = np.exp(-2 * np.clip(told, *DEVIATIONS)) if done > CALM else np.float32(1)
        free = (told > DEVIATIONS[0]) & (told < DEVIATIONS[1]) & (done > CALM)
        place = mine[k] * np.clip(off * sure, -STEEPEST, STEEPEST)
        deviation = mine[k] * free * np.clip(1 - off * off * sure, -STEEPEST, 1)
        return np.concatenate([place, deviation], axis=1)

    return descend(z, usual, 0.1, slope, weight, seed, missing, EPOCHS)


def straight(z: Floats, data: Examples, weight: Floats) -> dict[str, list]:  # type: ignore[type-arg]
    """The same by ridge regression, with one deviation for all logs, as a ``Net``.

    Beside two nets it steadies them: held out, on the clinic the first retrain finds a good rate
    from 0.773 of the starts instead of 0.763.
    """
    zone, edges = truth(data)
    width = z.shape[1]
    slopes, constants = np.zeros((width, 12)), np.zeros(12)
    for k in range(3):
        own, at = zone == k, 2 * k
        x, w = np.column_stack([z[own], np.ones(own.sum())]), weight[own] / weight[own].sum()
        pull = RIDGE * np.diag(np.r_[np.ones(width), 0.0])
        b = np.linalg.solve(x.T @ (w[:, None] * x) + pull, x.T @ (w[:, None] * edges[own]))
        rest = edges[own] - x @ b
        slopes[:, at : at + 2], constants[at : at + 2] = b[:-1], b[-1]
        constants[at + 6 : at + 8] = np.log(w @ (rest * rest)) / 2
    net = {"a": np.zeros((width, 1)), "b": np.zeros(1), "c": np.zeros((1, 12)),
           "d": constants, "s": slopes}  # fmt: skip
    return {name: listed(values) for name, values in net.items()}


def correlations(off: Floats, data: Examples, weight: Floats) -> list[float]:
    """Of the errors of begin and end in deviations, ``off`` (n, 3, 2), for each verdict."""
    zone, _ = truth(data)
    out = []
    for k in range(3):
        x, w = off[zone == k, k], weight[zone == k]
        spread = (w[:, None] * x).T @ x
        out.append(round(float(spread[0, 1] / np.sqrt(spread[0, 0] * spread[1, 1])), 3))
    return out


def valleys(data: Examples, weight: Floats) -> dict[str, list]:  # type: ignore[type-arg]
    """The usual shapes of families' valleys beside their windows, by weighted k-means: ``Valleys``.

    The near flank counts most. A family whose window the recorded rates do not hold is left out.
    """
    whole = data.plain & (data.share == 1.0)
    told, widths, counts = [], [], []
    for family in np.unique(data.family):
        own = whole & (data.family == family)
        low, high, gap = data.low[own], data.high[own], data.gap[own]
        if not (low > 0).any() or not (high < 0).any():
            continue
        level = np.log(np.clip(np.nan_to_num(gap, nan=MOST), LEAST, MOST))
        told.append(np.concatenate([_flank(low, level), _flank(-high, level)]))
        widths.append(float(high[0] - low[0]))
        counts.append(float(weight[own].sum()))
    near = np.sqrt(np.tile(np.exp(-DISTANCES) * np.gradient(DISTANCES), 2))
    kinds = CLASSES.searchsorted(widths)
    flanks, odds = [], []
    for kind in range(len(CLASSES) + 1):
        own = kinds == kind
        centres, shares = _clusters(np.array(told)[own] * near, np.array(counts)[own])
        flanks.append(listed((centres / near).reshape(SHAPES, 2, len(DISTANCES))))
        odds.append(listed(shares))
    return {"flanks": flanks, "odds": odds}


def _flank(away: Floats, level: Floats) -> Floats:
    """The level at ``DISTANCES`` outside the window, whose edge has a gap of 0.05."""
    order = np.argsort(away)
    beside = order[away[order] > 0]
    x, y = np.r_[0.0, away[beside]], np.r_[np.log(0.05), level[beside]]
    return np.interp(DISTANCES, x, y)


def _clusters(x: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Centres (``SHAPES``, columns) by Lloyd's rounds, and the share of the weight at each."""
    rng = np.random.default_rng(0)
    centres = x[rng.choice(len(x), SHAPES, replace=False, p=weight / weight.sum())]
    for _ in range(ROUNDS):
        nearest = ((x[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)
        for k in np.unique(nearest):
            centres[k] = np.average(x[nearest == k], axis=0, weights=weight[nearest == k])
    shares = np.bincount(nearest, weight, SHAPES)
    return centres, shares / shares.sum()
