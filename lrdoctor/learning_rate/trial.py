"""How one run of an experiment ended, beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lrdoctor.diagnosis import Json, Verdict, rounded
from lrdoctor.learning_rate import Examine, Measure, unexamined
from lrdoctor.learning_rate.descent import moving_mean
from lrdoctor.learning_rate.figures import LEAST_ROWS
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.trace import Trace
from lrdoctor.learning_rate.undone import seen_before
from lrdoctor.learning_rate.verdict import judge
from lrdoctor.learning_rate.view import View
from lrdoctor.run import Run, Series, last_finite

Outcome = Literal["too_low", "good", "too_high", "diverged", "broken"]

DIVERGED = 0.2
"""A run that ended so much of the way from the start to the best above the start has diverged: the
clinic's bound."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run as the comparison sees it. Losses are of the run's main loss, smoothed."""

    name: str
    path: str
    rate: float
    final: float | None
    """Mean of the last 15 % of the rows; None where the run broke."""
    best: float | None
    """The lowest mean of a tenth of the rows."""
    best_step: int | None
    behind: float | None
    """By how much it ended above the best run, in the measure that was asked for."""
    outcome: Outcome

    def to_dict(self) -> dict[str, Json]:
        return {
            "name": self.name, "path": self.path, "rate": rounded(self.rate),
            "final": rounded(self.final), "best": rounded(self.best), "best_step": self.best_step,
            "behind": rounded(self.behind), "outcome": self.outcome,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class End:
    """How one run ended."""

    run: Run
    trace: Trace
    view: View
    final: float
    best: float
    best_step: int | None
    spread: float
    """How far noise alone may have moved ``final``."""
    diverged: bool = False

    @property
    def whole(self) -> bool:
        """Whether it came to an end that stands beside the others' ends."""
        return not self.diverged and not self.view.cut_short

    @property
    def before_the_break(self) -> float:
        """Mean of the last 15 % of the finite rows."""
        return float(self.trace.loss[-max(1, round(0.15 * len(self.trace))) :].mean())

    def level(self, measure: Measure) -> float:
        return self.final if measure == "final" else self.best


def end_of(run: Run, examine: Examine = unexamined) -> End | None:
    """None where the run tells no loss or no rate."""
    seen, looked = seen_before(run, examine(run))
    if not seen.rate > 0 or not (len(seen) >= LEAST_ROWS or seen.broken):
        return None
    final = float(looked.end) if not seen.broken else np.nan
    best, step = np.nan, None
    if len(seen):
        width = max(1, len(seen) // 10)
        smooth = moving_mean(seen.loss, width)
        at = int(np.argmin(smooth))
        best = float(smooth[at])
        step = _step_at(run, float(seen.time[at + width - 1]))
    return End(run, seen, looked, final, best, step, float(looked.sigma_end))


def _step_at(run: Run, share: float) -> int:
    """The step at a share of the way to the newest finite loss, where the trace's rows end."""
    series = run.main_loss[1] if run.main_loss else Series("")
    first, last = run.first_step or 0, int(series.steps[last_finite(series)])
    return round(first + share * (last - first))


def judged(ends: Sequence[End]) -> list[End]:
    """Which of the runs diverged: broken by their rate, or ended clearly above where
    all of them began.

    A log of epochs begins when good rates are far down already: at a rate below the best one, who
    has not risen since his own first row has not diverged. Nor has who was told that his rate is
    too low, nor one that something else than its rate broke before it had risen so far.
    """
    if not ends:
        return []
    starts = [end.view.start for end in ends if np.isfinite(end.view.start)]
    start = float(np.median(starts)) if starts else np.nan
    whole = [end for end in ends if np.isfinite(end.final)]
    leader = min(whole, key=lambda end: end.final, default=None)
    lowest, top = (start, -np.inf) if leader is None else (leader.final, leader.view.rate)
    edge = start + DIVERGED * max(start - lowest, 0.0)

    def ended(end: End) -> bool:
        final = end.before_the_break if end.view.cut_short else end.final
        if judge(end.view, model()).verdict is Verdict.TOO_LOW and not end.trace.broken:
            return True
        own = end.view.start if end.view.rate < top else start
        return final <= edge or final <= max(start, own) + 3 * end.spread

    return [replace(end, diverged=not ended(end)) for end in ends]


def trial_of(end: End, measure: Measure, best: float, good: Sequence[float]) -> Trial:
    """``best``: the lowest level of all runs; ``good``: the rates that are as good."""
    level = end.level(measure)
    outcome: Outcome
    if end.diverged:
        outcome = "diverged"
    elif end.view.cut_short:
        outcome = "broken"
    elif min(good) <= end.view.rate <= max(good):
        outcome = "good"  # between two good ones: chance, not the rate, kept it up
    else:
        outcome = "too_low" if end.view.rate < min(good) else "too_high"
    return Trial(
        name=end.run.name,
        path=end.run.path,
        rate=float(f"{10.0**end.view.rate:.6g}"),
        final=end.final if np.isfinite(end.final) else None,
        best=end.best if np.isfinite(end.best) else None,
        best_step=end.best_step,
        behind=level - best if end.whole and np.isfinite(best) else None,
        outcome=outcome,
    )
