"""Schedules of trainers that are not to be installed for this: by the formulas of their sources.

fairseq ``optim/lr_scheduler/*.py``; T5X ``utils.create_learning_rate_scheduler``; Tensor2Tensor's
"noam" (Vaswani et al., arXiv 1706.03762, section 5.3); DeepSpeed ``runtime/lr_schedules.py``;
Detectron2 ``solver/lr_scheduler.py``; MMCV ``runner/hooks/lr_updater.py``; Megatron-LM
``core/optimizer_param_scheduler.py``; Karpathy's nanoGPT ``train.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import made
from made import GROWING, Chance, Made


def drawn(n: int, rate: Callable[[int], float]) -> list[float]:
    return [float(rate(i)) for i in range(n)]


def half(way: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * min(max(way, 0.0), 1.0)))


def schedules(c: Chance) -> Iterator[Made]:
    n, peak = c.updates(100), c.peak()
    w, low = c.warmup(n), c.one(0.0, 0.1) * peak
    truth = {"peak": peak, "warmup_steps": w}
    foot = c.one(0.0, 1e-7, 1e-3 * peak)

    def line(i: int, start: float = foot) -> float:
        return start + (peak - start) * i / w

    yield Made(
        "fairseq inverse_sqrt",
        drawn(n, lambda i: line(i) if i < w else peak * (w / i) ** 0.5),
        made.falling("inverse-sqrt", n, w),
        truth,
    )
    yield Made(
        "fairseq polynomial_decay",
        drawn(n, lambda i: peak * i / w if i <= w else peak * (1 - (i - w) / (n - w))),
        made.falling("linear", n, w),
        {**truth, "total_steps": n},
    )
    hold, last = int(0.5 * n), 0.01
    fade = -math.log(last) / (n - hold)

    def tri_stage(i: int) -> float:
        if i < w:
            return 0.01 * peak + 0.99 * peak * i / w
        return peak if i < hold else peak * math.exp(-fade * (i - hold))

    yield Made(
        "fairseq tri_stage",
        drawn(n, tri_stage),
        made.stable(hold, n, w),
        {**truth, "decay_start": hold},
    )
    yield Made(
        "t5x constant * linear_warmup * rsqrt_decay",
        drawn(n, lambda i: peak * min(1.0, i / w) * (w / max(i, w)) ** 0.5),
        made.falling("inverse-sqrt", n, w),
        truth,
    )
    yield Made(
        "tensor2tensor noam",
        drawn(n, lambda i: peak * w**0.5 * min((i + 1) ** -0.5, (i + 1) * w**-1.5)),
        made.falling("inverse-sqrt", n, w),
        truth,
    )
    yield Made(
        "DeepSpeed WarmupLR log *",
        drawn(n, lambda i: peak * min(1.0, math.log(i + 1) / math.log(w))),
        [(0, 0, ("warmup-constant", "unknown")), (w, 0.05 * n, ("warmup-constant",))],
    )
    yield Made(
        "DeepSpeed WarmupDecayLR",
        drawn(n, lambda i: peak * i / w if i < w else peak * (n - i) / (n - w)),
        made.falling("linear", n, w),
        {**truth, "total_steps": n},
    )
    drops = [d for d in c.drops(n) if d > w]

    def stairs(i: int) -> float:
        return peak * 0.1 ** sum(i >= d for d in drops)

    yield Made(
        "Detectron2 WarmupMultiStepLR",
        drawn(n, lambda i: stairs(i) * (0.001 + 0.999 * i / w if i < w else 1.0)),
        made.levels(drops, n, w=w),
        {**truth, "factor": 0.1},
    )
    held = [
        (0, 0, ("constant",)),
        (w, 0.05 * n, ("step", "warmup-constant")),
        (drops[0], 0.05 * n, ("step",)),
    ]
    yield Made(
        "Detectron2 WarmupMultiStepLR constant",
        drawn(n, lambda i: stairs(i) * (0.1 if i < w else 1.0)),
        held,
        {"peak": peak},
    )
    yield Made(
        "Detectron2 WarmupCosineLR",
        drawn(n, lambda i: peak * half(i / n) * (0.001 + 0.999 * i / w if i < w else 1.0)),
        made.falling("cosine", n, w),
        {"total_steps": n},
    )
    yield Made(
        "MMCV exponential warmup, cosine",
        drawn(n, lambda i: peak * half(i / n) * (0.01 ** (1 - i / w) if i < w else 1.0)),
        made.falling("cosine", n, w, GROWING),
        {"total_steps": n},
    )
    yield Made(
        "MMCV poly",
        drawn(n, lambda i: low + (peak - low) * (1 - i / n) ** 0.9),
        made.falling("polynomial", n),
        {"peak": peak, "total_steps": n, "power": 0.9},
    )
    end = int(0.9 * n)
    yield Made(
        "nanoGPT",
        drawn(
            n,
            lambda i: (
                peak * (i + 1) / (w + 1)
                if i < w
                else low + (peak - low) * half((i - w) / (end - w))
            ),
        ),
        made.falling("cosine", n, w),
        {**truth, "total_steps": end, "final": low},
    )
    begin = int(0.8 * n)
    yield Made(
        "Megatron WSD exponential",
        drawn(
            n,
            lambda i: (
                peak * min(1.0, i / w)
                if i < begin
                else peak * 2 * 0.5 ** (1 + 5 * (i - begin) / (n - begin))
            ),
        ),
        made.stable(begin, n, w),
        {**truth, "decay_start": begin},
    )
    cycle = n // 4
    yield Made(
        "fairseq triangular",
        drawn(
            n,
            lambda i: (
                low
                + (peak - low)
                * max(0.0, 1 - abs(i / (cycle / 2) - 2 * math.floor(1 + i / cycle) + 1))
            ),
        ),
        made.cycling(n, cycle / 2, cycle),
        {"peak": peak, "cycle_steps": cycle},
    )
    span = c.one(3, 5, 7)
    yield Made(
        "range test", drawn(n, lambda i: 1e-7 * 10 ** (span * i / n)), [(0, 0, ("range-test",))]
    )
