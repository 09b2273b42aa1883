"""What lrdoctor says: findings, advice, the learning rate, and the whole diagnosis of a run.

All are frozen values. ``Diagnosis.to_dict()`` is one line of ``lrdoctor check --format jsonl``;
every number on the screen or in a report is a field of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lrdoctor.ending import Ending

SCHEMA = 1
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Severity(StrEnum):
    """How bad a finding is: the run is lost or being lost, it costs, or it is worth knowing."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Status(StrEnum):
    """A run's state in one word, worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    WATCHING = "watching"
    HEALTHY = "healthy"
    TOO_SHORT = "too-short"
    UNREADABLE = "unreadable"

    @property
    def rank(self) -> int:
        """0 for the worst; sorts runs worst first."""
        return list(Status).index(self)


class Action(StrEnum):
    """What to do about a finding."""

    LOWER_LR = "lower-lr"
    RAISE_LR = "raise-lr"
    DECAY_LR = "decay-lr"
    LENGTHEN_WARMUP = "lengthen-warmup"
    CLIP_GRADIENTS = "clip-gradients"
    SMALLER_BATCH = "smaller-batch"
    RESTORE_CHECKPOINT = "restore-checkpoint"
    STOP = "stop"
    WAIT = "wait"
    FIX_DATA = "fix-data"
    REGULARISE = "regularise"


class Verdict(StrEnum):
    """The learning rate's judgement, against the best rate for the same training."""

    TOO_LOW = "too_low"
    OK = "ok"
    TOO_HIGH = "too_high"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule saw in a run.

    Steps are in the run's own axis. ``fired_step`` is the first step at which the log up to there
    sufficed; ``onset_step`` is where the trouble began, which is known only in hindsight.
    ``measured`` and ``limit`` share ``unit``.
    """

    rule: str
    severity: Severity
    metric: str
    onset_step: int
    fired_step: int
    last_step: int
    resolved: bool
    measured: float
    limit: float
    unit: str
    confidence: float
    message: str

    def to_dict(self) -> dict[str, Json]:
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "metric": self.metric,
            "onset_step": self.onset_step,
            "fired_step": self.fired_step,
            "last_step": self.last_step,
            "resolved": self.resolved,
            "measured": rounded(self.measured),
            "limit": rounded(self.limit),
            "unit": self.unit,
            "confidence": rounded(self.confidence, 3),
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a finding. ``lr_factor`` multiplies the base learning rate."""

    action: Action
    rule: str
    reason: str
    source: str
    lr_factor: float | None = None
    from_step: int | None = None

    def to_dict(self) -> dict[str, Json]:
        return {
            "action": self.action.value,
            "rule": self.rule,
            "lr_factor": rounded(self.lr_factor),
            "from_step": self.from_step,
            "reason": self.reason,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A learning rate to try next, with its range.

    ``value`` None means "enough": keep ``best``, the path of the best run made so far.
    """

    value: float | None
    low: float | None
    high: float | None
    confidence: float
    reason: str
    best: str | None = None

    def to_dict(self) -> dict[str, Json]:
        return {
            "value": rounded(self.value),
            "low": rounded(self.low),
            "high": rounded(self.high),
            "confidence": rounded(self.confidence, 3),
            "reason": self.reason,
            "best": self.best,
        }


@dataclass(frozen=True, slots=True)
class LearningRate:
    """What is known of a run's learning rate and what it should be.

    ``value`` is the base rate (the peak of the schedule), ``current`` the newest logged one; both
    None where none was logged or configured. ``suggested``, ``low``, ``high`` are base rates for
    the next attempt; ``factor`` is ``suggested / value`` and also stands where no rate is known.
    ``planned`` holds the schedule's future as (step, rate) points, to be drawn ahead.
    ``evidence`` names the facts of this log that decided, one short phrase each.
    """

    value: float | None = None
    current: float | None = None
    schedule: str = "unknown"
    schedule_parameters: Mapping[str, float] = field(default_factory=dict)
    schedule_fit: float | None = None
    planned: tuple[tuple[int, float], ...] = ()
    verdict: Verdict = Verdict.UNKNOWN
    confidence: float = 0.0
    probabilities: Mapping[str, float] = field(default_factory=dict)
    suggested: float | None = None
    low: float | None = None
    high: float | None = None
    factor: float | None = None
    reason: str = ""
    evidence: tuple[str, ...] = ()
    snippets: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Json]:
        return {
            "value": rounded(self.value),
            "current": rounded(self.current),
            "schedule": self.schedule,
            "schedule_parameters": {k: rounded(v) for k, v in self.schedule_parameters.items()},
            "schedule_fit": rounded(self.schedule_fit, 4),
            "planned": [[step, rounded(rate)] for step, rate in self.planned],
            "verdict": self.verdict.value,
            "confidence": rounded(self.confidence, 3),
            "probabilities": {k: rounded(v, 3) for k, v in self.probabilities.items()},
            "suggested": rounded(self.suggested),
            "low": rounded(self.low),
            "high": rounded(self.high),
            "factor": rounded(self.factor),
            "reason": self.reason,
            "evidence": list(self.evidence),
            "snippets": dict(self.snippets),
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a log that could not be read. ``line`` counts from 1; None where unknown."""

    path: str
    line: int | None
    what: str

    def to_dict(self) -> dict[str, Json]:
        return {"path": self.path, "line": self.line, "what": self.what}


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric's figures. ``count`` is every point that was logged, non-finite ones included.

    ``best`` is the lowest finite value of a loss, the highest of an accuracy; None where that
    question makes no sense (a learning rate) or no value is finite.
    """

    tag: str
    count: int
    non_finite: int
    first: float | None
    last: float | None
    best: float | None
    best_step: int | None

    def to_dict(self) -> dict[str, Json]:
        return {
            "tag": self.tag,
            "count": self.count,
            "non_finite": self.non_finite,
            "first": rounded(self.first, 9),
            "last": rounded(self.last, 9),
            "best": rounded(self.best, 9),
            "best_step": self.best_step,
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that lrdoctor says of one run. ``to_dict()`` is a line of ``check --format jsonl``."""

    run: str
    path: str
    format: str
    status: Status
    headline: str
    x_axis: str = "step"
    points: int = 0
    first_step: int | None = None
    last_step: int | None = None
    planned_steps: int | None = None
    optimizer: str | None = None
    batch_size: int | None = None
    metrics: Mapping[str, MetricSummary] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    learning_rate: LearningRate = field(default_factory=LearningRate)
    advice: tuple[Advice, ...] = ()
    problems: tuple[Problem, ...] = ()
    ending: Ending | None = None
    """Why the training died, where its log says so."""
    checked: tuple[str, ...] = ()
    """Names of the rules that looked and found nothing."""
    unchecked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Those that could not look, each with the metrics of which it needs one: none is logged."""
    sparkline: tuple[float | None, ...] = ()
    """About 60 values of the main loss over the run, None where it was not finite."""

    def to_dict(self) -> dict[str, Json]:
        return {
            "schema": SCHEMA,
            "run": self.run,
            "path": self.path,
            "format": self.format,
            "x_axis": self.x_axis,
            "points": self.points,
            "first_step": self.first_step,
            "last_step": self.last_step,
            "planned_steps": self.planned_steps,
            "optimizer": self.optimizer,
            "batch_size": self.batch_size,
            "metrics": {name: metric.to_dict() for name, metric in self.metrics.items()},
            "status": self.status.value,
            "headline": self.headline,
            "findings": [finding.to_dict() for finding in self.findings],
            "learning_rate": self.learning_rate.to_dict(),
            "advice": [advice.to_dict() for advice in self.advice],
            "problems": [problem.to_dict() for problem in self.problems],
            "ending": None
            if self.ending is None
            else {"kind": self.ending.kind.value, "said": self.ending.said},
            "checked": list(self.checked),
            "unchecked": {rule: list(needs) for rule, needs in self.unchecked.items()},
            "sparkline": _all_rounded(self.sparkline),
        }


def rounded(value: float | None, digits: int = 6) -> float | str | None:
    """``value`` to so many significant digits, fit for strict JSON.

    JSON has no NaN and no infinity: they become the strings ``"nan"``, ``"inf"``, ``"-inf"``.
    """
    if value is None:
        return None
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return float(f"{value:.{digits}g}")


def _all_rounded(values: tuple[float | None, ...]) -> list[Json]:
    """``rounded`` of each: sixty at each look, in half the time where all are finite."""
    if None in values or not all(map(math.isfinite, values)):  # type: ignore[arg-type]
        return [rounded(value) for value in values]
    return list(map(float, ("%.6g " * len(values) % values).split()))
