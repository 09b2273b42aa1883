"""What is said of learning rates: a run's own, and the one to try next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrdoctor.diagnosis.figures import Json, rounded
from lrdoctor.diagnosis.words import Verdict


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A learning rate to try next, with its range.

    ``value`` None means "enough": keep ``best``, the path of the best run made so far.
    ``confidence`` is the probability that ``value``, or ``best``'s rate, is good: that a run ends
    within 0.05 of the loss's fall, from its start to the best rate's end, of that end.
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
    ``confidence`` is the probability of ``verdict``, of the likeliest where that is unknown: of a
    good rate, as in a ``Suggestion``, beside those that cost 0.15 of the loss's fall or more.
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
