from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.signals.level import level


def test_it_is_the_median_of_the_newest_tenth() -> None:
    values = np.random.default_rng(0).normal(size=1500)
    for at, width in ((2, 3), (48, 3), (49, 5), (88, 5), (89, 9), (169, 17), (648, 33), (1499, 65)):
        assert level(values)[at] == np.median(values[at - width + 1 : at + 1]), at


def test_short_and_long_windows_agree_with_numpy() -> None:
    values = np.random.default_rng(1).standard_cauchy(400)
    smooth = level(values, share=1.0, most=9)
    expected = [np.median(values[at - 8 : at + 1]) for at in range(8, 400)]
    np.testing.assert_array_equal(smooth[8:], expected)


def test_the_first_two_are_what_there_is() -> None:
    assert level(np.array([4.0, 1.0])).tolist() == [4.0, 2.5]


def test_a_spike_does_not_lift_it() -> None:
    values = np.ones(200)
    values[150:152] = 1e9
    assert level(values).max() == 1.0


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_and_one_point_stay_as_they_are(size: int) -> None:
    assert level(np.arange(size, dtype=float)).tolist() == list(range(size))


def test_another_quantile_is_that_of_the_sorted_window() -> None:
    values = np.random.default_rng(3).normal(size=900)
    low = level(values, 0.9, quantile=0.15)
    for at in (7, 40, 72, 500, 899):
        width = max(w for w in (3, 5, 9, 17, 33, 65) if w <= 0.9 * (at + 1))
        assert low[at] == np.sort(values[at - width + 1 : at + 1])[int(0.15 * width)]
