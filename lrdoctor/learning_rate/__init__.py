"""The project's heart: is this run's learning rate right, and which one to use instead.

``assess`` judges one run; ``next_learning_rate`` says what to try after several runs of one
experiment; ``range_test`` reads a learning-rate range test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from lrdoctor.diagnosis import Finding, LearningRate, Suggestion

if TYPE_CHECKING:
    from lrdoctor.run import Run

__all__ = [
    "MEASURES",
    "Examine",
    "Measure",
    "assess",
    "next_learning_rate",
    "range_test",
    "unexamined",
]

Measure = Literal["final", "best"]
"""Which of its losses a run is judged by among others."""
MEASURES: tuple[Measure, ...] = ("final", "best")
Examine = Callable[["Run"], Sequence[Finding]]
"""What the rules see in a run (``lrdoctor.doctor.alarms``), so that several runs are judged by what
each is judged by on its own."""


def unexamined(run: Run) -> Sequence[Finding]:
    """Of a run that no rule looks at."""
    return ()


def assess(run: Run, findings: Sequence[Finding] = ()) -> LearningRate:
    """What is known of the run's learning rate, and what it should be.

    Args:
        run: the log so far, finished or growing.
        findings: what the rules saw in it; an unresolved critical one forbids raising the rate.
    """
    from lrdoctor.learning_rate import assessment

    return assessment.assess(run, findings)


def next_learning_rate(runs: Sequence[Run], examine: Examine = unexamined) -> Suggestion:
    """The base rate to try next after these runs of one experiment, or "enough: keep the best".

    Raises:
        UsageError: no run tells both a loss and its learning rate.
    """
    from lrdoctor.learning_rate import next_rate

    return next_rate.next_learning_rate(runs, examine)


def range_test(run: Run) -> Suggestion:
    """The base rate that a learning-rate range test speaks for.

    Raises:
        UsageError: the run is no range test, or too short or too coarse to read.
    """
    from lrdoctor.learning_rate import finder

    return finder.range_test(run)
