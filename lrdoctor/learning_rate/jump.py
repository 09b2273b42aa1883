"""A run whose rate jumped away from its schedule, and what it was before."""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from lrdoctor import schedules
from lrdoctor.learning_rate.cells import finite_points
from lrdoctor.run import Floats, Run, Series
from lrdoctor.schedules.jump import jumps

ERRORS = 3.0
"""Standard errors by which the mean of the losses since must have lain above the mean before, of
losses that stay where they are one in 740."""
_MOST = 20
"""Losses before a jump that its harm is measured by: of a falling loss more of them lie higher."""
_SETTLED, _FEW = 5, 3
"""Losses that must have come before, to judge the run by, and since."""


class Jump(NamedTuple):
    """A jump of the rate that did harm: what came after tells nothing of the run's schedule."""

    step: int
    """The first that was taken at the new rate."""
    old: float
    """The rate just before it."""
    new: float


def jump_of(run: Run) -> Jump | None:
    """The first jump of the rate (``schedules.jump``) since which the loss has risen or is no
    number; None where there is none.

    A rate that is raised by hand, and the loss falls the faster for it, is the run's own from then
    on. Cost: that of the rate's curve; where it never jumped no loss is looked at, and where
    nothing came since the last call nothing at all.
    """
    rates, main = run.get("lr"), run.main_loss
    if rates is None or main is None:
        return None
    source = *_state(rates), *_state(main[1]), run.settings.planned_steps
    kept = _KEPT.get(run)
    if kept is None or kept[0] != source:
        kept = _KEPT[run] = source, _jump_of(run, rates, main[1])
    return kept[1]


_KEPT: WeakKeyDictionary[Run, tuple[tuple[object, ...], Jump | None]] = WeakKeyDictionary()
"""What was found last in each run, and in what."""


def _state(series: Series) -> tuple[Series, int, int]:
    return series, len(series), series.rewritten


def _jump_of(run: Run, rates: Series, losses: Series) -> Jump | None:
    curve = rates.curve.finite()
    found = jumps(run, curve)
    if not found:
        return None
    plan = schedules.of(run)
    if plan is not None and plan.kind == "range-test":
        return None
    steps = [int(curve.first_steps[at]) for at in found]
    ends = [*steps[1:], None]
    for at, step, end in zip(found, steps, ends, strict=True):
        if _harmed(losses, step, end):
            return Jump(step, float(curve.values[at - 1]), float(curve.values[at]))
    return None


def before_jump(run: Run) -> Run:
    """The run as it stood when its rate jumped; itself where it did not."""
    jump = jump_of(run)
    return run if jump is None else run.until(jump.step - 1)


def _harmed(losses: Series, step: int, end: int | None) -> bool:
    """Whether the loss rose, or was lost, from ``step`` until ``end``."""
    values, steps, _ = finite_points(losses)
    at = int(np.searchsorted(steps, step))
    until = len(steps) if end is None else int(np.searchsorted(steps, end))
    if at < _SETTLED:
        return False
    if not np.isfinite(losses.values[-1]) and until == len(steps):
        return True
    return _rose(values[max(at - _MOST, 0) : at], values[at:until])


def _rose(before: Floats, since: Floats) -> bool:
    if len(since) < _FEW:
        return False
    count = np.arange(1.0, len(since) + 1)
    with np.errstate(all="ignore"):  # losses may be as large as floats are
        noise = np.diff(before).std() / np.sqrt(2)
        doubt = noise * np.sqrt(1 / count + 1 / len(before))
        over = np.cumsum(since - before.mean()) / count
    return bool((over > ERRORS * doubt)[_FEW - 1 :].any())
