"""What one log says on its own: the verdict's probabilities and the edges it expects."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from lrdoctor.learning_rate.descent import descent
from lrdoctor.learning_rate.figures import LEAST_ROWS, figures
from lrdoctor.learning_rate.model import Model, Valleys
from lrdoctor.learning_rate.trace import Trace
from lrdoctor.run import Floats

BROKEN = np.array([0.005, 0.005, 0.99])
"""A log whose newest loss is not finite. All 130 such runs of the recorded families without a fault
had a rate that was too high; ``_before_the_break`` tells those that broke by something else."""
BLANK = np.array([1 / 3, 1 / 3, 1 / 3])


@dataclass(frozen=True, slots=True)
class View:
    """One run as evidence on its training's good rates. Rates are log10."""

    rate: float
    """The run's base rate; 0 where none is known, so that edges are factors."""
    rated: bool
    """Whether one is known."""
    probabilities: Floats
    """P(too_low), P(ok), P(too_high)."""
    edges: Floats
    """Shape (3, 2): expected begin and end of the good rates from ``rate``, a row a verdict."""
    sigma: Floats
    """Shape (3, 2), decades."""
    correlation: tuple[float, float, float]
    valleys: Valleys
    """How runs beside the window end (``losses``)."""
    start: float
    """First loss; NaN where there is none."""
    end: float
    """Mean loss of the last 15 %; infinite where the run broke by its rate, NaN where it broke by
    something else: how low it would have ended nobody knows."""
    sigma_end: float
    """How far noise alone may have moved ``end``."""
    figures: Floats
    """As ``figures.NAMES``; NaN where the log has none."""
    standardised: Floats
    """The same as the model takes them, see ``Model.standardised``."""

    @property
    def told(self) -> bool:
        """Whether the log was long enough to say anything."""
        low, ok, high = self.probabilities.tolist()
        return bool(ok != low or high != low)

    @property
    def cut_short(self) -> bool:
        """Whether it broke, or its rate jumped, by something else than its rate."""
        return math.isnan(self.end)

    @property
    def height(self) -> float:
        """``end`` to order runs by: after all others come those that their rate broke."""
        return sys.float_info.max if self.cut_short else self.end

    def never_too_low(self, ok: float = 1.0) -> View:
        """The same view where raising the rate is out of the question.

        A run that was cut short was not so by too low a rate: what spoke for one is left with the
        good ones.

        Args:
            ok: what P(ok) is multiplied by before the probabilities are made to sum to 1.
        """
        low, good, high = self.probabilities.tolist()
        left = np.array([0.0, ok * (good + low if self.cut_short else good), high])
        total = float(left.sum())
        return replace(
            self, probabilities=left / total if total > 0.01 else np.array([0.0, 0.0, 1.0])
        )


def view(trace: Trace, fitted: Model, *, grew: bool = False) -> View:
    """The trace through the fitted model.

    Args:
        grew: a rule saw something else than the loss grow before it broke, so that the rate did it.
    """
    if trace.broken and not grew and not trace.climbed and len(trace) >= LEAST_ROWS:
        calm = _before_the_break(trace, fitted)
        if calm is not None:
            return calm
    seen = _view(trace, fitted)
    return replace(seen, end=np.nan) if trace.cut else seen


def _before_the_break(trace: Trace, fitted: Model) -> View | None:
    """The view of the finite losses of a run that broke; None where they show a rate too high.

    Of the runs of the clinic and of torch's 46 families (``tests/evaluation/unseen.py``) that broke
    by their rate, with losses enough, 14 of 14 had a probability of 0.99 and more that it was too
    high before they broke; of 52 that one batch of NaN broke, none had more than 0.41.
    """
    seen = _view(msgspec.structs.replace(trace, broken=False, non_finite=0.0), fitted)
    if seen.probabilities[2] >= fitted.bound:
        return None
    return replace(seen, end=np.nan)


def _view(trace: Trace, fitted: Model) -> View:
    rows, end, spread = len(trace), np.nan, np.nan
    did = None
    if rows >= LEAST_ROWS:
        did = descent(trace.loss, trace.done, trace.time)
        end, spread = did.tail, did.tail_deviation
    elif rows:
        end, spread = float(trace.loss[-1]), 0.0
    seen = figures(trace, did)
    z = fitted.standardised(seen)
    edges, sigma = fitted.edges(z)
    probabilities = fitted.probabilities(z)
    if trace.broken:
        probabilities = BROKEN
    elif rows < LEAST_ROWS:
        probabilities = BLANK
    return View(
        rate=math.log10(trace.rate) if trace.rate > 0 else 0.0,
        rated=trace.rate > 0,
        probabilities=probabilities,
        edges=edges,
        sigma=sigma,
        correlation=fitted.correlation,
        valleys=fitted.valleys,
        start=float(trace.loss[0]) if rows else np.nan,
        end=end if rows and not trace.broken else np.inf,
        sigma_end=spread / math.sqrt(max(1, round(0.15 * rows))),
        figures=seen,
        standardised=z,
    )
