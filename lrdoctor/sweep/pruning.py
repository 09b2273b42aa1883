"""Which running trials to stop now, at which rung, and why."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from lrdoctor import doctor
from lrdoctor.diagnosis import Json, Severity, rounded
from lrdoctor.doctor.headline import active
from lrdoctor.errors import UsageError
from lrdoctor.sweep.rungs import (
    ASHA,
    FACTOR,
    HYPERBAND,
    HYPERBAND_FACTOR,
    SHARE,
    Rungs,
    place,
    promoted,
)
from lrdoctor.sweep.trial import State, Study, Trial

BEFORE = 0.1
"""A log's loss at a rung is its mean over this last share of the steps up to there: one step's loss
is mostly noise."""


MOST_LATE = 52
"""With each, rungs begin at twice as many steps at least: by then beyond any counter."""


class Decision(StrEnum):
    STOP = "stop"
    GO_ON = "go-on"
    WAIT = "wait"
    """It has come to no rung yet, or too few others have come to its own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one running trial stands among the others."""

    trial: str
    number: int
    last_step: int
    bracket: int
    rung: int | None
    """The rung that decided, or the newest it has come to; None where it has come to none."""
    step: int | None
    """Where that rung stands."""
    value: float | None
    """The trial's value there."""
    place: int | None
    """Its place there, 1 is the best."""
    others: int
    """How many trials have come to that rung, itself included."""
    decision: Decision
    reason: str
    source: str
    saved: int | None
    """Steps that stopping it now leaves out; None where it goes on or its end is not known."""

    def to_dict(self) -> dict[str, Json]:
        return {
            "trial": self.trial, "number": self.number, "last_step": self.last_step,
            "bracket": self.bracket, "rung": self.rung, "step": self.step,
            "value": rounded(self.value), "place": self.place, "of": self.others,
            "decision": self.decision.value, "reason": self.reason, "source": self.source,
            "saved_steps": self.saved,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How to prune."""

    rungs: Rungs
    rate: int = 0
    """ASHA's early-stopping rate s: rungs begin at ``least * factor**s``."""
    hyperband: bool = False
    """Spread the trials over Hyperband's brackets and compare them within their own only."""

    def bracket(self, study: Study, trial: Trial) -> int:
        return self.rungs.bracket_of(study.name, trial.number) if self.hyperband else self.rate

    @property
    def source(self) -> str:
        return HYPERBAND if self.hyperband else ASHA


def plan(
    study: Study,
    *,
    least: int | None = None,
    most: int | None = None,
    factor: int | None = None,
    rate: int = 0,
    hyperband: bool = False,
) -> Plan:
    """A plan for this study; what is not given is taken from it.

    Raises:
        UsageError: a figure is out of its range, or cannot be told and must be given.
    """
    if not 0 <= rate <= MOST_LATE:
        raise UsageError(f"the early-stopping rate must be 0 to {MOST_LATE}")
    whole = (study.planned or _longest(study)) if most is None else most
    if least is None and whole is None:
        raise UsageError(
            f"{study.path}: no trial is complete, so how many steps one has is not known: give "
            "--least (the first rung) or --most (the steps of a whole trial)"
        )
    # Optuna's HyperbandPruner begins with one step, its SuccessiveHalvingPruner with R / 100.
    first = 1 if hyperband or whole is None else max(1, whole // SHARE)
    by_default = HYPERBAND_FACTOR if hyperband else FACTOR
    chosen = by_default if factor is None else factor
    return Plan(Rungs(first if least is None else least, whole, chosen), rate, hyperband)


def _longest(study: Study) -> int | None:
    """The last step of the trials that are complete, as Optuna takes it."""
    ends = [t.last_step for t in study.trials if t.state is State.COMPLETE]
    return max((end for end in ends if end), default=None)


Lost = Callable[[Trial], str | None]
"""Why a trial is lost whatever the others do, if it is."""


def standings(study: Study, by: Plan, lost: Lost | None = None) -> list[Standing]:
    """Every running trial, those to be stopped first.

    Args:
        lost: for whoever has diagnosed the trials already; None: they are diagnosed here.
    """
    judge = lost or functools.partial(_lost, study)
    running = [trial for trial in study.trials if trial.state is State.RUNNING]
    found = [_standing(study, trial, by, judge(trial)) for trial in running]
    order = [Decision.STOP, Decision.GO_ON, Decision.WAIT]
    return sorted(found, key=lambda one: (order.index(one.decision), one.number))


def _standing(study: Study, trial: Trial, by: Plan, lost: str | None) -> Standing:
    bracket = by.bracket(study, trial)
    last = trial.last_step if trial.last_step is not None else 0
    first = by.rungs.step(0, bracket)
    blank = Standing(
        trial.name, trial.number, last, bracket, None, None, None, None, 0, Decision.WAIT,
        f"It has not come to its first rung, step {first:,}.", by.source, None,
    )  # fmt: skip
    left = None if by.rungs.most is None else max(0, by.rungs.most - last)
    if lost is not None:
        return replace(blank, decision=Decision.STOP, reason=lost, source="lrdoctor check",
                       saved=left)  # fmt: skip
    found = list(_at_rungs(study, trial, by, blank))
    # Where it stands now counts: the rungs below let it pass, and it may have caught up since.
    decided = [one for one in found if one.decision is not Decision.WAIT] or found or [blank]
    newest = decided[-1]
    return replace(newest, saved=left) if newest.decision is Decision.STOP else newest


def _lost(study: Study, trial: Trial) -> str | None:
    """The headline of a run that a critical finding calls lost; None for any other."""
    if not len(trial.values):
        return None
    told = doctor.diagnose(study.run(trial))
    lost = any(f.severity is Severity.CRITICAL for f in active(told.findings))
    return told.headline if lost else None


def _at_rungs(study: Study, trial: Trial, by: Plan, blank: Standing) -> Iterator[Standing]:
    """How the trial stands at each rung it has come to, the first one first."""
    bracket, factor = blank.bracket, by.rungs.factor
    rivals = [t for t in study.trials if by.bracket(study, t) == bracket and len(t.steps)]
    for rung in range(by.rungs.reached(blank.last_step, bracket)):
        step = by.rungs.step(rung, bracket)
        if by.rungs.most is not None and step >= by.rungs.most:
            return
        own = value_at(study, trial, step)
        losses = [study.sign * v for t in rivals if (v := value_at(study, t, step)) is not None]
        if own is None:
            continue
        at, count = place(study.sign * own, losses), len(losses)
        going = promoted(count, factor)
        where = f"At rung {rung} (step {step:,}) its {study.metric} of {own:.4g} is"
        if not going:
            decision = Decision.WAIT
            reason = f"{where} {ordinal(at)} of {count}: {factor} must have come there."
        else:
            decision = Decision.STOP if at > going else Decision.GO_ON
            best = "the best goes" if going == 1 else f"the best {going} go"
            reason = f"{where} {ordinal(at)} of {count}; {best} on."
        yield replace(blank, rung=rung, step=step, value=own, place=at, others=count,
                      decision=decision, reason=reason)  # fmt: skip


def value_at(study: Study, trial: Trial, step: int) -> float | None:
    """A trial's value at a rung; None where it has not come there.

    A study's trial: its first report at or after the step, as Optuna's pruners see it. A log: the
    mean of its losses just before.
    """
    last = trial.last_step
    if last is None or last < step:
        return None
    at = int(np.searchsorted(trial.steps, step, side="left"))
    if study.dense:
        end = int(np.searchsorted(trial.steps, step, side="right"))
        start = int(np.searchsorted(trial.steps, step * (1 - BEFORE), side="right"))
        if start < end:
            with np.errstate(over="ignore", invalid="ignore"):
                return float(np.mean(trial.values[start:end]))
    return float(trial.values[at])


def ordinal(number: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 <= number % 100 <= 20 else ends.get(number % 10, 'th')}"
