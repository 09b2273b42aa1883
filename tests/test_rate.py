"""Rates are written short, and read back as what they are."""

from __future__ import annotations

import math

import pytest

from lrdoctor.rate import format_rate, format_steps


@pytest.mark.parametrize(
    ("rate", "text"),
    [(3e-4, "3e-4"), (1.5e-3, "1.5e-3"), (1e-3, "1e-3"), (0.1, "0.1"), (0.01, "0.01"),
     (0.05, "0.05"), (1.0, "1"), (0.02, "0.02"), (2.5, "2.5"), (1e-8, "1e-8"), (0.0, "0"),
     (0.00123456, "1.2e-3"), (9.99e-4, "1e-3"), (1e6, "1e6"), (-3e-4, "-3e-4"),
     (math.nan, "nan"), (math.inf, "inf")])  # fmt: skip
def test_written_short(rate: float, text: str) -> None:
    assert format_rate(rate) == text


@pytest.mark.parametrize("rate", [3e-4, 1.5e-3, 0.25, 1e-8, 7.0, 1e300])
def test_reads_back(rate: float) -> None:
    assert float(format_rate(rate)) == rate


def test_more_digits_where_asked() -> None:
    assert format_rate(1.23456e-3, 4) == "1.235e-3"


@pytest.mark.parametrize(("steps", "said"), [(7.254, "7.25"), (125.4, "125"), (2208.3, "2,210")])
def test_steps_are_written_plainly(steps: float, said: str) -> None:
    assert format_steps(steps) == said
