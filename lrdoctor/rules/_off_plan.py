"""A learning rate beside its own schedule: not restored after a resume, or too long for the run,
on its way up or down."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrdoctor import schedules
from lrdoctor.diagnosis import Clue, Finding, Severity
from lrdoctor.rules._span import over_at, span
from lrdoctor.run import Curve, Floats, Run
from lrdoctor.schedules.jump import SETTLED
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_FITS = 0.98
"""R squared from which on a schedule says what the next rate would have been."""
_FOLLOWED = 0.5
"""How far beyond a resume the schedule is foretold, in lengths of what was logged before it."""
_APART = 0.1
"""Part of the peak by which a rate must lie above its schedule to have passed it: near a decay's
end every error is many times what is left."""
_BACK = 3
"""Rows in a row that lie on the schedule, to a twentieth, after which it was restored: what comes
later, as a restart, is its own."""
_CLIMBS = 0.6
"""Share of the plan up to which a rate may climb: one-cycle's does for 0.45 at the most (Smith,
arXiv 1803.09820, figure 1), a triangle's for half."""
_DOUBLES = 5.0
"""Times that it may have grown since half of that: a line doubles, half a cosine grows threefold, a
range test by decades."""
_LOOKS = (0.5, 0.75)
"""Shares of the plan at which the decay is asked where it ends: before half of it a cosine's and a
line's end are guessed from too little of a fall."""
_BEYOND = 1.25
"""Times the plan from which on a longer cosine costs loss (Hoffmann et al., arXiv 2203.15556,
appendix B)."""
_LEFT = 0.25
"""Part of its peak that the rate would still be at: where a cosine of 1.5 times the plan is, and
above the tenth of the peak that is a usual floor (the same appendix)."""
_LINES = frozenset({"linear", "warmup-linear"})
_ENDING = _LINES | {"cosine", "warmup-cosine", "polynomial", "one-cycle", "wsd"}
"""Kinds that come to an end; the others fall for ever or in steps."""
_SMOOTH = _ENDING | {"exponential", "inverse-sqrt", "inverse-time"}
"""Kinds whose rates to come are foretold well: no restart, no step lies before them."""


def resumed(run: Run, curve: Curve, rates: Floats, off: float) -> Iterator[Finding]:
    """A rate that does not go on, after a resume, where its schedule had been.

    Args:
        rates: shape (n,), beside ``curve``.
        off: times that a rate may differ.
    """
    for step in sorted({resume.step for resume in run.resumes}):
        at = int(np.searchsorted(curve.steps, step))
        if not SETTLED <= at < len(rates):
            continue
        plan = schedules.known(run, step - 1)
        if plan is None or plan.fit < _FITS:
            continue
        begun = int(curve.steps[0])
        end = int(np.searchsorted(curve.steps, step + _FOLLOWED * (step - begun), side="right"))
        expected = plan.rate_at(curve.steps[at:end])
        apart = _APART * plan.base if plan.determined and plan.kind in _SMOOTH else np.inf
        later = _astray(rates[at:end], expected, off, apart, float(rates[0]))
        if later is None:
            continue
        told = at + later
        rate, meant = float(rates[told]), float(expected[later])
        yield finding(
            curve, at, told, len(rates), Severity.WARNING,
            max(rate, meant) / max(min(rate, meant), 1e-300), off,
            "times off the schedule after a resume", 0.85,
            f"After the resume at {run.x_axis} {step} the learning rate is {rate:.3g}"
            f"{f' at {run.x_axis} {int(curve.steps[told])}' if later else ''}, where its "
            f"{plan.kind} schedule would be at {meant:.3g}.", Clue.AFTER_RESUME,
        )  # fmt: skip


def _astray(rates: Floats, expected: Floats, off: float, apart: float, first: float) -> int | None:
    """Index of the row that shows a schedule was not restored; None where none does so far.

    A rate that is again what it was ``first``, and should have fallen, begins anew. One below the
    schedule may be warming up again, and is followed: one that passes the schedule began anew, and
    one that has not climbed within ``SETTLED`` rows warms nothing up.

    Args:
        apart: how far above its schedule a rate that climbs passes it, unless less than this is
            left of the schedule; infinite where the rates to come are not known.
    """
    if not expected[0] > 0:
        return None
    above = rates - expected > apart
    if rates[0] > off * expected[0] or (above[0] and abs(rates[0] - first) <= 0.01 * first):
        return 0
    over = (rates > off * expected) & above & (expected > apart)
    stands = (peak(rates) <= rates[0]) & (rates > 0) & (rates < expected / off)
    stands[: SETTLED if rates[0] < expected[0] / off else None] = False
    back = streak(np.abs(rates - expected) <= 0.05 * expected) >= _BACK
    ends = np.flatnonzero(over | stands | back)
    return int(ends[0]) if len(ends) and not back[ends[0]] else None


def climbing(run: Run, curve: Curve, rates: Floats) -> Iterator[Finding]:
    """A rise that the plan is too short for: a warmup without an end, or a decay upwards."""
    planned = run.settings.planned_steps
    if planned is None:
        return
    at = int(np.searchsorted(curve.steps, _CLIMBS * planned))
    if not SETTLED <= at < len(rates):
        return
    newest = rates[3 * at // 4 : at + 1]
    climbs = newest[-1] > 1.01 * rates[: 3 * at // 4 + 1].max()
    if not climbs or newest[-1] > _DOUBLES * rates[at // 2] or (newest[1:] < newest[:-1]).any():
        return
    if schedules.is_range_test(run, int(curve.steps[at])):
        return
    free = over_at(at, rates[at:] < 0.95 * peak(rates)[at:])
    yield finding(
        curve, at, at, free, Severity.WARNING, float(curve.steps[at]) / planned, _CLIMBS,
        "of the plan, and the rate still climbs", 0.8,
        f"The learning rate still climbs at {run.x_axis} {int(curve.steps[at])} of {planned}: its "
        "warmup is longer than the run, or it is to end above where it began.", Clue.RATE_CLIMBS,
    )  # fmt: skip


def endless(run: Run, curve: Curve, rates: Floats) -> Iterator[Finding]:
    """A decay that the plan is too short for: the run ends while the rate is still high."""
    planned = run.settings.planned_steps
    if planned is None:
        return
    for share in _LOOKS:
        at = int(np.searchsorted(curve.steps, share * planned))
        if at >= len(rates):
            return
        if not rates[at] < rates[: at + 1].max():
            continue
        plan = schedules.known(run, int(curve.steps[at]))
        if plan is None or plan.kind not in _ENDING or not plan.determined or plan.fit < _FITS:
            continue
        left = float(plan.rate_at(np.array([planned]))[0]) / plan.base
        line = plan.kind in _LINES or plan.parameters.get("linear_anneal") == 1
        end = plan.parameters.get("total_steps", 0.0)
        if left > _LEFT and (line or end > _BEYOND * planned):
            free = over_at(at, rates[at:] < _LEFT * peak(rates)[at:])
            where = "" if line else f" it was made to end at {run.x_axis} {end:.0f}, and"
            yield finding(
                curve, at, at, free, Severity.INFO if line else Severity.WARNING, left, _LEFT,
                "of its peak at the planned end", 0.8,
                f"The {plan.kind} schedule is too long for the run:{where} at the planned end, "
                f"{run.x_axis} {planned}, the learning rate is still {100 * left:.0f} % of its "
                f"peak.", Clue.PLAN_TOO_SHORT,
            )  # fmt: skip
            return


def finding(
    curve: Curve, onset: int, fired: int, free: int, severity: Severity,
    measured: float, limit: float, unit: str, confidence: float, message: str,
    clue: Clue | None = None,
) -> Finding:  # fmt: skip
    """One of the rate, from row ``onset`` on, told at row ``fired``, over at row ``free``."""
    return Finding(
        "schedule-mismatch",
        severity,
        "lr",
        *span(curve, onset, fired, free),
        measured=measured,
        limit=limit,
        unit=unit,
        confidence=confidence,
        message=message,
        clue=clue,
    )
