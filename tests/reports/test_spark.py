from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.reports._spark import BARS, CROSS, spark


def test_a_ramp_climbs_every_bar() -> None:
    assert spark([float(i) for i in range(8)], 8) == BARS


def test_a_flat_curve_lies_on_the_floor() -> None:
    assert spark([2.0] * 5, 5) == "▁▁▁▁▁"


def test_a_nan_end_is_one_cross() -> None:
    assert spark([1.0, 2.0, None, None, None], 5) == "▁█×"


def test_a_nan_within_stays_where_it_was() -> None:
    assert spark([1.0, None, 2.0], 3) == "▁×█"


def test_nothing_but_nan_is_one_cross() -> None:
    assert spark([None, None], 16) == CROSS


def test_no_curve_is_no_line() -> None:
    assert spark([], 16) == ""


def test_a_tall_curve_shows_its_low_part_too() -> None:
    assert spark([10.0**i for i in range(8)], 8) == BARS


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=80))
def test_any_curve_fits(values: list[float | None]) -> None:
    drawn = spark(values, 16)
    assert len(drawn) <= 16
    assert set(drawn) <= {*BARS, CROSS}
