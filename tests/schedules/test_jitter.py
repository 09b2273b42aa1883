"""Rates that were logged with noise."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.schedules import recognise
from lrdoctor.schedules.jitter import noise, steadied
from lrdoctor.schedules.points import Points, logged, points

N = 400
AT = np.arange(N)
SHARE = AT / N
HALF = 0.5 * (1 + np.cos(np.pi * SHARE))
CURVES = {
    "constant": np.ones(N),
    "warmup-constant": np.minimum(1.0, (AT + 1) / 40),
    "step": 0.1 ** (AT // 120),
    "cosine": HALF,
    "linear": 1 - SHARE,
    "warmup-cosine": np.where(AT < 40, AT / 40, 0.5 * (1 + np.cos(np.pi * (AT - 40) / (N - 40)))),
    "wsd": np.minimum(1.0, (1 - SHARE) / 0.25),
    "cosine-restarts": 0.5 * (1 + np.cos(np.pi * (AT % 100) / 100)),
    "cyclic": 0.1 + 0.9 * (1 - np.abs(2 * (SHARE * 4 % 1) - 1)),
    "range-test": 1e-5 ** (1 - SHARE),
}


def noisy(rates: np.ndarray, size: float = 1e-3, seed: int = 0) -> np.ndarray:
    return np.asarray(3e-4 * rates * (1 + size * np.random.default_rng(seed).normal(size=N)))


def ready(rates: np.ndarray) -> Points:
    return points(logged(AT, rates), None)


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize("size", [3e-4, 1e-3, 3e-3])
def test_noise_hides_no_schedule(kind: str, size: float) -> None:
    found = [recognise(AT, noisy(CURVES[kind], size, seed)).kind for seed in range(8)]
    assert found.count(kind) >= 7, found


@pytest.mark.parametrize("kind", ["constant", "warmup-constant", "step", "cosine", "wsd"])
def test_the_size_of_the_noise_is_told(kind: str) -> None:
    assert noise(ready(noisy(CURVES[kind]))) == pytest.approx(1e-3, rel=0.35)


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize("digits", [3, 4, 17])
def test_rates_as_they_were_set_have_no_noise(kind: str, digits: int) -> None:
    printed = np.array([float(f"{rate:.{digits}g}") for rate in 3e-4 * CURVES[kind]])
    assert noise(ready(printed)) == 0


def test_rates_that_stood_still_become_one_and_a_glide_stays() -> None:
    found = steadied(ready(noisy(CURVES["wsd"])))
    flat, glide = found.rates[:290], found.rates[310:]
    assert np.unique(flat).size == 1
    assert np.unique(glide).size > 80
    assert found.scale == pytest.approx(3e-4, rel=1e-3)


def test_the_peak_of_a_noisy_constant_is_its_mean() -> None:
    peak = recognise(AT, noisy(CURVES["constant"])).parameters["peak"]
    assert peak == pytest.approx(3e-4, rel=2e-4)


def test_a_wave_that_turns_at_each_row_is_no_noise() -> None:
    assert noise(ready(1e-3 * (1 + 0.5 * (-1.0) ** AT))) == 0
