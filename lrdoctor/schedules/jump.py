"""Where a learning rate jumps above all it was, as no schedule has it do."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Curve, Floats, Run
from lrdoctor.signals.peak import peak

TIMES = 3.0
"""Times the rate just before that a jump reaches, and"""
BEYOND = 1.5
"""times every rate before: restarts and cycles come back to a former one. A rate that has decayed
need not rise to three times its peak to have left its schedule. Of 2,448 logs of schedules that
libraries drew (even seeds, without a plan told) 26 show a jump either way."""
SETTLED = 8
"""Points that must have passed before a jump of the rate is no longer a start: a warmup may stand
at a tenth of the rate for five epochs (Goyal et al., arXiv 1706.02677, section 2.2). One that has
fallen is over."""
_WARMUP = 0.1
"""Share of the training that a warmup takes at the most (Godbole et al. 2023, Deep Learning Tuning
Playbook: 1 to 10 %)."""


def jumps(run: Run, curve: Curve, times: float = TIMES) -> list[int]:
    """The blocks of the rate's curve at which it jumped, in order.

    Restarts and cycles come back to a former rate, a range test or a warmup climbs from line to
    line, and a rate that was held from the start for a tenth of the plan at the most was a warmup.

    Args:
        curve: of the logged rate, shape (blocks,), all finite.
        times: the rate just before, or the highest where that was zero, that a jump exceeds.
    """
    rates = np.minimum(np.maximum(curve.values, 0.0), 1e100)
    if len(rates) < 2:
        return []
    highest = peak(rates)
    beyond = min(times, BEYOND)
    if highest[-1] <= beyond * highest[0]:
        return []
    before = highest[:-1]
    last = np.where(rates[:-1] > 0, rates[:-1], before)
    up = (rates[1:] > times * last) & (rates[1:] > beyond * before) & (before > 0)
    known = np.flatnonzero(up) + 1
    known = known[(known >= SETTLED) | (rates[known - 1] < before[known - 1])]
    return [at for at in known.tolist()
            if not climbing(rates[max(at - SETTLED, 0) : at])
            and not _was_warmup(run, int(curve.steps[at]), rates[:at])]  # fmt: skip


def climbing(last: Floats) -> bool:
    """Whether the rate was on its way up from line to line."""
    return len(last) > 1 and bool((np.diff(last) > 0).mean() > 0.5)


def _was_warmup(run: Run, step: int, before: Floats) -> bool:
    """Held at one rate since the start, for no more of the plan than a warmup takes."""
    planned = run.settings.planned_steps
    early = planned is not None and step <= _WARMUP * planned
    return early and bool((before == before[0]).all())
