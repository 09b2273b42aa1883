"""Odd rates: never an exception, never a warning, and an honest answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lrdoctor.schedules import KINDS, recognise


def of(*rates: float):
    return recognise(np.arange(len(rates)), np.array(rates, np.float64))


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        ([], "unknown"),
        ([1e-3], "unknown"),
        ([np.nan, np.nan], "unknown"),
        ([np.nan, 1e-3, 1e-3], "constant"),
        ([np.inf, 1e-3, 1e-3], "constant"),
        ([0.0, 0.0, 0.0], "constant"),
        ([1e-3, 1e-3], "constant"),
        ([1e300] * 4, "constant"),
        ([-1e-3, 1e-3, 1e-3], "unknown"),
        ([1e-3, 5e-4], "unknown"),
        ([1e-3, 1e-3, 1e-3, 1e-4], "step"),
        ([1e-3] * 9 + [0.0] * 9, "step"),
        ([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0], "unknown"),
    ],
)
def test_odd_rates_get_an_honest_kind(rates: list[float], kind: str) -> None:
    assert of(*rates).kind == kind


def test_base_is_the_highest_rate_even_where_the_kind_is_unknown() -> None:
    assert of(1e-3).base == 1e-3
    assert of(3.0, 1.0, 4.0, 1.0, 5.0).base == 5.0
    assert np.isnan(of().base)


def test_zero_rate_has_base_zero() -> None:
    found = of(0.0, 0.0, 0.0)
    assert found.base == 0.0
    assert found.rate_at(np.array([7])) == [0.0]


def test_unknown_has_no_future() -> None:
    found = of(3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0)
    assert found.planned(7, 100) == ()
    assert found.rate_at(np.array([100])) == [2.0]


def test_unsorted_steps_are_sorted() -> None:
    steps = np.arange(100)[::-1]
    assert recognise(steps, 1e-3 * (1 - steps / 100)).kind == "linear"


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.float32])
def test_columns_of_a_table_are_as_good_as_arrays(dtype: type) -> None:
    table = np.linspace((0, 1e-3), (299, 1e-5), 300)
    steps = table[:, 0].round().astype(dtype)
    column = np.stack([steps, steps], axis=1)[:, 0]
    assert recognise(column, table[:, 1]) == recognise(steps, table[:, 1].copy())


@pytest.mark.parametrize("far", [10**8, 10**10, 2**62])
def test_a_step_far_off_is_no_epochs_without_number(far: int) -> None:
    epochs = np.arange(90) // 3
    rates = 0.05 * (1 + np.cos(np.pi * epochs / 40))
    found = recognise(np.append(np.arange(90), far), np.append(rates, rates[-1]))
    assert found.kind == "cosine"


def test_steps_that_no_float_tells_apart_are_one() -> None:
    found = recognise(np.arange(60) - 2**62, np.linspace(0.1, 0.01, 60))
    assert found.base == 0.01  # the newest at the one step that there is


def test_newest_of_several_rates_at_one_step_stands() -> None:
    steps = np.repeat(np.arange(50), 2)
    rates = np.where(np.arange(100) % 2, 1e-3, 7.0)
    assert recognise(steps, rates).base == 1e-3


@pytest.mark.parametrize("planned", [None, 0, -3, 5, 10**12])
def test_any_planned_length_is_taken(planned: int | None) -> None:
    steps = np.arange(100)
    assert recognise(steps, 1e-3 * (1 - steps / 200), planned).kind == "linear"


RATES = st.one_of(
    arrays(np.float64, st.integers(0, 40), elements=st.floats(0, 1)),
    arrays(np.float64, st.integers(0, 40), elements=st.floats()),
    arrays(np.float64, st.integers(0, 40), elements=st.sampled_from([0.0, 1e-3, 1e-4, 1.0])),
)


@settings(max_examples=150, deadline=None)
@given(RATES, st.integers(1, 10**15), st.integers(-100, 10**6), st.booleans())
def test_anything_gets_an_answer(rates: np.ndarray, every: int, first: int, sort: bool) -> None:
    if sort:
        rates = np.sort(rates)
    found = recognise(first + every * np.arange(len(rates)), rates)
    assert found.kind in KINDS
    assert 0.0 <= found.fit <= 1.0
    assert all(np.isfinite(value) for value in found.parameters.values())
    assert found.describe()
    assert all(np.isfinite(rate) for _, rate in found.planned(0, 10_000))
    assert found.rate_at(np.array([0, 10**9])).shape == (2,)


def test_a_fall_with_one_low_row_draws_no_wave_that_was_endlessly_high() -> None:
    steps = [4, 8, 12, 16, 20, 28, 32, 36, 40, 44, 44, 48, 52, 56, 60, 64, 68, 72, 84, 88, 92, 96]
    rates = [2597, 2590, 2577, 2559, 2536, 2476, 2439, 2398, 2352, 2302, 2302, 2248,
             2190, 2129, 2064, 1997, 1926, 1854, 1623, 772, 1463, 1382]  # fmt: skip
    drawn = recognise(np.array(steps), 1e-6 * np.array(rates), 200).rate_at(np.arange(300))
    assert np.isfinite(drawn).all()
    assert drawn.max() < 1


def test_drops_of_one_factor_several_between_two_rows_are_a_plateaus() -> None:
    steps = np.arange(0, 1000, 12)
    drops = [213, 437, 542, 551, 561, 603, 618, 716]
    rates = 1e-2 * 0.5 ** np.searchsorted(drops, steps, side="right")
    found = recognise(steps, rates)
    assert found.kind == "reduce-on-plateau"
    assert found.parameters["factor"] == pytest.approx(0.5)
    assert found.parameters["drops"] == len(drops)


def test_levels_whose_rows_keep_to_no_rhythm_count_once_each() -> None:
    rows = np.array([s for s in range(0, 960, 3) if s % 7 not in (1, 4) and not 300 < s < 470])
    rates = 1e-3 * 0.5 * (1 + np.cos(np.pi * (rows // 16) / 60))
    assert recognise(rows, rates).kind == "cosine"
