"""Runs of one experiment side by side: how low each ended against its rate, and which rates are
as good as the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrdoctor.diagnosis import Json, Suggestion, rounded
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import Examine, Measure, unexamined
from lrdoctor.learning_rate.kinship import (
    Difference,
    Setting,
    common,
    differences,
    experiments,
    is_range_test,
    of_one_experiment,
    setting_json,
)
from lrdoctor.learning_rate.next_rate import NO_RATE, choose
from lrdoctor.learning_rate.silence import first_guess
from lrdoctor.learning_rate.trial import End, Trial, end_of, judged, trial_of
from lrdoctor.learning_rate.valley import fit
from lrdoctor.rate import format_rate
from lrdoctor.run import Floats, Run

ALIKE = 0.02
"""Losses that differ by less of the way from the start to the best are as good as equal: the
clinic's own bound for the rates around its best one."""
NO_ATTEMPT = "a range test is no attempt at a training: read it with lrdoctor range-test"
SPREADS = 2.0
"""Ends within so many deviations of the best one's are no evidence that it is better."""


@dataclass(frozen=True, slots=True)
class Basin:
    """The valley through the runs that did not diverge (``valley.fit``)."""

    curve: tuple[tuple[float, float], ...]
    """(rate, loss), only over the rates that were tried."""
    lowest: float
    """The rate at its lowest point, within those tried."""
    certainty: float
    """R squared."""
    runs: int

    def to_dict(self) -> dict[str, Json]:
        return {
            "curve": [[rounded(x), rounded(y)] for x, y in self.curve],
            "lowest": rounded(self.lowest), "certainty": rounded(self.certainty, 4),
            "runs": self.runs,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """What several runs of one experiment say together. ``to_dict`` is what the screen draws."""

    sentence: str
    measure: Measure
    metric: str
    trials: tuple[Trial, ...]
    """By rising rate."""
    low: float
    """The lowest and the highest rate that are as good as the best."""
    high: float
    tolerance: float
    """Losses within so much of the best one's are as good."""
    tolerance_reason: str
    basin: Basin | None
    """None where the runs that did not diverge form no valley yet (``valley.fit``)."""
    suggestion: Suggestion
    differs: tuple[Difference, ...]
    same: dict[str, Setting]
    unclean: tuple[str, ...]
    """Settings other than the rate in which the runs differ, labels and seeds apart."""

    def to_dict(self) -> dict[str, Json]:
        return {
            "sentence": self.sentence, "measure": self.measure, "metric": self.metric,
            "trials": [trial.to_dict() for trial in self.trials],
            "low": rounded(self.low), "high": rounded(self.high),
            "tolerance": rounded(self.tolerance), "tolerance_reason": self.tolerance_reason,
            "basin": None if self.basin is None else self.basin.to_dict(),
            "suggestion": self.suggestion.to_dict(),
            "differs": {one.name: [setting_json(v) for v in one.values] for one in self.differs},
            "same": {name: setting_json(value) for name, value in self.same.items()},
            "unclean": list(self.unclean),
        }  # fmt: skip


def compare(
    runs: Sequence[Run], measure: Measure = "final", examine: Examine = unexamined
) -> Comparison:
    """Put runs of one experiment side by side.

    Args:
        runs: at least one; those that tell no loss or no rate are left out, and so are range tests.
        measure: judge by how low they ended, or by how low they ever were.
        examine: what the rules see in each of them.

    Raises:
        UsageError: no run tells both a loss and its learning rate.
    """
    attempts = (run for run in runs if not is_range_test(run))
    told = filter(None, (end_of(run, examine) for run in attempts))
    ends = judged(sorted(told, key=lambda end: end.view.rate))
    if not ends and runs and all(map(is_range_test, runs)):
        raise UsageError(f"{runs[0].path}: {NO_ATTEMPT}")
    if not ends:
        raise UsageError(NO_RATE)
    compared = [end.run for end in ends]
    whole = [end for end in ends if end.whole]
    best = min((end.level(measure) for end in whole), default=np.inf)
    tolerance, why = _tolerance(whole, measure)
    good = [end.view.rate for end in whole if end.level(measure) <= best + tolerance]
    basin = _basin(whole, measure)
    tried = [end.view.rate for end in ends]
    low, high = _alike(basin, good or tried, tried, best + tolerance)
    suggestion = _next(ends, runs, examine)
    trials = tuple(trial_of(end, measure, best, good) for end in ends)
    differs = tuple(differences(compared))
    return Comparison(
        sentence=_sentence(ends, good, (low, high), basin, suggestion),
        measure=measure,
        metric=compared[0].main_loss[0] if compared[0].main_loss else "",
        trials=trials,
        low=low,
        high=high,
        tolerance=tolerance,
        tolerance_reason=why,
        basin=basin,
        suggestion=suggestion,
        differs=differs,
        same=common(compared),
        unclean=tuple(one.name for one in differs if one.matters),
    )


def _next(ends: Sequence[End], runs: Sequence[Run], examine: Examine) -> Suggestion:
    """Of one experiment's runs alone, as ``lrdoctor next`` says it: a rate that is good with
    another optimizer tells nothing here. Of two as large both take the one that is given first."""
    by_run = {id(end.run): end for end in ends}
    kept, left = of_one_experiment([run for run in runs if id(run) in by_run])
    by_end = sorted((by_run[id(run)] for run in kept), key=lambda end: end.view.height)
    told = choose([end.view for end in by_end], [end.run.path for end in by_end])
    guess = first_guess([(end.run, end.trace) for end in by_end], examine)
    return replace(told, reason=f"{told.reason}{guess} {left}".rstrip())


def _tolerance(whole: Sequence[End], measure: Measure) -> tuple[float, str]:
    """By how much a loss may be above the best one and still be as good, and why so much."""
    if not whole:
        return 0.0, "no run ended below its start"
    leader = min(whole, key=lambda end: end.level(measure))
    least = ALIKE * max(leader.view.start - leader.level(measure), 0.0)
    repeats = _repeats(whole, measure)
    if repeats is not None:
        noise, why = SPREADS * repeats, "twice the spread between runs of one rate"
    else:
        noise, why = SPREADS * leader.spread, "twice the noise of the best run's end"
    if noise < least:
        return least, f"{100 * ALIKE:g} % of the way from the first loss to the best"
    return noise, why


def _repeats(whole: Sequence[End], measure: Measure) -> float | None:
    """Standard deviation between runs of one experiment at the same rate, pooled over the rates
    that end nearer to the best than to the start: those far off scatter by more. None where no
    such rate was repeated."""
    groups = enumerate(experiments([end.run for end in whole]))
    group_of = {id(run): number for number, runs in groups for run in runs}
    by_rate: dict[tuple[int, float], list[float]] = {}
    for end in whole:
        which = group_of[id(end.run)], round(end.view.rate, 3)
        by_rate.setdefault(which, []).append(end.level(measure))
    leader = min(whole, key=lambda end: end.level(measure))
    near = (leader.view.start + leader.level(measure)) / 2
    again = [own for own in by_rate.values() if len(own) > 1 and np.mean(own) < near]
    if not again:
        return None
    squares = sum(float(np.var(levels)) * len(levels) for levels in again)
    return float(np.sqrt(squares / sum(len(levels) - 1 for levels in again)))


def _basin(whole: Sequence[End], measure: Measure) -> Basin | None:
    x = np.array([end.view.rate for end in whole])
    y = np.array([end.level(measure) for end in whole])
    valley = fit(x, y, float(np.median([end.view.start for end in whole]))) if whole else None
    if valley is None:
        return None
    at = np.linspace(x.min(), x.max(), 81)
    losses = valley.loss(at)
    spread = float(((y - y.mean()) ** 2).sum())
    rest = float(((y - valley.loss(x)) ** 2).sum())
    lowest = float(at[int(np.argmin(losses))])
    curve = tuple(zip(_list(10.0**at), _list(losses), strict=True))
    return Basin(curve, float(f"{10.0**lowest:.2g}"), 1.0 - rest / spread, len(whole))


def _list(values: Floats) -> list[float]:
    return [float(value) for value in values]


def _alike(
    basin: Basin | None, good: Sequence[float], tried: Sequence[float], bound: float
) -> tuple[float, float]:
    """The rates as good as the best: those tried, and where the valley between them and their
    neighbours is as low. What lies nearer to a rate that was tried and is worse is not among
    them, however low the valley is drawn there."""
    low, high = 10.0 ** min(good), 10.0 ** max(good)
    if basin is not None and basin.certainty > 0.5:
        below = max((rate for rate in tried if rate < min(good)), default=-np.inf)
        above = min((rate for rate in tried if rate > max(good)), default=np.inf)
        begin, end = 10.0 ** ((below + min(good)) / 2), 10.0 ** ((above + max(good)) / 2)
        under = [rate for rate, loss in basin.curve if loss <= bound and begin <= rate <= end]
        if under and min(under) <= high and max(under) >= low:
            low, high = min(low, *under), max(high, *under)
    return float(f"{low:.2g}"), float(f"{high:.2g}")


def _sentence(
    ends: Sequence[End], good: Sequence[float], edges: tuple[float, float], basin: Basin | None,
    suggestion: Suggestion,
) -> str:  # fmt: skip
    then = "" if suggestion.value is None else f"; try {format_rate(suggestion.value)} next"
    if not good:
        how = "diverged" if all(end.diverged for end in ends) else "broke before its end"
        return f"{'The only' if len(ends) == 1 else 'Every'} run {how}{then}"
    if len(ends) == 1:
        return f"One run, at {format_rate(10.0 ** good[0])}{then}"
    rates = [end.view.rate for end in ends]
    low, high = map(format_rate, edges)
    if max(good) == max(rates) and min(good) > min(rates):
        return f"Best so far at the highest rate tried, {high}{then}"
    if min(good) == min(rates) and max(good) < max(rates):
        return f"Best so far at the lowest rate tried, {low}{then}"
    if low == high:
        return f"Best at {low}"
    middle = basin.lowest if basin is not None and edges[0] <= basin.lowest <= edges[1] else None
    at = format_rate(middle if middle is not None else 10.0 ** float(np.median(good)))
    return f"Best near {at}; {low} to {high} is equally good"
