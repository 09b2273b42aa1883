"""Whether a loss that is no longer a number broke by its rate, or by something else."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np

from lrdoctor.learning_rate.figures import LEAST_ROWS
from lrdoctor.learning_rate.model import Model
from lrdoctor.learning_rate.trace import Trace
from lrdoctor.learning_rate.view import View, view
from lrdoctor.run import Floats, Run

CLIMBED = 1.5
"""Times higher than any rate before it that the rate must be where the loss breaks: the losses
before it tell nothing of such a rate. Two rows of a warmup lie closer together, but at its very
beginning."""


def before_the_break(run: Run, trace: Trace, fitted: Model) -> View | None:
    """The view of the finite losses of a run that broke while they show no rate too high.

    None for all other runs: one that did not break, whose losses speak against its rate, that broke
    where its rate climbed, or with too few losses to tell.

    Such losses say as little of the break as of too low a rate: that is left with the good ones.
    Of the runs of the clinic and of three other families that broke by their rate, with losses
    enough, 35 of 35 had a probability of 0.96 and more that it was too high before they broke; of
    52 good ones that one batch of NaN broke, none had more than 0.46.
    """
    if not trace.broken or len(trace) < LEAST_ROWS:
        return None
    seen = view(msgspec.structs.replace(trace, broken=False, non_finite=0.0), fitted)
    if seen.probabilities[2] >= fitted.bound or _climbed(run):
        return None
    return replace(
        seen, probabilities=_kept(seen.probabilities), loose=_kept(seen.loose), end=np.inf
    )


def _kept(p: Floats) -> Floats:
    return np.array([0.0, p[0] + p[1], p[2]])


def _climbed(run: Run) -> bool:
    """Whether the loss broke at a rate that it had not been trained at before."""
    rates, main = run.get("lr"), run.main_loss
    if rates is None or main is None:
        return False
    losses = main[1]
    last = int(np.flatnonzero(np.isfinite(losses.values))[-1])
    at = int(np.searchsorted(rates.steps, losses.steps[last], side="right"))
    before, after = (r[np.isfinite(r)] for r in (rates.values[:at], rates.values[at:]))
    return bool(len(before) and len(after) and after.max() > CLIMBED * before.max())
