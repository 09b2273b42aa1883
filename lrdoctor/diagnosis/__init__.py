"""What lrdoctor says: findings, advice, the learning rate, and the whole diagnosis of a run.

All are frozen values. ``Diagnosis.to_dict()`` is one line of ``lrdoctor check --format jsonl``;
every number on the screen or in a report is a field of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrdoctor.diagnosis.figures import Json, all_rounded, rounded
from lrdoctor.diagnosis.forecast import Cut, Forecast
from lrdoctor.diagnosis.learning_rate import LearningRate, Suggestion
from lrdoctor.diagnosis.words import Action, Clue, Severity, Status, Verdict
from lrdoctor.ending import Ending

__all__ = [
    "SCHEMA",
    "Action",
    "Advice",
    "Clue",
    "Cut",
    "Diagnosis",
    "Finding",
    "Forecast",
    "Json",
    "LearningRate",
    "MetricSummary",
    "Problem",
    "Severity",
    "Status",
    "Suggestion",
    "Verdict",
    "rounded",
]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule saw in a run.

    Steps are in the run's own axis. ``fired_step`` is the first step at which the log up to there
    sufficed; ``onset_step`` is where the trouble began, which is known only in hindsight.
    ``measured`` and ``limit`` share ``unit``. ``clue`` is what the doctor joins causes by; the
    headline says what came of it.
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
    clue: Clue | None = None

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
    """What to do about a finding. ``lr_factor`` multiplies the base learning rate.

    ``sound_step`` is the newest step whose checkpoint may be gone back to; ``checkpoint`` is the
    newest one up to there, below the run's folder, where one was found.
    """

    action: Action
    rule: str
    reason: str
    source: str
    lr_factor: float | None = None
    from_step: int | None = None
    sound_step: int | None = None
    checkpoint: str | None = None

    def to_dict(self) -> dict[str, Json]:
        return {
            "action": self.action.value,
            "rule": self.rule,
            "lr_factor": rounded(self.lr_factor),
            "from_step": self.from_step,
            "sound_step": self.sound_step,
            "checkpoint": self.checkpoint,
            "reason": self.reason,
            "source": self.source,
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
    momentum: float | None = None
    batch_size: int | None = None
    metrics: Mapping[str, MetricSummary] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    told: Finding | None = None
    """The one of ``findings`` that the headline tells; None: it tells of none."""
    learning_rate: LearningRate = field(default_factory=LearningRate)
    advice: tuple[Advice, ...] = ()
    forecast: Forecast | None = None
    """None where the loss is lost, too short, or nothing tells where it goes."""
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
            "momentum": rounded(self.momentum),
            "batch_size": self.batch_size,
            "metrics": {name: metric.to_dict() for name, metric in self.metrics.items()},
            "status": self.status.value,
            "headline": self.headline,
            "findings": [finding.to_dict() for finding in self.findings],
            "told": None if self.told is None else self.findings.index(self.told),
            "learning_rate": self.learning_rate.to_dict(),
            "advice": [advice.to_dict() for advice in self.advice],
            "forecast": None if self.forecast is None else self.forecast.to_dict(),
            "problems": [problem.to_dict() for problem in self.problems],
            "ending": None
            if self.ending is None
            else {"kind": self.ending.kind.value, "said": self.ending.said},
            "checked": list(self.checked),
            "unchecked": {rule: list(needs) for rule, needs in self.unchecked.items()},
            "sparkline": all_rounded(self.sparkline),
        }
