"""A run and its rules to one diagnosis: every symptom, and the sentence that joins them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from operator import attrgetter

from lrdoctor import learning_rate, schedules
from lrdoctor import rules as known
from lrdoctor.diagnosis import (
    Action,
    Advice,
    Diagnosis,
    Finding,
    LearningRate,
    Problem,
    Severity,
    Status,
    Verdict,
)
from lrdoctor.doctor.cause import SURE
from lrdoctor.doctor.certainty import calibrated
from lrdoctor.doctor.death import halved
from lrdoctor.doctor.figures import count, sparkline, summary
from lrdoctor.doctor.headline import ENOUGH, active, headline, rank, recent
from lrdoctor.doctor.standstill import RESTLESS, standstill
from lrdoctor.rules import Rule
from lrdoctor.run import Run

__all__ = ["diagnose", "found_by", "unreadable"]

_SOUGHT = frozenset({"divergence", "spike", "oscillation", "exploding-gradient", "flat", "slow"})
"""What a range test is made to show."""
_GROWTH = {
    "divergence": "the loss began to rise",
    "exploding-gradient": "the gradient norm began to grow",
}
"""Signs that the weights are being damaged, and what to call them."""
_order = attrgetter("fired_step", "rule")


def diagnose(
    run: Run, rules: Sequence[Rule] | None = None, problems: Sequence[Problem] = ()
) -> Diagnosis:
    """Everything there is to say of a run as it stands.

    Args:
        run: the log so far, finished or growing.
        rules: those to ask; None: every rule with its own thresholds.
        problems: what the reader could not read of the log; carried along.
    """
    named = _all_rules() if rules is None else {_name_of(rule): rule for rule in rules}
    if run.is_agent:
        named = {name: rule for name, rule in named.items() if rule.of_agents}
    blind = {name: rule.needs for name, rule in named.items() if not rule.can_look(run)}
    able = [(name, rule) for name, rule in named.items() if name not in blind]
    found = {name: tuple(found_by(rule, run)) for name, rule in able}
    findings = tuple(sorted(chain.from_iterable(found.values()), key=_order))
    rate = learning_rate.assess(run, findings)
    status = _status(run, findings, rate)
    main = run.main_loss
    return Diagnosis(
        run=run.name,
        path=run.path,
        format=run.format,
        status=status,
        headline=headline(run, status, findings, rate),
        x_axis=run.x_axis,
        points=count(main[1]) if main else 0,
        first_step=run.first_step,
        last_step=run.last_step,
        planned_steps=run.settings.planned_steps,
        optimizer=run.settings.optimizer,
        batch_size=run.settings.batch_size,
        metrics={name: summary(name, series) for name, series in run.metrics.items()},
        findings=findings,
        learning_rate=rate,
        advice=_advice(run, named, found, rate),
        problems=tuple(problems),
        ending=run.ending,
        checked=tuple([name for name, its in found.items() if run.tags and not its]),
        unchecked=blind,
        sparkline=sparkline(main[1]) if main else (),
    )


def found_by(rule: Rule, run: Run) -> Iterator[Finding]:
    """What a rule sees, and how sure that is.

    A range test raises the rate until the loss blows up: what was known as one when a rule fired
    found no trouble, but what it looks for.
    """
    for finding in rule.examine(run):
        if finding.rule in _SOUGHT and schedules.is_range_test(run, finding.fired_step):
            continue
        yield calibrated(finding)


def unreadable(name: str, path: str, format: str, problems: Sequence[Problem]) -> Diagnosis:
    """The diagnosis of a log that could not be read; its headline is the first problem."""
    reason = problems[0].what if problems else "no reader could make sense of it"
    return Diagnosis(
        run=name, path=path, format=format, status=Status.UNREADABLE,
        headline=f"This log cannot be read: {reason}", problems=tuple(problems),
    )  # fmt: skip


@cache
def _all_rules() -> Mapping[str, Rule]:
    return {name: rule() for name, rule in known.rules().items()}


def _name_of(rule: Rule) -> str:
    own = type(rule)
    return _names().get(own, own.__name__.lower())


@cache
def _names() -> dict[type[Rule], str]:
    return {kind: name for name, kind in known.rules().items()}


def _status(run: Run, findings: Sequence[Finding], rate: LearningRate) -> Status:
    stillborn = not run.tags and bool(findings)
    if run.main_loss is None and not stillborn:
        return Status.UNREADABLE
    now = active(findings)
    if any(f.severity is Severity.CRITICAL for f in now):
        return Status.CRITICAL
    if now:
        return Status.WARNING
    if run.main_loss is None or count(run.main_loss[1]) < ENOUGH:
        return Status.TOO_SHORT
    stands = standstill(run, findings)
    if recent(run, findings) or _doubted(rate) or (stands and stands[1] > RESTLESS):
        return Status.WATCHING
    return Status.HEALTHY


def _doubted(rate: LearningRate) -> bool:
    return rate.verdict in (Verdict.TOO_LOW, Verdict.TOO_HIGH) and rate.confidence >= SURE


def _advice(
    run: Run, asked: Mapping[str, Rule], found: dict[str, tuple[Finding, ...]], rate: LearningRate
) -> tuple[Advice, ...]:
    """One piece of advice an action, from the worst finding that gives it."""
    findings = sorted(chain.from_iterable(found.values()), key=rank)
    lost = any(f.severity is Severity.CRITICAL and not f.resolved for f in findings)
    given: dict[Action, Advice] = {}
    for finding in findings:
        for advice in asked[finding.rule].advise(finding, run):
            given.setdefault(advice.action, advice)
    if lost or rate.verdict is Verdict.TOO_HIGH:
        # A rate must not be raised on a run that is being lost, whatever else it lacks.
        given.pop(Action.RAISE_LR, None)
    lower = given.get(Action.LOWER_LR)
    if lower is not None and rate.factor is not None and rate.factor < 1:
        given[Action.LOWER_LR] = replace(lower, lr_factor=rate.factor)
    smaller = given.get(Action.SMALLER_BATCH)
    if smaller is not None:
        given[Action.SMALLER_BATCH] = halved(smaller, run)
    back = given.get(Action.RESTORE_CHECKPOINT)
    if back is not None:
        given[Action.RESTORE_CHECKPOINT] = _before_the_growth(back, findings, run.x_axis)
    return tuple(given.values())


def _before_the_growth(back: Advice, findings: Sequence[Finding], axis: str) -> Advice:
    """Back to before the first sign: what was saved between it and the loss's end is damaged."""
    signs = [f for f in active(findings) if f.rule in _GROWTH]
    first = min(signs, key=lambda f: f.onset_step, default=None)
    if first is None or back.from_step is None or back.from_step <= first.onset_step:
        return back
    reason = (
        f"Go back to a checkpoint of before {axis} {first.onset_step}, where "
        f"{_GROWTH[first.rule]}: later ones are damaged already."
    )
    return replace(back, from_step=first.onset_step, reason=reason)
