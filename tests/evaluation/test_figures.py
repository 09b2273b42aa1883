"""No figure of the evaluation falls behind the one that is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import figures


@pytest.mark.filterwarnings("default")
def test_no_figure_falls() -> None:
    measured, _ = figures.gather()
    assert figures.fallen(measured) == []


def test_a_fall_is_seen_and_a_gain_is_none() -> None:
    kept = {"nan": {"precision": 1.0, "recall": 1.0}, "nothing wrong": {"critical": 0.0}}
    figures_kept = figures.KEPT.read_text("utf-8")
    assert '"nan"' in figures_kept
    worse = {"nan": {"precision": 0.9, "recall": 1.0}, "nothing wrong": {"critical": 0.02}}
    assert [line.split(":")[0] for line in figures.fallen(worse)] == [
        "nan, precision",
        "nothing wrong, critical",
    ]
    assert figures.fallen(kept) == []
