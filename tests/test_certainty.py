"""How sure a finding is: fitted, kept within bounds, and fixed when it fires."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.doctor import certainty, diagnose
from lrdoctor.rules import rules
from lrdoctor.run import Block, Run

FOUND = Finding("flat", Severity.WARNING, "train/loss", 1, 40, 80, False, 2.0, 1.0, "u", 0.8, "It.")


def test_a_rule_that_was_not_fitted_keeps_its_word() -> None:
    other = replace(FOUND, rule="another-package's")
    assert certainty.calibrated(other) is other


def test_every_fitted_rule_is_there() -> None:
    assert certainty.coefficients().keys() <= rules().keys()
    assert {"divergence", "flat", "spike"} <= certainty.coefficients().keys()


def test_nothing_but_the_confidence_changes() -> None:
    sure = certainty.calibrated(FOUND)
    assert replace(sure, confidence=FOUND.confidence) == FOUND
    assert certainty.LEAST <= sure.confidence <= certainty.MOST


def test_what_comes_later_does_not_change_it() -> None:
    later = replace(FOUND, last_step=900, resolved=True)
    assert certainty.calibrated(later).confidence == certainty.calibrated(FOUND).confidence


@pytest.mark.parametrize("measured", [np.nan, np.inf, -np.inf, 0.0, 1e300, -1e-300])
@pytest.mark.parametrize("limit", [0.0, 1.0, 1e-300, np.inf])
@pytest.mark.parametrize("confidence", [0.0, 0.5, 1.0])
def test_odd_figures_are_borne(measured: float, limit: float, confidence: float) -> None:
    odd = replace(FOUND, measured=measured, limit=limit, confidence=confidence)
    for rule in certainty.coefficients():
        p = certainty.calibrated(replace(odd, rule=rule)).confidence
        assert certainty.LEAST <= p <= certainty.MOST


def test_a_diagnosis_holds_the_fitted_certainty() -> None:
    run = Run("r", "r", "test")
    noise = np.random.default_rng(0).normal(0, 0.02, 300)
    run.add(Block("loss", np.arange(300), np.where(np.arange(300) < 150, 1, 5) + noise))
    said = {(f.rule, f.fired_step): f for rule in rules().values() for f in rule().examine(run)}
    findings = diagnose(run).findings
    assert findings
    for finding in findings:
        raw = said[finding.rule, finding.fired_step]
        assert finding == certainty.calibrated(raw)
