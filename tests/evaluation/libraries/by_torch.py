"""``torch.optim.lr_scheduler``: each class, and the usual ones one after the other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import made
import torch
from made import Chance, Made
from torch.optim import lr_scheduler as lr

warnings.filterwarnings("ignore", module="torch")


def drawn(n: int, peak: float, make: Callable, losses: list[float] | None = None) -> list[float]:
    """The rate in force at each of ``n`` updates."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler, rates = make(optimizer), []
    for i in range(n):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step(*([losses[i]] if losses else []))
    return rates


def schedules(c: Chance) -> Iterator[Made]:
    yield from plain(c)
    yield from waves(c)
    yield from joined(c)
    yield on_plateau(c)


def plain(c: Chance) -> Iterator[Made]:
    n, peak, factor = c.updates(), c.peak(), c.one(0.1, 0.2, 0.5)
    period = max(2, n // int(c.one(3, 4, 7)))
    drops = list(range(period, n, period))
    truth = {"peak": peak, "factor": factor, "period": period}
    yield Made(
        "StepLR",
        drawn(n, peak, lambda o: lr.StepLR(o, period, factor)),
        made.levels(drops, n),
        truth,
    )
    n = c.updates()
    drops = c.drops(n)
    truth = {"peak": peak, "factor": factor, "first_drop": drops[0]}
    yield Made(
        "MultiStepLR",
        drawn(n, peak, lambda o: lr.MultiStepLR(o, drops, factor)),
        made.levels(drops, n),
        truth,
    )
    n, peak = c.updates(), c.peak()
    gamma = float(f"{c.one(0.02, 0.1, 0.3) ** (1 / n):.4g}")
    truth = {"peak": peak, "gamma": gamma}
    yield Made(
        "ExponentialLR",
        drawn(n, peak, lambda o: lr.ExponentialLR(o, gamma)),
        made.falling("exponential", n),
        truth,
    )
    yield Made(
        "MultiplicativeLR",
        drawn(n, peak, lambda o: lr.MultiplicativeLR(o, lambda _: gamma)),
        made.falling("exponential", n),
        truth,
    )
    end = c.one(0.0, 0.01, 0.1)
    truth = {"peak": peak, "total_steps": n, "final": end * peak}
    yield Made(
        "LinearLR down",
        drawn(n, peak, lambda o: lr.LinearLR(o, 1.0, end, n)),
        made.falling("linear", n),
        truth,
    )
    n, peak = c.updates(), c.peak()
    w, start = c.warmup(n), c.one(1e-6, 1e-3, 1 / 3)
    yield Made(
        "LinearLR up",
        drawn(n, peak, lambda o: lr.LinearLR(o, start, 1.0, w)),
        made.falling("constant", n, w),
        {"peak": peak, "warmup_steps": w},
    )
    low = c.one(0.0, 0.01, 0.1) * peak
    truth = {"peak": peak, "total_steps": n, "final": low}
    yield Made(
        "CosineAnnealingLR",
        drawn(n, peak, lambda o: lr.CosineAnnealingLR(o, n, low)),
        made.falling("cosine", n),
        truth,
    )
    power = c.one(0.5, 0.9, 2.0, 3.0)
    truth = {"peak": peak, "total_steps": n, "power": power}
    yield Made(
        "PolynomialLR",
        drawn(n, peak, lambda o: lr.PolynomialLR(o, n, power)),
        made.falling("polynomial", n),
        truth,
    )
    yield Made(
        "PolynomialLR power 1",
        drawn(n, peak, lambda o: lr.PolynomialLR(o, n)),
        made.falling("linear", n),
        {"peak": peak, "total_steps": n},
    )
    scale = n * c.one(0.05, 0.2)
    yield Made(
        "LambdaLR 1/(1+t)",
        drawn(n, peak, lambda o: lr.LambdaLR(o, lambda t: 1 / (1 + t / scale))),
        made.falling("inverse-time", n),
        {"peak": peak, "timescale": scale},
    )


def waves(c: Chance) -> Iterator[Made]:
    n, peak = c.updates(100), c.peak()
    length = n // int(c.one(2, 3, 5))
    low = c.one(0.0, 0.01) * peak
    truth = {"peak": peak, "cycle_steps": length, "final": low}
    yield Made(
        "CosineAnnealingWarmRestarts",
        drawn(n, peak, lambda o: lr.CosineAnnealingWarmRestarts(o, length, 1, low)),
        made.restarting(n, length),
        truth,
    )
    first = n // int(c.one(3, 7))
    truth = {"peak": peak, "cycle_steps": first, "cycle_multiple": 2, "final": low}
    yield Made(
        "CosineAnnealingWarmRestarts T_mult 2",
        drawn(n, peak, lambda o: lr.CosineAnnealingWarmRestarts(o, first, 2, low)),
        made.restarting(n, first),
        truth,
    )
    yield Made(
        "CosineAnnealingLR overrun",
        drawn(n, peak, lambda o: lr.CosineAnnealingLR(o, n // 3)),
        [(0, 0, ("cosine",)), (n // 3, 0.1 * n, ("cyclic",))],
        {"peak": peak, "cycle_steps": 2 * (n // 3)},
    )
    up = n // int(c.one(4, 6, 10))
    down = int(up * c.one(1, 1, 1.5))
    low = c.one(0.01, 0.1, 0.25) * peak
    for mode in ("triangular", "triangular2", "exp_range"):
        gamma = float(f"{0.5 ** (1 / n):.6g}") if mode == "exp_range" else 1.0
        truth = {"cycle_steps": up + down} | ({"peak": peak} if mode != "exp_range" else {})
        shape = {"mode": mode, "gamma": gamma, "cycle_momentum": False}
        yield Made(
            f"CyclicLR {mode}",
            drawn(n, peak, lambda o, s=shape: lr.CyclicLR(o, low, peak, up, down, **s)),
            made.cycling(n, up, up + down),
            truth,
        )
    share, n = c.one(0.1, 0.2, 0.3, 0.4), c.updates(100)
    short = min(share, 0.4)
    for how in ("cos", "linear"):
        truth = {"peak": peak, "warmup_steps": share * n - 1, "total_steps": n - 1}
        shape = {"anneal_strategy": how, "cycle_momentum": False}
        yield Made(
            f"OneCycleLR {how}",
            drawn(n - 1, peak, lambda o, s=shape: lr.OneCycleLR(o, peak, n, pct_start=share, **s)),
            made.one_cycle(share * n, n, how == "linear"),
            truth,
        )
        straight = [(2 * short * n, 0.1 * n, ("one-cycle",))] if how == "linear" else []
        shape = {**shape, "pct_start": short, "three_phase": True}
        yield Made(
            f"OneCycleLR {how} three_phase",
            drawn(n - 1, peak, lambda o, s=shape: lr.OneCycleLR(o, peak, n, **s)),
            [*made.one_cycle(short * n, n, how == "linear")[:2], *straight],
            truth | {"warmup_steps": short * n - 1},
        )


def on_plateau(c: Chance) -> Made:
    n, peak, factor = c.updates(100, 400), c.peak(), c.one(0.1, 0.2, 0.5)
    patience, cooldown, low = int(c.one(3, 5, 10)), int(c.one(0, 0, 4)), c.one(0.0, 1e-3) * peak
    rates = drawn(
        n,
        peak,
        lambda o: lr.ReduceLROnPlateau(o, "min", factor, patience, cooldown=cooldown, min_lr=low),
        c.losses(n),
    )
    drops = made.changes(rates)
    return Made(
        "ReduceLROnPlateau",
        rates,
        made.levels(drops, n, "reduce-on-plateau"),
        {"peak": peak, "factor": factor},
    )


def joined(c: Chance) -> Iterator[Made]:
    """A warmup by SequentialLR, or multiplied in by ChainedScheduler."""
    n, peak = c.updates(100), c.peak()
    w, start = c.warmup(n), c.one(1e-4, 0.01, 0.1, 1 / 3)
    truth = {"peak": peak, "warmup_steps": w}

    def after_warmup(make: Callable, constant: bool = False) -> list[float]:
        def both(o: torch.optim.Optimizer) -> lr.LRScheduler:
            first = lr.ConstantLR(o, start, w) if constant else lr.LinearLR(o, start, 1.0, w)
            return lr.SequentialLR(o, [first, make(o)], [w])

        return drawn(n, peak, both)

    cosine = {**truth, "total_steps": n, "final": 0.0}
    yield Made(
        "SequentialLR linear, cosine",
        after_warmup(lambda o: lr.CosineAnnealingLR(o, n - w)),
        made.falling("cosine", n, w),
        cosine,
    )
    held = [(0, 0, ("constant",)), (w, 0.1 * n, ("warmup-cosine",))]
    yield Made(
        "SequentialLR constant, cosine",
        after_warmup(lambda o: lr.CosineAnnealingLR(o, n - w), True),
        held,
        cosine,
    )
    gamma = float(f"{0.1 ** (1 / n):.5g}")
    yield Made(
        "SequentialLR linear, exponential",
        after_warmup(lambda o: lr.ExponentialLR(o, gamma)),
        made.falling("exponential", n, w),
        {**truth, "gamma": gamma},
    )
    drops = [d for d in c.drops(n) if d > w]
    yield Made(
        "SequentialLR linear, multistep",
        after_warmup(lambda o: lr.MultiStepLR(o, [d - w for d in drops])),
        made.levels(drops, n, w=w),
        {**truth, "factor": 0.1, "first_drop": drops[0]},
    )
    first = (n - w) // int(c.one(2, 3))
    yield Made(
        "SequentialLR linear, restarts",
        after_warmup(lambda o: lr.CosineAnnealingWarmRestarts(o, first)),
        made.restarting(n, first, w),
        {**truth, "cycle_steps": first},
    )
    begin = int(n * c.one(0.5, 0.8))

    def stable(o: torch.optim.Optimizer) -> lr.LRScheduler:
        parts = (
            lr.LinearLR(o, start, 1.0, w),
            lr.ConstantLR(o, 1.0, 1),
            lr.LinearLR(o, 1.0, 0.0, n - begin),
        )
        return lr.SequentialLR(o, [*parts], [w, begin])

    yield Made(
        "SequentialLR linear, constant, linear",
        drawn(n, peak, stable),
        made.stable(begin, n, w),
        {**truth, "decay_start": begin, "decay_steps": n - begin},
    )

    def times_warmup(make: Callable) -> list[float]:
        def both(o: torch.optim.Optimizer) -> lr.LRScheduler:
            return lr.ChainedScheduler([lr.LinearLR(o, start, 1.0, w), make(o)])

        return drawn(n, peak, both)

    yield Made(
        "ChainedScheduler linear, cosine",
        times_warmup(lambda o: lr.CosineAnnealingLR(o, n)),
        made.falling("cosine", n, w),
        {"total_steps": n},
    )
    yield Made(
        "ChainedScheduler linear, exponential",
        times_warmup(lambda o: lr.ExponentialLR(o, gamma)),
        made.falling("exponential", n, w),
        {"gamma": gamma},
    )
    period = max(w + 2, n // 4)
    yield Made(
        "ChainedScheduler linear, step",
        times_warmup(lambda o: lr.StepLR(o, period, 0.3)),
        made.levels(list(range(period, n, period)), n, w=w),
        {**truth, "factor": 0.3, "period": period},
    )
