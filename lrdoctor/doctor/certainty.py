"""How sure a finding is: the share of such findings that turn out right.

A rule says how sure it is by its own reasoning; over recorded runs it shows how often that was
so. ``certainty.json`` beside this file holds what ``tests/evaluation/fit_certainty.py`` fitted.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from importlib.resources import files

from lrdoctor.diagnosis import Finding

LEAST, MOST = 0.02, 0.99
"""No count of recorded runs speaks for more certainty than this, nor for less."""
FARTHEST = 3.0
"""A measured value beyond e^3 = 20 times its limit says no more than one at it."""

Coefficients = tuple[float, float, float]


def calibrated(finding: Finding) -> Finding:
    """The finding with the probability that it is right; unchanged where its rule was not fitted.

    What is known when it fires decides, so it stays the same as the log grows.
    """
    fitted = coefficients().get(finding.rule)
    if fitted is None:
        return finding
    return replace(finding, confidence=probability(fitted, *evidence(finding)))


def evidence(finding: Finding) -> tuple[float, float]:
    """What its probability is drawn from: the rule's own log-odds, and how far beyond its limit
    the measured value was, as a natural logarithm; 0 where that has no size."""
    sure = min(max(finding.confidence, 0.01), 0.99)
    odds = math.log(sure / (1 - sure))
    ratio = abs(finding.measured) / abs(finding.limit) if finding.limit else 0.0
    if not (math.isfinite(ratio) and ratio > 0):
        return odds, 0.0
    return odds, min(max(math.log(ratio), -FARTHEST), FARTHEST)


def probability(fitted: Coefficients, odds: float, beyond: float) -> float:
    """The logistic function of ``a + b odds + c beyond``."""
    a, b, c = fitted
    return min(max(1 / (1 + math.exp(-(a + b * odds + c * beyond))), LEAST), MOST)


@cache
def coefficients() -> dict[str, Coefficients]:
    """Those that come with the package, by rule."""
    told = json.loads(files(__package__).joinpath("certainty.json").read_text("utf-8"))
    return {rule: (float(a), float(b), float(c)) for rule, (a, b, c) in told["rules"].items()}
