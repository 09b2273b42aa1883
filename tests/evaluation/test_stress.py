"""Made-up curves: silence where nothing is wrong, and every trouble found, whatever the noise."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import stress


def test_healthy_curves_of_any_noise_get_no_critical_finding_and_troubles_are_found() -> None:
    table = stress.measure(each=4, seed=7)
    figures = stress.total(table)
    assert figures["critical"] <= 0.01
    assert figures["warned"] <= 0.25
    assert figures["found"] >= 0.85


def test_a_loss_thrown_up_at_once_is_found_whatever_its_noise() -> None:
    table = stress.measure(each=8, seed=3, kinds=["thrown_up"])
    assert stress.total(table)["found"] >= 0.95
