from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from lrdoctor.signals.noise import noise


def test_it_finds_the_deviation_of_normal_noise() -> None:
    values = np.random.default_rng(0).normal(0, 3.0, 20_000)
    assert np.median(noise(values)) == pytest.approx(3.0, rel=0.05)


def test_it_does_not_see_a_slope() -> None:
    values = np.random.default_rng(0).normal(size=500)
    np.testing.assert_allclose(noise(values + 100 * np.arange(500.0)), noise(values), atol=1e-9)


def test_a_few_spikes_do_not_count() -> None:
    values = np.random.default_rng(0).normal(size=500)
    spiked = values.copy()
    spiked[::50] += 1000
    assert noise(spiked)[-1] == pytest.approx(noise(values)[-1], rel=0.3)


def test_a_wide_lag_sees_the_noise_of_running_averages() -> None:
    random = np.random.default_rng(0)
    averaged = lfilter([0.1], [1, -0.9], random.normal(size=5000))
    true = averaged[100:].std()
    assert np.median(noise(averaged)) < 0.6 * true
    assert np.median(noise(averaged, lag=8)) == pytest.approx(true, rel=0.35)


def test_nothing_is_known_of_two_points() -> None:
    assert noise(np.array([1.0, 5.0])).tolist() == [0.0, 0.0]
