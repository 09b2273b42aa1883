"""A run and its rules to one diagnosis: every symptom, and the sentence that joins them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache

from lrdoctor import learning_rate
from lrdoctor import rules as known
from lrdoctor.diagnosis import (
    Diagnosis,
    Finding,
    LearningRate,
    Problem,
    Severity,
    Status,
    Verdict,
)
from lrdoctor.doctor.advice import advise
from lrdoctor.doctor.asked import Asked, found_by
from lrdoctor.doctor.cause import CERTAIN, SURE
from lrdoctor.doctor.figures import count, sparkline, summary
from lrdoctor.doctor.forecast import forecast
from lrdoctor.doctor.headline import active, headline, recent, told
from lrdoctor.doctor.standstill import RESTLESS, standstill
from lrdoctor.learning_rate.verdict import NEVER_RAISE
from lrdoctor.rules import Rule
from lrdoctor.run import Run

__all__ = ["alarms", "diagnose", "found_by", "unreadable"]

_OF_THE_RATE = NEVER_RAISE | {"spike"}
"""Rules that decide by how much of a run its rate is judged."""


def diagnose(
    run: Run, rules: Sequence[Rule] | None = None, problems: Sequence[Problem] = ()
) -> Diagnosis:
    """Everything there is to say of a run as it stands.

    Args:
        run: the log so far, finished or growing.
        rules: those to ask; None: every rule with its own thresholds.
        problems: what the reader could not read of the log; carried along.
    """
    asked = Asked(run, _of(run, rules))
    findings = asked.findings
    rate = learning_rate.assess(run, findings)
    status = _status(run, findings, rate)
    main = run.main_loss
    advice = advise(run, asked.advised, rate)
    ahead = forecast(run, findings, rate, advice)
    return Diagnosis(
        run=run.name,
        path=run.path,
        format=run.format,
        status=status,
        headline=headline(run, status, findings, rate, ahead),
        x_axis=run.x_axis,
        points=count(main[1]) if main else 0,
        first_step=run.first_step,
        last_step=run.last_step,
        planned_steps=run.settings.planned_steps,
        optimizer=run.settings.optimizer,
        momentum=run.settings.momentum,
        batch_size=run.settings.batch_size,
        metrics={name: summary(name, series) for name, series in run.metrics.items()},
        findings=findings,
        told=told(run, status, findings, rate),
        learning_rate=rate,
        advice=advice,
        forecast=ahead,
        problems=(*problems, *asked.defects),
        ending=run.ending,
        checked=tuple([name for name, its in asked.found.items() if run.tags and not its]),
        unchecked=asked.blind,
        sparkline=sparkline(main[1]) if main else (),
    )


def alarms(run: Run, rules: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """Of ``diagnose``'s findings those that may forbid a higher rate, or cut a run short: all that
    judging the rates of several runs takes, without the cost of each one's whole diagnosis. A rule
    that fails is told by a warning."""
    asked = Asked(run, {n: rule for n, rule in _of(run, rules).items() if n in _OF_THE_RATE})
    for defect in asked.defects:
        warnings.warn(f"{run.path}: {defect.what}", RuntimeWarning, stacklevel=2)
    return asked.findings


def unreadable(name: str, path: str, format: str, problems: Sequence[Problem]) -> Diagnosis:
    """The diagnosis of a log that could not be read; its headline is the first problem."""
    reason = problems[0].what if problems else "no reader could make sense of it"
    return Diagnosis(
        run=name, path=path, format=format, status=Status.UNREADABLE,
        headline=f"This log cannot be read: {reason}", problems=tuple(problems),
    )  # fmt: skip


def _of(run: Run, rules: Sequence[Rule] | None) -> Mapping[str, Rule]:
    named = _all_rules() if rules is None else {_name_of(rule): rule for rule in rules}
    return named if run.is_judged else {n: rule for n, rule in named.items() if rule.of_agents}


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
    if run.main_loss is None or run.is_short:
        return Status.TOO_SHORT
    if rate.verdict is Verdict.TOO_HIGH and rate.confidence >= CERTAIN:
        return Status.WARNING
    stands = standstill(run, findings)
    if recent(run, findings) or _doubted(rate) or (stands and stands[1] > RESTLESS):
        return Status.WATCHING
    return Status.HEALTHY


def _doubted(rate: LearningRate) -> bool:
    return rate.verdict in (Verdict.TOO_LOW, Verdict.TOO_HIGH) and rate.confidence >= SURE
