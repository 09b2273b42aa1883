"""Optax's schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import made
import numpy as np
import optax
from made import Chance, Made

LONGEST = 1500


def drawn(n: int, schedule: Callable) -> list[float]:
    rates = jax.vmap(schedule)(jnp.arange(LONGEST))  # of one length, so that jax compiles once
    return np.asarray(rates)[:n].tolist()


def schedules(c: Chance) -> Iterator[Made]:
    n, peak = c.updates(100), c.peak()
    w, start = c.warmup(n), c.one(0.0, 0.01, 0.1) * peak
    low = c.one(0.0, 0.01, 0.1) * peak
    whole = {"peak": peak, "warmup_steps": w, "total_steps": n, "final": low}
    yield Made(
        "warmup_cosine_decay",
        drawn(n, optax.warmup_cosine_decay_schedule(start, peak, w, n, low)),
        made.falling("cosine", n, w),
        whole,
    )
    yield Made(
        "warmup_constant",
        drawn(n, optax.warmup_constant_schedule(start, peak, w)),
        made.falling("constant", n, w),
        {"peak": peak, "warmup_steps": w},
    )
    yield Made(
        "warmup_exponential_decay",
        drawn(n, optax.warmup_exponential_decay_schedule(start, peak, w, n, 0.1)),
        made.falling("exponential", n, w),
        {"peak": peak, "warmup_steps": w, "gamma": 0.1 ** (1 / n)},
    )
    yield Made(
        "cosine_decay",
        drawn(n, optax.cosine_decay_schedule(peak, n, low / peak)),
        made.falling("cosine", n),
        {"peak": peak, "total_steps": n, "final": low},
    )
    yield Made(
        "linear",
        drawn(n, optax.linear_schedule(peak, low, n)),
        made.falling("linear", n),
        {"peak": peak, "total_steps": n, "final": low},
    )
    power = c.one(0.5, 2.0, 3.0)
    yield Made(
        "polynomial",
        drawn(n, optax.polynomial_schedule(peak, low, power, n)),
        made.falling("polynomial", n),
        {"peak": peak, "total_steps": n, "final": low, "power": power},
    )
    begin = int(n * c.one(0.3, 0.5, 0.8))
    yield Made(
        "linear transition_begin",
        drawn(n, optax.linear_schedule(peak, low, n - begin, begin)),
        made.stable(begin, n),
        {"peak": peak, "decay_start": begin, "decay_steps": n - begin},
    )
    yield Made(
        "exponential_decay",
        drawn(n, optax.exponential_decay(peak, n, 0.05)),
        made.falling("exponential", n),
        {"peak": peak, "gamma": 0.05 ** (1 / n)},
    )
    yield Made(
        "exponential_decay end_value",
        drawn(n, optax.exponential_decay(peak, n // 2, 0.05, end_value=0.05 * peak)),
        made.falling("exponential", n),
        {"peak": peak, "gamma": 0.05 ** (2 / n), "final": 0.05 * peak},
    )
    drops = c.drops(n)
    yield Made(
        "piecewise_constant",
        drawn(n, optax.piecewise_constant_schedule(peak, dict.fromkeys(drops, 0.2))),
        made.levels(drops, n),
        {"peak": peak, "factor": 0.2},
    )
    yield Made(
        "piecewise_interpolate linear",
        drawn(
            n,
            optax.piecewise_interpolate_schedule(
                "linear", start or 0.01 * peak, {w: peak / (start or 0.01 * peak), n: 0.01}
            ),
        ),
        made.falling("linear", n, w),
        {"peak": peak, "warmup_steps": w, "total_steps": n},
    )
    yield Made(
        "cosine_onecycle",
        drawn(n, optax.cosine_onecycle_schedule(n, peak)),
        made.one_cycle(0.3 * n, n, False),
        {"peak": peak, "warmup_steps": 0.3 * n, "total_steps": n},
    )
    yield Made(
        "linear_onecycle *",
        drawn(n, optax.linear_onecycle_schedule(n, peak)),
        made.one_cycle(0.3 * n, n, True),
        {"peak": peak, "warmup_steps": 0.3 * n},
    )
    first = n // 3
    pieces = [{"init_value": 0.0, "peak_value": peak, "decay_steps": first, "warmup_steps": w}] * 3
    if w < first // 3:
        yield Made(
            "sgdr",
            drawn(n, optax.sgdr_schedule(pieces)),
            [*made.falling("cosine", n, w), (first, 0.05 * n, ("cosine-restarts", "cyclic"))],
            {"peak": peak, "cycle_steps": first},
        )
    fall = n - begin
    yield Made(
        "join_schedules warmup, constant, cosine",
        drawn(
            n,
            optax.join_schedules(
                [
                    optax.linear_schedule(0.0, peak, w),
                    optax.constant_schedule(peak),
                    optax.cosine_decay_schedule(peak, fall),
                ],
                [w, begin],
            ),
        ),
        made.stable(begin, n, w),
        {"peak": peak, "warmup_steps": w, "decay_start": begin, "decay_steps": fall},
    )
