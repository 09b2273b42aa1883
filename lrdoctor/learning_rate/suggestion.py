"""The base rate for the next attempt of the same training, from one log."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from lrdoctor.diagnosis import Verdict
from lrdoctor.learning_rate.verdict import Judgement
from lrdoctor.learning_rate.view import View
from lrdoctor.learning_rate.window import believe, highest
from lrdoctor.run import Floats

SMALLEST = 0.15
"""Decades: a change smaller than this is none."""


GUESS = 0.6
"""A suggested rate less likely good than this is a guess: the log shows the direction only."""


class Move(msgspec.Struct, frozen=True, gc=False):
    """Factors on the run's base rate: the suggested one, and the edges of the good rates."""

    factor: float
    low: float
    high: float
    """Expected edges; where it is a guess, all that the log leaves open (``Belief.reach``)."""
    certainty: float
    """Probability that the suggested rate is good."""

    @property
    def is_guess(self) -> bool:
        return self.certainty < GUESS


def suggest(view: View, judgement: Judgement) -> Move | None:
    """Where to go from here; None where the log does not tell.

    A verdict against the rate always moves it in its direction; "ok" keeps it.
    """
    if judgement.verdict is Verdict.UNKNOWN:
        return None
    belief = believe([view])
    rates, good = belief.inside()
    keep = judgement.verdict is Verdict.OK
    x = view.rate if keep else _best(rates, good, view, judgement.verdict)
    certainty = float(np.interp(x, rates, good))
    low, high = belief.edges() if keep or certainty >= GUESS else belief.reach()
    return Move(
        factor=_factor(x - view.rate),
        low=_factor(min(low, x) - view.rate),
        high=_factor(max(high, x) - view.rate),
        certainty=certainty,
    )


def _best(rates: Floats, good: Floats, view: View, verdict: Verdict) -> float:
    """The rate that is most likely good, on the verdict's side of the run's own."""
    up = verdict is Verdict.TOO_LOW
    least, most = (SMALLEST, highest([view]) - view.rate) if up else (-math.inf, -SMALLEST)
    away = rates - view.rate  # rises
    first, end = away.searchsorted(least), away.searchsorted(most, side="right")
    if first >= end:
        return view.rate + (SMALLEST if up else -SMALLEST)
    return float(rates[first + int(good[first:end].argmax())])


def _factor(decades: float) -> float:
    return float(10.0**decades)
