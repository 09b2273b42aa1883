"""The rate to try next, from all runs of one experiment made so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrdoctor.diagnosis import Suggestion, Verdict
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import Examine, unexamined
from lrdoctor.learning_rate.figures import LEAST_ROWS
from lrdoctor.learning_rate.model import Model, model
from lrdoctor.learning_rate.silence import first_guess
from lrdoctor.learning_rate.suggestion import Move, suggest
from lrdoctor.learning_rate.undone import seen_before
from lrdoctor.learning_rate.verdict import judge
from lrdoctor.learning_rate.view import View
from lrdoctor.learning_rate.window import Belief, believe, highest
from lrdoctor.rate import format_rate
from lrdoctor.run import Floats, Run

ENOUGH = 0.945
"""The best run is kept once its rate is good with this probability (``Look.sure``). Played out on
held-out tasks (tests/evaluation/fit_keep.py) 0.93 keeps a good run in 0.965 of the clinic's starts
after 2.5 runs made, this in 0.972 after 2.6, 0.957 in 0.976 after 2.8; of 72 families of other
tasks in 0.933, 0.935 and 0.938 after 2.9, 3.0 and 3.1."""
TRIED = 0.17
"""Decades: a rate this near to one that was tried is no new one (half a step of a usual grid)."""
ROUNDING = 0.03
"""Decades: two significant digits move a rate by no more."""
NO_RATE = ("no run tells its losses and its learning rate: log the rate too, as lr, or say it in a "
           "config.yaml beside the log (lr: 0.001)")  # fmt: skip
MOST_RUNS = 24
"""More runs add nothing: the best so many are looked at."""


Span = tuple[float, float]
"""The least and the largest rate that may be tried."""


def next_learning_rate(
    runs: Sequence[Run], examine: Examine = unexamined, within: Span | None = None
) -> Suggestion:
    """See ``lrdoctor.learning_rate.next_learning_rate``; ``within`` as in ``choose``."""
    seen_of = ((run, *seen_before(run, examine(run))) for run in runs)
    told = [(run, t, its) for run, t, its in seen_of
            if t.rate > 0 and (len(t) >= LEAST_ROWS or t.broken)]  # fmt: skip
    if not told:
        raise UsageError(NO_RATE)
    views = [(run.path, its) for run, _, its in told]
    views.sort(key=lambda pair: pair[1].height)
    paths, seen = [p for p, _ in views[:MOST_RUNS]], [v for _, v in views[:MOST_RUNS]]
    answer = choose(seen, paths, within)
    guess = first_guess([(run, t) for run, t, _ in told], examine)
    return replace(answer, reason=answer.reason + guess)


@dataclass(frozen=True, slots=True)
class Look:
    """What all runs so far say together."""

    best: int
    """The run to keep: which of the views ended lowest."""
    signs: Floats
    """What tells whether it is good, as log-odds: that no run's rate is by the belief, and "too
    low" and "too high" by its own log; then their squares, zero where the sign speaks against the
    rate: being ten times surer that nothing is wrong is not worth as much everywhere. Shape (6,).
    """
    next: float
    """Log10 of the rate to try next."""
    chance: float
    """Probability that the next rate is good."""
    low: float
    high: float
    """Log10 rates: the medians of the window's edges; of a guess all that one log leaves open."""

    def sure(self, fitted: Model) -> float:
        """The probability that the best run's rate is good.

        The belief alone counts each log's errors once a run, though they are mostly of the
        training, and knows nothing of having been picked as the lowest of several.
        """
        return float(1 / (1 + np.exp(-(self.signs @ fitted.keep[:-1] + fitted.keep[-1]))))


def look(views: Sequence[View], within: Span | None = None) -> Look:
    """All views together, in any order."""
    alone = _alone(views)
    belief = believe(views)
    rates, good = belief.inside()
    tried = _tried(views)
    best = min(range(len(views)), key=lambda i: views[i].height)
    own = views[best]
    if alone is None or not _allowed(alone.factor * 10**own.rate, within):
        x = _next(belief, tried, highest(views), within)
        low, high = belief.edges()
    else:
        x, low, high = (own.rate + math.log10(f) for f in (alone.factor, alone.low, alone.high))
    too_low, _, too_high = own.probabilities.tolist()
    odds = np.array([_odds(p) for p in (belief.none_good(tried), too_low, too_high)])
    signs = np.concatenate([odds, np.minimum(odds, 0.0) ** 2])
    return Look(best, signs, x, float(np.interp(x, rates, good)), low, high)


def choose(views: Sequence[View], paths: Sequence[str], within: Span | None = None) -> Suggestion:
    """The answer for views in order of how low they ended, best first.

    Args:
        within: the rates that may be tried. The next one is among them unless each of them is as
            near to one that was tried as to be no new one; then it lies outside, and says so.
    """
    seen = look(views, within)
    sure = seen.sure(model())
    low, high = (float(f"{10.0**x:.2g}") for x in (seen.low, seen.high))
    if sure >= ENOUGH and not views[seen.best].cut_short:
        reason = (f"Enough: {format_rate(10 ** views[seen.best].rate)} is good with probability "
                  f"{sure:.2f} and no run ended lower.")  # fmt: skip
        return Suggestion(None, low, high, sure, reason, paths[seen.best])
    value = float(f"{10.0**seen.next:.1e}")
    reason = _reason(value, views, seen.best, sure, seen.chance)
    if within is not None:
        inside = min(max(value, within[0]), within[1])
        if abs(np.log10(inside / value)) < ROUNDING:
            value = inside
        else:
            reason += (f" All of {format_rate(within[0])} to {format_rate(within[1])} is tried: "
                       "widen the range.")  # fmt: skip
    return Suggestion(value, min(low, value), max(high, value), seen.chance, reason,
                      paths[seen.best])  # fmt: skip


def _alone(views: Sequence[View]) -> Move | None:
    """Of a single log that speaks against its rate, what ``lrdoctor check`` says of it."""
    if len(views) > 1:
        return None
    judgement = judge(views[0], model())
    against = judgement.verdict in (Verdict.TOO_LOW, Verdict.TOO_HIGH)
    return suggest(views[0], judgement) if against else None


def _allowed(rate: float, within: Span | None) -> bool:
    return within is None or within[0] <= rate <= within[1]


def _tried(views: Sequence[View]) -> Floats:
    """The log10 rates that need no other run. One that was cut short does, but not a third."""
    rates = np.array([v.rate for v in views])
    return np.array([v.rate for v in views
                     if not v.cut_short or np.sum(np.abs(rates - v.rate) < TRIED) > 1])  # fmt: skip


def _odds(p: float) -> float:
    """Log-odds, within 1 in 1000: a grid and a template know no more than that."""
    return float(np.log(max(p, 1e-3) / max(1 - p, 1e-3)))


def _next(belief: Belief, tried: Floats, most: float, within: Span | None) -> float:
    """The rate that is worth most (``Belief.worth``) in the case that none of those tried is good.

    If one of them is good, nothing is lost by looking elsewhere; so only windows that hold none
    of them count.
    """
    left = belief.without(tried)
    rates, _ = left.inside()
    new = np.abs(rates[:, None] - tried).min(axis=1, initial=np.inf) >= TRIED
    low, high = np.log10(np.maximum(within, 1e-300)) if within else (-np.inf, most)
    inside = new & (rates >= low) & (rates <= high)
    points = np.flatnonzero(inside if inside.any() else new)
    return float(rates[points[left.worth(points).argmax()]])


def _reason(value: float, views: Sequence[View], best: int, sure: float, chance: float) -> str:
    kept, new = format_rate(10 ** views[best].rate), format_rate(value)
    count = "the run" if len(views) == 1 else f"{len(views)} runs"
    if any(v.cut_short and abs(v.rate - np.log10(value)) < TRIED for v in views):
        return (f"Try {new} again: the run there broke by something else than its rate, which by "
                f"{count} so far is good with probability {chance:.2f}.")  # fmt: skip
    if views[best].cut_short:
        return (f"Try {new}: by the losses before they broke it is good with probability "
                f"{chance:.2f}.")  # fmt: skip
    if sure > chance:
        best_of = "the one so far" if len(views) == 1 else f"the best of {count} so far"
        return (f"Keep {kept}, {best_of}: it is good with probability {sure:.2f}. To be surer try "
                f"{new}, good with {chance:.2f}.")  # fmt: skip
    return (f"Try {new}: by {count} so far it is good with probability {chance:.2f}, {kept} with "
            f"{sure:.2f}.")  # fmt: skip
