"""Is the learning rate too low, right or too high, and how sure is that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from lrdoctor.diagnosis import Finding, Severity, Verdict
from lrdoctor.learning_rate.figures import NAMES
from lrdoctor.learning_rate.model import Model, model
from lrdoctor.learning_rate.trace import Trace
from lrdoctor.learning_rate.view import View, view
from lrdoctor.run import Floats

VERDICTS = (Verdict.TOO_LOW, Verdict.OK, Verdict.TOO_HIGH)
NEVER_RAISE = frozenset({"nan", "hidden-nan", "divergence", "exploding-gradient"})
"""Rules whose unresolved critical finding rules a higher rate out, whatever the curve says."""
_OF_THE_LOSS = frozenset({"nan", "hidden-nan", "divergence"})

OK_DESPITE: Mapping[str, float] = {"divergence": 0.05}
"""What such a finding leaves of P(ok). Of the recorded runs on a fixed grid of rates, 56 of the
215 with too high a rate hold an unresolved critical divergence and none of the 239 with a good
one does, a ratio above 100; a part of that the figures have already seen."""

CAUTION = 0.3
"""How much more probable a verdict against the rate must be at the plan's first step than at its
last: what it still has before it may mend what its log shows so far. Held out by task, at half and
at a quarter of the run 0.033 and 0.071 of the clinic's fine runs are called wrong with it, and
0.050 and 0.088 without; of 72 families' of other tasks 0.099 and 0.162, 0.119 and 0.186. The
macro-F1 falls by 0.005 at the most."""
_PROGRESS = NAMES.index("progress")


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """A verdict with its calibrated probability; UNKNOWN where none is likely enough."""

    verdict: Verdict
    confidence: float
    likeliest: Verdict
    """The verdict it would be if one had to be given."""


def informed(told: Trace, findings: Sequence[Finding]) -> View:
    """The trace's view by the fitted model, with what the findings in the run say of its rate."""
    grew = blocking([f for f in findings if f.rule not in _OF_THE_LOSS])
    return limited(view(told, model(), grew=grew is not None), findings)


def limited(seen: View, findings: Sequence[Finding]) -> View:
    """The view without what the findings rule out. What broke by something else than its rate
    keeps all that its losses said before."""
    stop = blocking(findings)
    return seen if stop is None or seen.cut_short else never_raised(seen, stop)


def never_raised(seen: View, stop: Finding | None) -> View:
    """The view of a run that is lost: too low a rate did not do it, and it is not to be raised."""
    return seen.never_too_low(ok=1.0 if stop is None else OK_DESPITE.get(stop.rule, 1.0))


def judge(seen: View, fitted: Model) -> Judgement:
    """The likeliest verdict; one against the rate must be as probable as is ``needed``."""
    if not seen.told:
        return Judgement(Verdict.UNKNOWN, 0.0, Verdict.UNKNOWN)
    k = int(seen.probabilities.argmax())
    likeliest, sure = VERDICTS[k], float(seen.probabilities[k])
    if likeliest is not Verdict.OK and sure < needed(fitted.bound, seen.figures[_PROGRESS]):
        return Judgement(Verdict.UNKNOWN, sure, likeliest)
    return Judgement(likeliest, sure, likeliest)


def needed(bound: float, progress: Floats) -> Floats:
    """The probability that a verdict against the rate needs.

    Args:
        bound: for a run that is done, or of which no plan is known.
        progress: the logarithm of the share of the plan that is done, as ``figures`` has it; NaN
            where none is known. Any shape, and the result's.
    """
    out: Floats = bound + CAUTION * (1 - np.where(np.isnan(progress), 1.0, 10**progress))
    return out


def blocking(findings: Sequence[Finding]) -> Finding | None:
    """The finding that forbids raising the rate, None where there is none."""
    return next(
        (
            f
            for f in findings
            if f.rule in NEVER_RAISE and f.severity is Severity.CRITICAL and not f.resolved
        ),
        None,
    )
