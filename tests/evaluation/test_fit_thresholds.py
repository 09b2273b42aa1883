"""Every threshold that is looked at stands where it is looked for."""

from __future__ import annotations

import importlib

import pytest

from lrdoctor.rules import rules
from tests.evaluation.fit_thresholds import THRESHOLDS, Threshold


@pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda one: f"{one.place}.{one.name}")
def test_the_threshold_is_there(threshold: Threshold) -> None:
    module = importlib.import_module(f"lrdoctor.rules.{threshold.place}")
    constant = threshold.name.isupper()
    assert hasattr(module if constant else rules()[threshold.symptom](), threshold.name)
