"""Restarts and cycles that change from one to the next."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.schedules import recognise

STEPS = np.arange(0, 1000, 5)


def cosine(phase: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.cos(np.pi * phase)))


def test_restarts_that_lower_the_peak_alone_are_told_by_their_factor() -> None:
    number, phase = np.divmod(STEPS / 200, 1.0)
    found = recognise(STEPS, 1e-4 + (1e-3 * 0.7**number - 1e-4) * cosine(phase))
    assert found.kind == "cosine-restarts"
    assert found.parameters["cycle_decay"] == pytest.approx(0.7, abs=1e-3)
    assert found.parameters["cycle_steps"] == pytest.approx(200, rel=1e-3)


def test_restarts_that_lower_the_lowest_rate_too_are_foretold() -> None:
    def rates(steps: np.ndarray) -> np.ndarray:
        number, phase = np.divmod(steps / 200, 1.0)
        return np.asarray(0.8**number * (1e-4 + 9e-4 * cosine(phase)))

    found = recognise(STEPS[:130], rates(STEPS[:130]))
    assert found.kind == "cosine-restarts"
    assert found.rate_at(STEPS[130:]) == pytest.approx(rates(STEPS[130:]), rel=0.01)


def test_one_restart_tells_by_how_much_the_cycles_grow() -> None:
    steps = np.arange(0, 440, 4)
    phase = np.where(steps < 200, steps / 200, (steps - 200) / 300)
    found = recognise(steps, 1e-3 * cosine(phase))
    assert found.kind == "cosine-restarts"
    assert found.parameters["cycle_multiple"] == pytest.approx(1.5, rel=0.01)


def test_cycles_with_a_warmup_each_are_restarts() -> None:
    phase = np.mod(STEPS / 250, 1.0)
    rates = 1e-3 * np.where(phase < 0.1, phase / 0.1, cosine((phase - 0.1) / 0.9))
    found = recognise(STEPS, rates)
    assert found.kind == "cosine-restarts"
    assert found.parameters["warmup_each"] == pytest.approx(25, rel=0.02)


def test_a_cycle_whose_peaks_glide_down_is_known_in_its_first_fall() -> None:
    steps = np.arange(0, 180, 2)
    triangle = 1 - np.abs(1 - steps / 100)
    found = recognise(steps, (1e-4 + 9e-4 * triangle * 0.997**steps))
    assert found.kind == "cyclic"


def test_turns_in_a_gap_of_the_log_leave_the_cycle_known() -> None:
    phase = np.mod(STEPS / 140, 1.0)
    rates = 1e-4 + 9e-4 * np.minimum(phase / 0.3, (1 - phase) / 0.7)
    logged = (STEPS < 260) | (STEPS > 470)
    found = recognise(STEPS[logged], rates[logged])
    assert found.kind == "cyclic"
    assert found.parameters["cycle_steps"] == pytest.approx(140, rel=1e-3)
