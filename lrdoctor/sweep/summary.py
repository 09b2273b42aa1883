"""What a study says of its learning rate: loss against rate, the basin, the best, the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrdoctor import doctor
from lrdoctor.diagnosis import Json, Suggestion, rounded
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.comparison import Comparison, compare
from lrdoctor.learning_rate.figures import LEAST_ROWS
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.next_rate import TRIED, choose, next_learning_rate
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.valley import fit
from lrdoctor.learning_rate.view import View, view
from lrdoctor.rate import format_rate
from lrdoctor.run import Block, Run
from lrdoctor.sweep.trial import LOSS, State, Study, Trial

ENDS_ONLY = "Only the trials' last values are known, so these alone count."


@dataclass(frozen=True, slots=True)
class Summary:
    """A study as ``lrdoctor sweep show`` tells it. Losses are in the study's own direction."""

    study: Study
    rates: tuple[float | None, ...]
    """The learning rate of each trial, in their order."""
    best: Trial | None
    """The complete trial of the best value."""
    comparison: Comparison | None
    """Of the trials that reported on their way; None where too few did."""
    lowest: float | None
    """The rate at the lowest point of the basin through the trials; None: no basin yet."""
    suggestion: Suggestion

    def to_dict(self) -> dict[str, Json]:
        pairs = zip(self.study.trials, self.rates, strict=True)
        return {
            "study": self.study.name, "path": self.study.path, "metric": self.study.metric,
            "direction": "minimize" if self.study.minimise else "maximize",
            "trials": [{**trial.to_dict(), "rate": rounded(rate)} for trial, rate in pairs],
            "best": None if self.best is None else self.best.number,
            "basin": None if self.lowest is None else {"lowest": rounded(self.lowest)},
            "comparison": None if self.comparison is None else self.comparison.to_dict(),
            "suggestion": self.suggestion.to_dict(),
        }  # fmt: skip


def summarise(study: Study, rate: str | None = None) -> Summary:
    """Put the study's trials side by side.

    Trials that are running say nothing of how low they will end, and count only while no other
    trial has come to its end.

    Args:
        rate: the parameter that is the learning rate; None: the one of a usual name.

    Raises:
        UsageError: no trial has a learning rate, or none has come to a value or a report.
    """
    rates = tuple(study.rate_of(trial, rate) for trial in study.trials)
    rated = [t for t, own in zip(study.trials, rates, strict=True) if own is not None]
    if not rated:
        raise UsageError(_no_rate(study, rate))
    told = [trial for trial in rated if len(trial.steps) >= LEAST_ROWS or trial.broken]
    ended = [trial for trial in told if trial.state.ended] or told
    # A pruned trial's last loss is no end: it speaks for the next rate, not in the comparison.
    compared = _compared(study, [t for t in ended if t.state is not State.PRUNED] or ended, rate)
    valued = [t for t in rated if t.state is State.COMPLETE and t.value is not None]
    numbers = [t for t in valued if not math.isnan(t.value or 0.0)]
    best = min(numbers, key=lambda t: study.sign * float(t.value or 0.0), default=None)
    lowest: float | None = None
    if compared is not None:
        lowest = compared.basin.lowest if compared.basin is not None else None
        runs = [study.run(trial, rate) for trial in ended]
        suggestion = next_learning_rate(runs, doctor.alarms, study.span(rate))
    else:
        suggestion = _by_ends(study, valued, rate)
        lowest = _lowest(study, valued, rate)
    running = [own for trial, own in zip(study.trials, rates, strict=True)
               if own and trial.state is State.RUNNING]  # fmt: skip
    return Summary(study, rates, best, compared, lowest, _unless_running(suggestion, running))


def next_rate(study: Study, rate: str | None = None) -> Suggestion:
    """The learning rate to try next, from the study's trials so far.

    Raises:
        UsageError: no trial has a learning rate, or none has come to a value or a report.
    """
    return summarise(study, rate).suggestion


def _unless_running(suggestion: Suggestion, running: Sequence[float]) -> Suggestion:
    """The suggestion; where a trial is at its rate already, it says so."""
    value = suggestion.value
    near = [rate for rate in running if value and abs(math.log10(rate / value)) < TRIED]
    if not near:
        return suggestion
    wait = f"A trial at {format_rate(near[0])} is running: wait for it."
    return replace(suggestion, reason=f"{suggestion.reason} {wait}")


def _compared(study: Study, trials: Sequence[Trial], rate: str | None) -> Comparison | None:
    if not trials:
        return None
    return compare([study.run(trial, rate) for trial in trials], examine=doctor.alarms)


def _by_ends(study: Study, trials: Sequence[Trial], rate: str | None) -> Suggestion:
    """The adviser's answer where only the trials' ends are known: no curve speaks for a rate, but
    which rates ended lower does."""
    if not trials:
        raise UsageError(f"{study.path}: no trial has come to a value or a report yet")
    start = _start(study, trials, rate)
    views = sorted((_end(study, t, rate, start) for t in trials), key=lambda pair: pair[0].end)
    told = choose([seen for seen, _ in views], [name for _, name in views], study.span(rate))
    return Suggestion(told.value, told.low, told.high, told.confidence,
                      f"{told.reason} {ENDS_ONLY}", told.best)  # fmt: skip


def _start(study: Study, trials: Sequence[Trial], rate: str | None) -> float:
    """Where training began, as near as ends tell: the worst of those at rates too low to go far
    (above the best rate a run may end far above its start); the worst of all where there is none.
    """
    ends = {t.name: study.sign * float(t.value or 0.0) for t in trials}
    best = min(trials, key=lambda t: ends[t.name])
    top = study.rate_of(best, rate) or 0.0
    below = [ends[t.name] for t in trials if (study.rate_of(t, rate) or 0.0) < top]
    return max(below or ends.values())


def _end(study: Study, trial: Trial, rate: str | None, start: float) -> tuple[View, str]:
    """A view of the trial's end alone."""
    run = Run(trial.name, trial.name, "optuna", settings=study.run(trial, rate).settings)
    run.add(Block(LOSS, np.array([0]), np.array([study.sign * float(trial.value or 0.0)])))
    return replace(view(trace(run), model()), start=start), trial.name


def _lowest(study: Study, trials: Sequence[Trial], rate: str | None) -> float | None:
    x = np.log10([study.rate_of(trial, rate) or 1.0 for trial in trials])
    y = np.array([study.sign * float(trial.value or 0.0) for trial in trials])
    whole = np.isfinite(y)
    valley = fit(x[whole], y[whole], _start(study, trials, rate)) if whole.any() else None
    if valley is None:
        return None
    at = np.linspace(x[whole].min(), x[whole].max(), 81)
    return float(f"{10.0 ** float(at[int(np.argmin(valley.loss(at)))]):.2g}")


def _no_rate(study: Study, rate: str | None) -> str:
    names = list(dict.fromkeys(name for trial in study.trials for name in trial.params))
    known = f"their parameters are {', '.join(names[:8])}" if names else "they have no parameters"
    if not study.trials:
        return f"{study.path}: the study {study.name!r} has no trials yet"
    if rate is not None:
        return f"{study.path}: no trial has a positive parameter {rate!r}; {known}"
    return f"{study.path}: which parameter is the learning rate? {known}; name it by --rate"
