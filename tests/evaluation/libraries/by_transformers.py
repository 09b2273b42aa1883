"""``transformers.get_scheduler``: every name it has."""

from __future__ import annotations

from collections.abc import Iterator

import made
from by_torch import drawn
from made import CURVED, RISES, Chance, Made
from transformers import get_scheduler


def schedules(c: Chance) -> Iterator[Made]:
    n, peak = c.updates(100), c.peak()
    w = c.warmup(n) if c.rng.random() < 0.8 else 0
    truth: dict[str, float] = {"peak": peak} | ({"warmup_steps": w} if w else {})

    def rates(name: str, **given: float | str) -> list[float]:
        return drawn(
            n, peak, lambda o: get_scheduler(name, o, w, n, scheduler_specific_kwargs=given)
        )

    whole = {**truth, "total_steps": n}
    yield Made(
        "constant",
        drawn(n, peak, lambda o: get_scheduler("constant", o)),
        made.falling("constant", n),
        {"peak": peak},
    )
    yield Made(
        "constant_with_warmup", rates("constant_with_warmup"), made.falling("constant", n, w), truth
    )
    yield Made("linear", rates("linear"), made.falling("linear", n, w), {**whole, "final": 0.0})
    yield Made("cosine", rates("cosine"), made.falling("cosine", n, w), {**whole, "final": 0.0})
    cycles = int(c.one(2, 3, 4))
    yield Made(
        "cosine_with_restarts",
        rates("cosine_with_restarts", num_cycles=cycles),
        made.restarting(n, (n - w) / cycles, w),
        {**truth, "cycle_steps": (n - w) / cycles},
    )
    low = c.one(0.01, 0.1)
    yield Made(
        "cosine_with_min_lr",
        rates("cosine_with_min_lr", min_lr_rate=low),
        made.falling("cosine", n, w),
        {**whole, "final": low * peak},
    )
    yield Made(
        "cosine_warmup_with_min_lr",
        rates("cosine_warmup_with_min_lr", min_lr_rate=low, warmup_lr_rate=c.one(0.01, 0.1)),
        made.falling("cosine", n, w),
        {**whole, "final": low * peak},
    )
    yield Made("polynomial", rates("polynomial"), made.falling("linear", n, w), whole)
    power, end = c.one(0.5, 2.0, 3.0), 0.01 * peak
    yield Made(
        "polynomial power",
        rates("polynomial", power=power, lr_end=end),
        made.falling("polynomial", n, w),
        {**whole, "power": power, "final": end},
    )
    if w:  # without a warmup its time scale is 10,000 updates: here, a line
        yield Made("inverse_sqrt", rates("inverse_sqrt"), made.falling("inverse-sqrt", n, w), truth)
    yield Made(
        "inverse_sqrt timescale",
        rates("inverse_sqrt", timescale=0.1 * n),
        made.falling("inverse-sqrt", n, w),
        truth,
    )
    fall, up = int(n * c.one(0.1, 0.2, 0.4)), max(w, 2)
    for how in ("linear", "cosine", "1-sqrt"):
        for rise in ("linear", "cosine") if how != "1-sqrt" else ("linear",):
            given = {
                "num_decay_steps": fall,
                "decay_type": how,
                "warmup_type": rise,
                "min_lr_ratio": low if how == "cosine" else 0.0,
            }
            yield Made(
                f"warmup_stable_decay {rise}, {how}",
                drawn(
                    n,
                    peak,
                    lambda o, g=given: get_scheduler(
                        "warmup_stable_decay", o, up, n, scheduler_specific_kwargs=g
                    ),
                ),
                made.stable(n - fall, n, up, CURVED if rise == "cosine" else RISES),
                {"peak": peak, "warmup_steps": up, "decay_start": n - fall, "decay_steps": fall},
            )
    short, factor = min(n, 300), c.one(0.1, 0.5)
    given = {"factor": factor, "patience": 5}
    seen = drawn(
        short,
        peak,
        lambda o: get_scheduler("reduce_lr_on_plateau", o, scheduler_specific_kwargs=given),
        c.losses(short),
    )
    yield Made(
        "reduce_lr_on_plateau",
        seen,
        made.levels(made.changes(seen), short, "reduce-on-plateau"),
        {"peak": peak, "factor": factor},
    )
