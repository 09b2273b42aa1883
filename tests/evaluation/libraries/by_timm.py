"""timm's schedulers, with their warmups, cycles, noise and k-decay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import made
import torch
from made import Chance, Made
from timm import scheduler as ts


def drawn(n: int, peak: float, make: Callable, losses: list[float] | None = None) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler, rates = make(optimizer), []
    for i in range(n):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step(i + 1, *([losses[i]] if losses else []))
    return rates


def schedules(c: Chance) -> Iterator[Made]:
    n, peak = c.updates(90, 400), c.peak()
    w = max(3, c.warmup(n)) if c.rng.random() < 0.7 else 0
    low = c.one(0.0, 1e-5, 0.01) * peak
    warm = {"warmup_t": w, "warmup_lr_init": c.one(1e-4, 0.1) * peak if w else 0.0}
    truth: dict[str, float] = {"peak": peak} | ({"warmup_steps": w} if w else {})

    def cosine(total: int, **given: float | bool) -> list[float]:
        return drawn(n, peak, lambda o: ts.CosineLRScheduler(o, total, low, **warm, **given))

    whole = {**truth, "total_steps": n, "final": low}
    yield Made("cosine", cosine(n), made.falling("cosine", n, w), {**whole, "peak": peak})
    yield Made(
        "cosine prefix", cosine(n - w, warmup_prefix=True), made.falling("cosine", n, w), whole
    )
    first = (n - w) // int(c.one(2, 3))
    yield Made(
        "cosine cycles",
        cosine(first, cycle_limit=9, warmup_prefix=True),
        made.restarting(n, first, w),
        {**truth, "cycle_steps": first},
    )
    yield Made(
        "cosine cycles decayed",
        cosine(first, cycle_limit=9, cycle_decay=0.5, warmup_prefix=True),
        made.restarting(n, first, w),
        {**truth, "cycle_steps": first},
    )
    third = (n - w) // 3
    yield Made(
        "cosine cycles longer",
        cosine(third, cycle_limit=9, cycle_mul=2.0, warmup_prefix=True),
        made.restarting(n, third, w),
        {**truth, "cycle_steps": third},
    )
    short = int(0.8 * n)
    yield Made(
        "cosine cooldown",
        cosine(short - w, warmup_prefix=True),
        made.falling("cosine", n, w),
        {**whole, "total_steps": short},
    )
    unnamed = [(0, 0, ("warmup-constant",)), (w, 0.1 * n, ("warmup-cosine", "unknown"))]
    plain = [(0, 0, ("cosine", "unknown"))]
    yield Made(
        "cosine k-decay *",
        cosine(n - w, k_decay=c.one(0.5, 1.5), warmup_prefix=True),
        unnamed if w else plain,
    )
    yield Made(
        "cosine noise *",
        cosine(n - w, noise_range_t=n // 2, warmup_prefix=True),
        unnamed if w else plain,
    )
    rate, period = c.one(0.1, 0.3, 0.5), max(w + 3, n // 4)
    drops = list(range(period, n, period))
    yield Made(
        "step",
        drawn(n, peak, lambda o: ts.StepLRScheduler(o, period, rate, **warm)),
        made.levels(drops, n, w=w),
        {**truth, "factor": rate, "period": period},
    )
    drops = [d for d in c.drops(n) if d > w]
    yield Made(
        "multistep",
        drawn(n, peak, lambda o: ts.MultiStepLRScheduler(o, drops, rate, **warm)),
        made.levels(drops, n, w=w),
        {**truth, "factor": rate},
    )
    power = c.one(0.5, 2.0)
    yield Made(
        "poly",
        drawn(
            n, peak, lambda o: ts.PolyLRScheduler(o, n - w, power, low, **warm, warmup_prefix=True)
        ),
        made.falling("polynomial", n, w),
        {**whole, "power": power},
    )
    yield Made(
        "tanh *",
        drawn(
            n, peak, lambda o: ts.TanhLRScheduler(o, n - w, lr_min=low, **warm, warmup_prefix=True)
        ),
        unnamed if w else plain,
    )
    rates = drawn(
        n,
        peak,
        lambda o: ts.PlateauLRScheduler(o, rate, 5, cooldown_t=2, lr_min=low, mode="min", **warm),
        c.losses(n),
    )
    drops = [d for d in made.changes(rates) if d > w]
    yield Made(
        "plateau", rates, made.levels(drops, n, "reduce-on-plateau", w), {**truth, "factor": rate}
    )
