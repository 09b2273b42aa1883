"""The rate to try next, from all runs of one experiment made so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.diagnosis import Suggestion
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.figures import LEAST_ROWS
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.suggestion import NUDGE
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.view import View, view
from lrdoctor.learning_rate.window import Belief, believe
from lrdoctor.rate import format_rate
from lrdoctor.run import Floats, Run

ENOUGH = 0.985
"""The best run is kept once its rate is good with this probability. Played out on held-out tasks
(tests/evaluation/follow.py) 0.98 keeps a good run in 0.950 of the starts after 2.7 runs made,
0.985 in 0.955 after 2.9, 0.99 in 0.964 after 3.1."""
TRIED = 0.17
"""Decades: a rate this near to one that was tried is no new one (half a step of a usual grid)."""
MOST_RUNS = 24
"""More runs add nothing: the best so many are looked at."""


def next_learning_rate(runs: Sequence[Run]) -> Suggestion:
    """See ``lrdoctor.learning_rate.next_learning_rate``."""
    fitted = model()
    views = [(run.path, view(t, fitted)) for run in runs
             if (t := trace(run)).rate > 0 and (len(t) >= LEAST_ROWS or t.broken)]  # fmt: skip
    if not views:
        raise UsageError("no run tells both its losses and its learning rate: log the rate too")
    views.sort(key=lambda pair: pair[1].end)
    paths, seen = [p for p, _ in views[:MOST_RUNS]], [v for _, v in views[:MOST_RUNS]]
    return choose(seen, paths)


def choose(views: Sequence[View], paths: Sequence[str]) -> Suggestion:
    """The answer for views in order of how low they ended, best first."""
    belief = believe(views)
    rates, good = belief.inside()
    tried = np.array([v.rate for v in views])
    best, sure = _best(views, rates, good)
    low, high = (10.0**edge for edge in belief.edges())
    if sure >= ENOUGH:
        reason = (f"Enough: {format_rate(10 ** views[best].rate)} is good with probability "
                  f"{sure:.2f} and no run ended lower.")  # fmt: skip
        return Suggestion(None, low, high, sure, reason, paths[best])
    x = _next(belief, tried)
    if len(views) == 1:
        x += NUDGE * float(views[0].probabilities[0]) * (x > tried[0])
    chance = float(np.interp(x, rates, good))
    value = float(f"{10.0**x:.1e}")
    return Suggestion(value, min(low, value), max(high, value), chance,
                      _reason(value, views, best, sure, chance), paths[best])  # fmt: skip


def _best(views: Sequence[View], rates: Floats, good: Floats) -> tuple[int, float]:
    """The run to keep, and the probability that its rate is good."""
    whole = [i for i, v in enumerate(views) if np.isfinite(v.end)]
    best = min(whole, key=lambda i: views[i].end) if whole else 0
    sure = float(np.interp(views[best].rate, rates, good)) if whole else 0.0
    return best, sure


def _next(belief: Belief, tried: Floats) -> float:
    """The rate that is most likely good in the case that none of those tried is.

    If one of them is good, nothing is lost by looking elsewhere; so only windows that hold none
    of them count.
    """
    rates, good = belief.without(tried).inside()
    new = np.abs(rates[:, None] - tried).min(axis=1) >= TRIED
    return float(rates[int(np.argmax(np.where(new, good, -1.0)))])


def _reason(value: float, views: Sequence[View], best: int, sure: float, chance: float) -> str:
    kept = format_rate(10 ** views[best].rate)
    count = "the run" if len(views) == 1 else f"{len(views)} runs"
    return (f"Try {format_rate(value)}: by {count} so far it is good with probability "
            f"{chance:.2f}, {kept} with {sure:.2f}.")  # fmt: skip
