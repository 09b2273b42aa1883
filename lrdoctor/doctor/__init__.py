"""A run and its rules to one diagnosis: every symptom, and the sentence that joins them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import attrgetter

from lrdoctor import learning_rate, schedules
from lrdoctor import rules as known
from lrdoctor.diagnosis import (
    Advice,
    Diagnosis,
    Finding,
    LearningRate,
    Problem,
    Severity,
    Status,
    Verdict,
)
from lrdoctor.doctor.advice import advise
from lrdoctor.doctor.cause import SURE
from lrdoctor.doctor.certainty import calibrated
from lrdoctor.doctor.doubt import doubted
from lrdoctor.doctor.figures import count, sparkline, summary
from lrdoctor.doctor.forecast import forecast
from lrdoctor.doctor.headline import active, headline, recent, told
from lrdoctor.doctor.standstill import RESTLESS, standstill
from lrdoctor.errors import in_one_line
from lrdoctor.learning_rate.verdict import NEVER_RAISE
from lrdoctor.rules import Rule
from lrdoctor.run import Run

__all__ = ["alarms", "diagnose", "found_by", "unreadable"]

_SOUGHT = frozenset({"divergence", "spike", "oscillation", "exploding-gradient", "flat", "slow"})
"""What a range test is made to show."""
_OF_THE_RATE = NEVER_RAISE | {"spike"}
"""Rules that decide by how much of a run its rate is judged."""
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
    named = _asked(run, rules)
    blind = {name: rule.needs for name, rule in named.items() if not rule.can_look(run)}
    able = [(name, rule) for name, rule in named.items() if name not in blind]
    found, advised, defects = _found(able, run)
    findings = tuple(sorted(chain.from_iterable(found.values()), key=_order))
    rate = learning_rate.assess(run, findings)
    status = _status(run, findings, rate)
    main = run.main_loss
    advice = advise(run, advised, rate)
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
        batch_size=run.settings.batch_size,
        metrics={name: summary(name, series) for name, series in run.metrics.items()},
        findings=findings,
        told=told(run, status, findings, rate),
        learning_rate=rate,
        advice=advice,
        forecast=ahead,
        problems=(*problems, *defects),
        ending=run.ending,
        checked=tuple([name for name, its in found.items() if run.tags and not its]),
        unchecked=blind,
        sparkline=sparkline(main[1]) if main else (),
    )


def alarms(run: Run, rules: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """Of ``diagnose``'s findings those that may forbid a higher rate, or cut a run short: all that
    judging the rates of several runs takes, without the cost of each one's whole diagnosis."""
    able = (rule for name, rule in _asked(run, rules).items()
            if name in _OF_THE_RATE and rule.can_look(run))  # fmt: skip
    return tuple(sorted(chain.from_iterable(found_by(rule, run) for rule in able), key=_order))


def _found(
    rules: Sequence[tuple[str, Rule]], run: Run
) -> tuple[dict[str, tuple[Finding, ...]], dict[Finding, tuple[Advice, ...]], list[Problem]]:
    """What each rule finds and advises; and a line for each that failed, which costs the others
    nothing."""
    found: dict[str, tuple[Finding, ...]] = {}
    advised: dict[Finding, tuple[Advice, ...]] = {}
    defects = []
    for name, rule in rules:
        try:
            its = tuple(found_by(rule, run))
            if any(finding.rule != name for finding in its):
                raise ValueError(f"its findings do not bear its name, {name!r}")
            advised |= {finding: _advice(rule, finding, run) for finding in its}
            found[name] = its
        except Exception as error:  # noqa: BLE001 - it is told, by its rule's name
            what = f"the rule {name} failed on this run ({in_one_line(error)})"
            defects.append(Problem(run.path, None, f"{what}; please report it to its authors"))
    return found, advised, defects


def _advice(rule: Rule, finding: Finding, run: Run) -> tuple[Advice, ...]:
    given = tuple(rule.advise(finding, run))
    if not all(isinstance(each, Advice) for each in given):
        raise TypeError(f"its advise() yields {given!r}, which is no Advice")
    return given


def found_by(rule: Rule, run: Run) -> Iterator[Finding]:
    """What a rule sees, and how sure that is.

    A range test raises the rate until the loss blows up: what was known as one when a rule fired
    found no trouble, but what it looks for.
    """
    for finding in rule.examine(run):
        if not isinstance(finding, Finding):
            raise TypeError(f"its examine() yields {finding!r}, which is no Finding")
        if finding.rule in _SOUGHT and schedules.is_range_test(run, finding.fired_step):
            continue
        yield doubted(run, calibrated(finding))


def unreadable(name: str, path: str, format: str, problems: Sequence[Problem]) -> Diagnosis:
    """The diagnosis of a log that could not be read; its headline is the first problem."""
    reason = problems[0].what if problems else "no reader could make sense of it"
    return Diagnosis(
        run=name, path=path, format=format, status=Status.UNREADABLE,
        headline=f"This log cannot be read: {reason}", problems=tuple(problems),
    )  # fmt: skip


def _asked(run: Run, rules: Sequence[Rule] | None) -> Mapping[str, Rule]:
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
    stands = standstill(run, findings)
    if recent(run, findings) or _doubted(rate) or (stands and stands[1] > RESTLESS):
        return Status.WATCHING
    return Status.HEALTHY


def _doubted(rate: LearningRate) -> bool:
    return rate.verdict in (Verdict.TOO_LOW, Verdict.TOO_HIGH) and rate.confidence >= SURE
