"""``keras.optimizers.schedules``: each class."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "numpy")
from collections.abc import Iterator

import made
from keras.optimizers import schedules as ks
from made import Chance, Made


def drawn(n: int, schedule: ks.LearningRateSchedule) -> list[float]:
    return [float(schedule(i)) for i in range(n)]


def schedules(c: Chance) -> Iterator[Made]:
    n, peak = c.updates(90, 600), c.peak()
    w, alpha = c.warmup(n), c.one(0.0, 0.01, 0.1)
    yield Made(
        "CosineDecay",
        drawn(n, ks.CosineDecay(peak, n, alpha)),
        made.falling("cosine", n),
        {"peak": peak, "total_steps": n, "final": alpha * peak},
    )
    start = c.one(0.0, 0.01, 0.2) * peak
    yield Made(
        "CosineDecay warmup",
        drawn(n, ks.CosineDecay(start, n - w, alpha, warmup_target=peak, warmup_steps=w)),
        made.falling("cosine", n, w),
        {"peak": peak, "total_steps": n, "warmup_steps": w, "final": alpha * peak},
    )
    first = n // 3
    yield Made(
        "CosineDecayRestarts",
        drawn(n, ks.CosineDecayRestarts(peak, first, 1.0, 1.0, alpha)),
        made.restarting(n, first),
        {"peak": peak, "cycle_steps": first},
    )
    first = n // 7
    yield Made(
        "CosineDecayRestarts t_mul, m_mul",
        drawn(n, ks.CosineDecayRestarts(peak, first, 2.0, 0.8, alpha)),
        made.restarting(n, first),
        {"peak": peak, "cycle_steps": first, "cycle_multiple": 2.0},
    )
    power, end = c.one(0.5, 2.0), c.one(0.0, 0.01) * peak
    yield Made(
        "PolynomialDecay",
        drawn(n, ks.PolynomialDecay(peak, n, end, power)),
        made.falling("polynomial", n),
        {"peak": peak, "total_steps": n, "power": power, "final": end},
    )
    yield Made(
        "PolynomialDecay power 1, short",
        drawn(n, ks.PolynomialDecay(peak, int(0.8 * n), end)),
        made.falling("linear", n),
        {"peak": peak, "total_steps": int(0.8 * n)},
    )
    yield Made(
        "PolynomialDecay cycle *",
        drawn(n, ks.PolynomialDecay(peak, n // 3, end, cycle=True)),
        [(0, 0, ("linear",)), (n // 3, 0.1 * n, ("cyclic", "cosine-restarts", "unknown"))],
    )
    gone = c.one(0.02, 0.1, 0.3)
    yield Made(
        "ExponentialDecay",
        drawn(n, ks.ExponentialDecay(peak, n, gone)),
        made.falling("exponential", n),
        {"peak": peak, "gamma": gone ** (1 / n)},
    )
    period = max(2, n // int(c.one(4, 6)))
    yield Made(
        "ExponentialDecay staircase",
        drawn(n, ks.ExponentialDecay(peak, period, 0.5, True)),
        made.levels(range(period, n, period), n),
        {"peak": peak, "period": period, "factor": 0.5},
    )
    period = max(2, n // 30)
    many = [(0, 0, ("constant", "exponential")), (period, 4 * period, ("exponential", "step"))]
    yield Made(
        "ExponentialDecay fine staircase",
        drawn(n, ks.ExponentialDecay(peak, period, 0.94, True)),
        many,
        {"peak": peak, "gamma": 0.94 ** (1 / period)},
    )
    scale = n * c.one(0.05, 0.2)
    yield Made(
        "InverseTimeDecay",
        drawn(n, ks.InverseTimeDecay(peak, scale, 1.0)),
        made.falling("inverse-time", n),
        {"peak": peak, "timescale": scale},
    )
    drops = c.drops(n)
    factor = c.one(0.1, 0.3)
    values = [peak * factor**i for i in range(len(drops) + 1)]
    yield Made(
        "PiecewiseConstantDecay",
        drawn(n, ks.PiecewiseConstantDecay(drops, values)),
        made.levels(drops, n),
        {"peak": peak, "factor": factor},
    )
