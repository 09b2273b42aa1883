from __future__ import annotations

import numpy as np

from lrdoctor.signals.turning import turning


def test_it_finds_the_highs_and_lows_of_a_wave() -> None:
    index = np.arange(200)
    at, known = turning(np.sin(2 * np.pi * index / 40), np.full(200, 0.5))
    assert at.tolist() == list(range(10, 200, 20))
    assert ((known > at) & (known < at + 10)).all()


def test_ripples_on_a_slope_are_no_swings() -> None:
    values = np.arange(100.0) + np.random.default_rng(0).normal(0, 0.3, 100)
    at, known = turning(values, np.full(100, 5.0))
    assert len(at) == len(known) == 0


def test_it_agrees_with_scipy_on_noise_without_a_threshold() -> None:
    from scipy.signal import argrelextrema

    values = np.random.default_rng(0).normal(size=300)
    at, _ = turning(values, np.full(300, 1e-12))
    extremes = np.sort(
        np.concatenate([argrelextrema(values, np.greater)[0], argrelextrema(values, np.less)[0]])
    )
    # The first swing only sets the direction, and its own end is the first turning point.
    assert at.tolist() == extremes[-len(at) :].tolist()
    assert len(at) >= len(extremes) - 1
