"""What is compiled of the signals, as the tests call it: each on any figures at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from lrdoctor.learning_rate.cells import cells
from lrdoctor.learning_rate.descent import descent
from lrdoctor.learning_rate.figures import figures
from lrdoctor.learning_rate.fits import curves, line
from lrdoctor.learning_rate.model import Model, Net, _average
from lrdoctor.learning_rate.trace import Trace, _shares
from lrdoctor.learning_rate.view import View
from lrdoctor.learning_rate.window import believe
from lrdoctor.rules._beside import newest_at
from lrdoctor.run import Block, Floats, Series
from lrdoctor.schedules.fitting import explained, missed_by, regressed
from lrdoctor.schedules.points import _borders, _digits, logged
from lrdoctor.signals.best import best
from lrdoctor.signals.level import level
from lrdoctor.signals.moments import moments
from lrdoctor.signals.noise import noise
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak
from lrdoctor.signals.turning import turning

MOST = 1e60
"""A descent's losses are no larger."""
Figures = tuple[NDArray[np.generic], ...]


def _descent(values: Floats) -> Figures:
    if len(values) < 3:
        return ()
    done = np.arange(1, len(values) + 1) / len(values)
    return (np.array(descent(np.clip(values, -MOST, MOST), done, done**0.5)),)


def _figures(values: Floats) -> Figures:
    """Of a trace: the values as losses, as gradient norms and as validation losses."""
    rows = np.clip(values[: len(values) // 2], -MOST, MOST)
    beside = np.clip(values[len(values) // 2 :], -MOST, MOST)
    done = np.arange(1, len(rows) + 1) / max(len(rows), 1)
    seen = Trace(loss=rows, done=done**0.5, time=done, rate=abs(sum(rows[:1])) or math.nan,
                 now=sum(beside[:1]), optimizer="adam" if len(rows) % 2 else None,
                 progress=math.nan, grad_norm=np.abs(beside[::2]), val_loss=beside,
                 non_finite=0.03, broken=len(rows) % 3 == 0)  # fmt: skip
    return (figures(seen),)


def _fits(values: Floats) -> Figures:
    """Of a way and a loss."""
    loss, n = np.clip(values, -MOST, MOST), len(values)
    if not n:
        return ()
    way = np.arange(1, n + 1) / n
    return *curves(way**2, loss - loss.mean()), np.array(line(way, loss)), np.array(line(loss, way))


def _regression(values: Floats) -> Figures:
    """Of shapes, rates and weights."""
    rates, n = np.clip(values, -1e50, 1e50), len(values)
    if not n:
        return ()
    way = np.arange(n) / n
    weights, shapes = 1 / (0.1 + way), np.array([way, np.cos(way), rates])
    sums = missed_by(way, rates, weights), *explained(rates, way)
    fitted = (regressed(shapes[:k], rates, weights, low) for k, low in ((3, None), (1, 0.5)))
    return np.array(sums), *fitted


def _rows(values: Floats) -> Figures:
    """Of a trace: the values as losses, where their steps are, and as rates."""
    series, tamed = Series("loss"), np.clip(values, -MOST, MOST)
    steps = np.arange(len(values), dtype=np.int64) * 3 // 2
    series.append(Block("loss", steps, tamed))
    loss, at = cells(series, 100)
    return loss, at, *_shares(at, None), *_shares(at, (steps[::2] + 5.0, np.abs(tamed[::2])))


def _windows(values: Floats) -> Figures:
    """The belief about a window by one view, whose edges the values are."""
    edges = np.clip(np.nan_to_num(values[:6]), -3, 3)
    if len(edges) < 6:
        return ()
    seen = SimpleNamespace(
        rate=float(edges[0] - edges[5]), edges=edges.reshape(3, 2), sigma=np.full((3, 2), 0.7),
        correlation=(0.5, -0.3, 0.0), probabilities=np.array([0.1, 0.6, 0.3]),
        end=math.inf if edges[1] > 0 else 0.0,
    )  # fmt: skip
    belief = believe([cast(View, seen)])
    return belief.mass, *belief._margins


def _rates(values: Floats) -> Figures:
    """Of a schedule: the values as logged rates, and rounded ones."""
    steps = np.arange(len(values), dtype=np.int64)
    clean = logged(steps, np.abs(values))
    printed = np.array([f"{abs(value):.3g}" for value in values.tolist()], np.float64)
    printed = printed[np.isfinite(printed)]
    return (
        clean.steps, clean.scaled, clean.weights, np.array([clean.least, clean.most]),
        _borders(np.clip(np.ascontiguousarray(values), -MOST, MOST)),
        np.array([_digits(printed, 1), _digits(printed, 7), _digits(clean.rates, 3)]),
    )  # fmt: skip


def _nets(values: Floats) -> Figures:
    """Of nets: the values as their logits."""
    nets = len(values) // 3
    logits = np.clip(np.nan_to_num(values[: 3 * nets]), -9, 9).reshape(nets, 3)
    if not nets:
        return ()
    model, same = SimpleNamespace(temperature=1.7), SimpleNamespace(logits=np.copy)
    powers = Model._each(cast(Model, model), logits, cast(Net, same))
    both = np.resize(logits, (2, 12 * nets))
    placers = SimpleNamespace(logits=np.copy)
    model = SimpleNamespace(_placers=placers, widening=np.full((3, 2), 0.9), placing=(0,) * nets)
    edges = Model.edges(cast(Model, model), both)
    return (
        powers,
        *edges,
        _average(powers.reshape(1, nets, 3)),
    )


def _noise(values: Floats) -> Figures:
    finite = np.clip(values, -1e308, 1e308)
    asked = (1.0, 1), (0.3, 1), (1.0, 8), (1.0, 2**62)
    return tuple(noise(finite, share, lag) for share, lag in asked)


def _newest(values: Floats) -> Figures:
    """Of steps that never fall: none, the same ones, and others."""
    steps = np.sort(np.clip(values, -1e6, 1e6)).astype(np.int64)
    pairs = (steps, steps), (steps[::3], steps), (steps, steps[5:50]), (steps[:0], steps)
    return tuple(newest_at(known, at) for known, at in pairs)


KERNELS: dict[str, Callable[[Floats], Figures]] = {
    "descent": _descent,
    "figures": _figures,
    "fits": _fits,
    "nets": _nets,
    "rates": _rates,
    "regression": _regression,
    "rows": _rows,
    "windows": _windows,
    "level": lambda values: (
        level(values),
        level(values, 0.9, quantile=0.15),
        level(values, 1.0, most=9, quantile=0.0),
        level(values, 0.3, most=1, quantile=0.99),
    ),
    "noise": _noise,
    "newest": _newest,
    "best": lambda values: (best(values),),
    "peak": lambda values: (peak(values),),
    "streak": lambda values: (streak(values > 0), streak(values >= 0)),
    "moments": lambda values: (moments(values), moments(values, 0.2), moments(values, 1.0)),
    "turning": lambda values: (
        *turning(values, np.full(len(values), 1.0)),
        *turning(values, np.abs(values)),
    ),
}
TAKES_NAN = {"peak"}
