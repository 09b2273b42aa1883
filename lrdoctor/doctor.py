"""A run and its rules to one diagnosis: every symptom, and the sentence that joins them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from lrdoctor import learning_rate, metrics
from lrdoctor import rules as known
from lrdoctor.diagnosis import (
    Action,
    Advice,
    Diagnosis,
    Finding,
    LearningRate,
    MetricSummary,
    Problem,
    Severity,
    Status,
    Verdict,
)
from lrdoctor.rules import Rule
from lrdoctor.run import Run, Series

ENOUGH = 10
"""Points of the main loss under which silence means nothing."""
SPARKS = 60
"""Values of a sparkline."""
SURE = 0.7
"""A verdict on the learning rate below this confidence is no ground to worry anybody."""
RECENT = 0.25
"""A trouble that is over is still watched while it lies within this share of the run's end."""

# What is told first when several symptoms hold: causes before their consequences.
_ORDER = ("nan", "divergence", "zero-learning-rate", "exploding-gradient", "flat", "overfitting",
          "oscillation", "spike", "plateau", "resume")  # fmt: skip
_SCHEDULES = {
    "constant": "at a constant learning rate",
    "step": "on a step schedule",
    "exponential": "on an exponential schedule",
    "linear": "on a linear schedule",
    "polynomial": "on a polynomial schedule",
    "cosine": "on a cosine schedule",
    "cosine-restarts": "on a cosine schedule with restarts",
    "cyclic": "on a cyclic schedule",
    "one-cycle": "on a one-cycle schedule",
    "inverse-sqrt": "on an inverse-square-root schedule",
    "reduce-on-plateau": "on a reduce-on-plateau schedule",
    "wsd": "on a warmup-stable-decay schedule",
    "warmup-constant": "at a constant learning rate after warmup",
    "warmup-cosine": "on a cosine schedule after warmup",
    "warmup-linear": "on a linear schedule after warmup",
}


def diagnose(
    run: Run, rules: Sequence[Rule] | None = None, problems: Sequence[Problem] = ()
) -> Diagnosis:
    """Everything there is to say of a run as it stands.

    Args:
        run: the log so far, finished or growing.
        rules: those to ask; None: every rule with its own thresholds.
        problems: what the reader could not read of the log; carried along.
    """
    asked = _all_rules() if rules is None else tuple(rules)
    found = {_name_of(rule): tuple(rule.examine(run)) for rule in asked}
    findings = tuple(
        sorted((f for fs in found.values() for f in fs), key=lambda f: (f.fired_step, f.rule))
    )
    rate = learning_rate.assess(run, findings)
    status = _status(run, findings, rate)
    main = run.main_loss
    return Diagnosis(
        run=run.name,
        path=run.path,
        format=run.format,
        status=status,
        headline=_headline(run, status, findings, rate),
        x_axis=run.x_axis,
        points=_count(main[1]) if main else 0,
        first_step=run.first_step,
        last_step=run.last_step,
        planned_steps=run.settings.planned_steps,
        optimizer=run.settings.optimizer,
        batch_size=run.settings.batch_size,
        metrics={name: _summary(name, series) for name, series in run.metrics.items()},
        findings=findings,
        learning_rate=rate,
        advice=_advice(run, asked, found, rate),
        problems=tuple(problems),
        checked=tuple(name for name, its in found.items() if not its),
        sparkline=_sparkline(main[1]) if main else (),
    )


def unreadable(name: str, path: str, format: str, problems: Sequence[Problem]) -> Diagnosis:
    """The diagnosis of a log that could not be read; its headline is the first problem."""
    reason = problems[0].what if problems else "no reader could make sense of it"
    return Diagnosis(
        run=name, path=path, format=format, status=Status.UNREADABLE,
        headline=f"This log cannot be read: {reason}", problems=tuple(problems),
    )  # fmt: skip


@cache
def _all_rules() -> tuple[Rule, ...]:
    return tuple(rule() for rule in known.rules().values())


def _name_of(rule: Rule) -> str:
    own = type(rule)
    for name, kind in known.rules().items():
        if kind is own:
            return name
    return own.__name__.lower()


# ------------------------------------------------------------------------------------- status


def _active(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if not f.resolved and f.severity is not Severity.INFO]


def _recent(run: Run, findings: Iterable[Finding]) -> list[Finding]:
    """Troubles that are over, but not for long."""
    first, last = run.first_step, run.last_step
    if first is None or last is None:
        return []
    edge = last - RECENT * (last - first)
    over = (f for f in findings if f.resolved and f.severity is not Severity.INFO)
    return [f for f in over if f.last_step >= edge]


def _status(run: Run, findings: Sequence[Finding], rate: LearningRate) -> Status:
    if run.main_loss is None:
        return Status.UNREADABLE
    active = _active(findings)
    if any(f.severity is Severity.CRITICAL for f in active):
        return Status.CRITICAL
    if active:
        return Status.WARNING
    if _count(run.main_loss[1]) < ENOUGH:
        return Status.TOO_SHORT
    if _recent(run, findings) or _doubted(rate):
        return Status.WATCHING
    return Status.HEALTHY


def _doubted(rate: LearningRate) -> bool:
    return rate.verdict in (Verdict.TOO_LOW, Verdict.TOO_HIGH) and rate.confidence >= SURE


# ----------------------------------------------------------------------------------- headline


def _rank(finding: Finding) -> tuple[int, int, int]:
    severity = list(Severity).index(finding.severity)
    known_as = _ORDER.index(finding.rule) if finding.rule in _ORDER else len(_ORDER)
    return severity, known_as, finding.onset_step


def _headline(run: Run, status: Status, findings: Sequence[Finding], rate: LearningRate) -> str:
    main = run.main_loss
    if main is None:
        names = ", ".join(list(run.metrics)[:5]) or "none"
        return f"No loss is among the logged metrics ({names}): name its column in lrdoctor.toml."
    if status is Status.TOO_SHORT:
        count = _count(main[1])
        points = "1 point" if count == 1 else f"{count} points"
        return f"Only {points} of {main[0]} so far; {ENOUGH} are needed for a diagnosis."
    if active := _active(findings):
        return _joined(run, sorted(active, key=_rank), rate)
    if recent := _recent(run, findings):
        worst = min(recent, key=_rank)
        return f"{_symptom(run, worst, over=True)}; it is over since {_at(run, worst.last_step)}."
    schedule = _SCHEDULES.get(rate.schedule, "")
    if status is Status.WATCHING:
        side = "low" if rate.verdict is Verdict.TOO_LOW else "high"
        return f"Training makes progress, but the learning rate looks too {side}."
    settled = [f for f in findings if f.rule == "plateau" and not f.resolved]
    how = f"Converged by {_at(run, settled[0].onset_step)}" if settled else "Converging normally"
    return " ".join(filter(None, (how, schedule))) + "."


def _joined(run: Run, active: Sequence[Finding], rate: LearningRate) -> str:
    """The first symptom, what it grew out of, and its cause as far as the evidence goes."""
    told = active[0]
    sentence = _symptom(run, told)
    growth = next((f for f in active if f.rule == "divergence"), None)
    if told.rule == "nan" and growth and growth.onset_step < told.onset_step:
        sentence = (
            f"{_symptom(run, growth)} and is {_value(told)} from {_at(run, told.onset_step)} on"
        )
    cause = _cause(run, growth or told, rate)
    return f"{sentence}; {cause}." if cause else f"{sentence}."


def _symptom(run: Run, finding: Finding, over: bool = False) -> str:
    since = _at(run, finding.onset_step)
    loss = "The loss" if finding.metric == "train/loss" else finding.metric
    has = "was" if over else "has been"
    link = "from" if over else "since"
    match finding.rule:
        case "nan":
            return f"{loss} {'was' if over else 'is'} {_value(finding)} from {since} on"
        case "divergence":
            return f"{loss} {has} diverging {link} {since}"
        case "flat":
            return f"{loss} has not moved {'until' if over else 'since'} {since}"
        case "plateau":
            return f"{loss} {'made' if over else 'has made'} no progress {link} {since}"
        case "oscillation":
            return f"{loss} {has} swinging up and down {link} {since}"
        case "spike":
            return f"{loss} jumped at {since}"
        case "overfitting":
            return f"{finding.metric} {has} rising {link} {since} while the training loss falls"
        case "exploding-gradient":
            return f"The gradient norm {has} exploding {link} {since}"
        case "zero-learning-rate":
            return f"The learning rate {has} zero {link} {since}"
        case _:
            return finding.message.rstrip(".")


def _value(finding: Finding) -> str:
    return "NaN" if np.isnan(finding.measured) else "infinite"


def _cause(run: Run, finding: Finding, rate: LearningRate) -> str:
    if jump := _jump(run, finding):
        return jump
    if rate.confidence < 0.5:
        return ""
    if rate.verdict is Verdict.TOO_HIGH and finding.rule not in ("overfitting", "resume"):
        return "the learning rate is too high"
    if rate.verdict is Verdict.TOO_LOW and finding.rule in ("flat", "plateau"):
        return "the learning rate is too low"
    return ""


def _jump(run: Run, finding: Finding) -> str:
    """The learning rate's own jump just before the onset, outside warmup."""
    rates = run.get("lr")
    if rates is None or finding.rule not in ("nan", "divergence", "oscillation", "spike"):
        return ""
    at = int(np.searchsorted(rates.steps, finding.onset_step, side="right"))
    near = rates.values[max(0, at - 3) : at + 1]
    near = near[np.isfinite(near) & (near > 0)]
    # Warmup and one-cycle climb by small factors; a factor of 3 between two lines is no climb.
    if len(near) < 2 or at < 4 or not (near[1:] > 3 * near[:-1]).any():
        return ""
    return f"the learning rate jumped from {near.min():.3g} to {near.max():.3g}"


def _at(run: Run, step: int) -> str:
    return f"{run.x_axis} {step}"


# ------------------------------------------------------------------------------------- advice


def _advice(
    run: Run, asked: Sequence[Rule], found: dict[str, tuple[Finding, ...]], rate: LearningRate
) -> tuple[Advice, ...]:
    """One piece of advice an action, from the worst finding that gives it."""
    findings = sorted((f for fs in found.values() for f in fs), key=_rank)
    by_name = {_name_of(rule): rule for rule in asked}
    lost = any(f.severity is Severity.CRITICAL and not f.resolved for f in findings)
    given: dict[Action, Advice] = {}
    for finding in findings:
        for advice in by_name[finding.rule].advise(finding, run):
            given.setdefault(advice.action, advice)
    if lost:
        # A rate must not be raised on a run that is being lost, whatever else it lacks.
        given.pop(Action.RAISE_LR, None)
    lower = given.get(Action.LOWER_LR)
    if lower is not None and rate.factor is not None and rate.factor < 1:
        given[Action.LOWER_LR] = replace(lower, lr_factor=rate.factor)
    return tuple(given.values())


# ------------------------------------------------------------------------------------ figures


def _count(series: Series) -> int:
    """Every point that was logged, also those that a resume replaced."""
    return len(series) + series.overtaken


def _summary(name: str, series: Series) -> MetricSummary:
    values = series.values
    kind = metrics.kind(name)
    at = None
    if kind in ("loss", "accuracy"):
        at = _extreme(series, highest=kind == "accuracy")
    return MetricSummary(
        tag=series.tag,
        count=_count(series),
        non_finite=series.non_finite,
        first=float(values[0]) if len(values) else None,
        last=float(values[-1]) if len(values) else None,
        best=None if at is None else float(values[at]),
        best_step=None if at is None else int(series.steps[at]),
    )


def _extreme(series: Series, highest: bool) -> int | None:
    """Index of the first lowest (highest) finite value, found through the blocks."""
    if not len(series):
        return None
    curve, sign = series.curve, -1.0 if highest else 1.0
    edge = np.where(np.isfinite(curve.low), sign * (curve.high if highest else curve.low), np.inf)
    block = int(np.argmin(edge))
    begin, size = int(curve.starts[block]), int(curve.sizes[block])
    tail = int(curve.starts[-1] + curve.sizes[-1])
    nominees = np.concatenate([np.arange(begin, begin + size), np.arange(tail, len(series))])
    values = sign * series.values[nominees]
    values = np.where(np.isfinite(values), values, np.inf)
    at = int(np.argmin(values))
    return int(nominees[at]) if np.isfinite(values[at]) else None


def _sparkline(series: Series) -> tuple[float | None, ...]:
    curve = series.curve
    if not len(curve):
        return ()
    total = int(curve.starts[-1] + curve.sizes[-1])
    slots = np.minimum(curve.starts * SPARKS // max(total, SPARKS), SPARKS - 1)
    finite = np.isfinite(curve.values)
    shown = np.where(finite, curve.values, 0.0)
    used = np.unique(slots)
    counts = np.bincount(slots, finite, SPARKS)
    with np.errstate(over="ignore"):
        means = np.bincount(slots, shown / np.maximum(counts[slots], 1), SPARKS)
    return tuple(float(means[s]) if counts[s] else None for s in used)
