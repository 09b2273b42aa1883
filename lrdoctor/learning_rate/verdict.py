"""Is the learning rate too low, right or too high, and how sure is that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from lrdoctor.diagnosis import Finding, Severity, Verdict
from lrdoctor.learning_rate.model import Model
from lrdoctor.learning_rate.view import View

VERDICTS = (Verdict.TOO_LOW, Verdict.OK, Verdict.TOO_HIGH)
NEVER_RAISE = frozenset({"nan", "hidden-nan", "divergence", "exploding-gradient"})
"""Rules whose unresolved critical finding rules a higher rate out, whatever the curve says."""

OK_DESPITE: Mapping[str, float] = {"divergence": 0.05}
"""What such a finding leaves of P(ok). Of the recorded runs on a fixed grid of rates, 56 of the
215 with too high a rate hold an unresolved critical divergence and none of the 239 with a good
one does, a ratio above 100; a part of that the figures have already seen."""


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """A verdict with its calibrated probability; UNKNOWN where none is likely enough."""

    verdict: Verdict
    confidence: float
    likeliest: Verdict
    """The verdict it would be if one had to be given."""


def judge(view: View, fitted: Model) -> Judgement:
    """The likeliest verdict; one against the rate must reach the model's bound."""
    if not view.told:
        return Judgement(Verdict.UNKNOWN, 0.0, Verdict.UNKNOWN)
    k = int(view.probabilities.argmax())
    likeliest, sure = VERDICTS[k], float(view.probabilities[k])
    if likeliest is not Verdict.OK and sure < fitted.bound:
        return Judgement(Verdict.UNKNOWN, sure, likeliest)
    return Judgement(likeliest, sure, likeliest)


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
