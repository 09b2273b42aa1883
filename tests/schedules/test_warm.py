"""Warmups that are no straight rise, and digits that hide a glide."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.schedules import recognise

N = 600
AT = np.arange(N)
HALF = 0.5 * (1 + np.cos(np.pi * AT / N))
WARM = 60


def after(fall: np.ndarray) -> np.ndarray:
    """``fall`` from the end of the warmup on."""
    return fall[np.maximum(AT - WARM, 0)]


def test_a_warmup_held_low_is_a_warmup() -> None:
    found = recognise(AT, 1e-3 * np.where(AT < WARM, 1 / 3, after(HALF)))
    assert found.kind == "warmup-cosine"
    assert found.parameters["warmup_steps"] == WARM
    assert found.parameters["initial"] == pytest.approx(1e-3 / 3)
    assert found.parameters["total_steps"] == pytest.approx(N + WARM, rel=0.01)


def test_only_a_straight_rise_is_called_linear() -> None:
    held = recognise(AT, np.where(AT < WARM, 1e-4, 1e-3)).describe()
    assert held == "Warmup held at 1e-4 over 60 steps, then up to 1e-3 and constant."
    ramp = 0.01 ** np.maximum(1 - AT / 120, 0.0)
    assert recognise(AT, 0.1 * HALF * ramp).describe().startswith("Warmup to 0.1 over 120 steps")
    straight = recognise(AT, 1e-3 * np.minimum((AT + 1) / WARM, 1.0)).describe()
    assert straight.startswith("Linear warmup to 1e-3 over 59 steps, then constant")


def test_a_rate_that_was_raised_late_was_not_warmed_up() -> None:
    assert recognise(AT, np.where(AT < 400, 1e-4, 1e-3)).kind != "warmup-constant"
    assert recognise(AT, np.where(AT < WARM, 1e-4, 1e-3)).kind == "warmup-constant"


@pytest.mark.parametrize("ramp", [0.01 + 0.99 * AT / 120, 0.01 ** (1 - AT / 120)])
def test_a_warmup_multiplied_into_the_fall_is_taken_apart(ramp: np.ndarray) -> None:
    found = recognise(AT, 0.1 * HALF * np.where(AT < 120, ramp, 1.0))
    assert found.kind == "warmup-cosine"
    assert found.parameters["warmup_steps"] == pytest.approx(120, rel=0.02)
    assert found.parameters["total_steps"] == pytest.approx(N, rel=0.01)


@pytest.mark.parametrize("linear", [True, False])
def test_one_cycle_in_three_phases_is_one_cycle(linear: bool) -> None:
    way = np.abs(AT - 200) / 200
    wave = 1 - way if linear else 0.5 * (1 + np.cos(np.pi * way))
    last = np.clip((AT - 400) / (N - 400), 0, 1)
    tail = 1 - last if linear else 0.5 * (1 + np.cos(np.pi * last))
    found = recognise(AT, np.where(AT < 400, 0.04 + 0.96 * wave, 0.04 * tail))
    assert (found.kind, found.fit > 0.9999) == ("one-cycle", True)
    assert found.parameters["warmup_steps"] == pytest.approx(200, rel=0.02)


def test_a_cosine_stepped_beyond_its_end_comes_back() -> None:
    rates = 0.5 * (1 + np.cos(np.pi * AT / 400))
    found = recognise(AT, rates)
    assert found.kind == "cyclic"
    assert found.parameters["cycle_steps"] == pytest.approx(800, rel=0.01)


def test_a_short_decay_after_a_long_rest_is_seen() -> None:
    rates = np.minimum(1.0, (N - AT) / (0.08 * N))
    found = recognise(AT, rates)
    assert found.kind == "wsd"
    assert found.parameters["decay_start"] == pytest.approx(0.92 * N, abs=2)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 1.0])
def test_the_flat_top_of_a_cosine_in_three_digits_is_no_rest(share: float) -> None:
    seen = AT[: int(share * N)]
    printed = np.array([float(f"{rate:.2e}") for rate in 4e-2 * HALF[: len(seen)]])
    assert recognise(seen, printed, N).kind in {"cosine"} | ({"linear"} if share < 0.25 else set())


def test_drops_a_patience_apart_are_a_plateau_s_though_all_are_even() -> None:
    drops = [28, 42, 48, 54]
    rates = 0.1 ** np.searchsorted(drops, np.arange(100), side="right").astype(float)
    assert recognise(np.arange(100), rates).kind == "reduce-on-plateau"


def test_epochs_are_counted_where_rows_are_missing() -> None:
    rng = np.random.default_rng(5)
    steps = np.arange(0, 4200, 17)
    steps = steps[rng.random(len(steps)) > 0.2]
    found = recognise(steps, 0.9456 ** (steps // 60))
    assert found.kind == "exponential"
    assert 60 * np.log(found.parameters["gamma"]) == pytest.approx(np.log(0.9456), rel=0.01)


def test_a_short_warmup_of_any_shape_leaves_the_decay_known() -> None:
    steps = np.arange(0, 1000, 10)
    rates = 1e-3 * 0.5 * (1 + np.cos(np.pi * steps / 1000))
    rates[:4] = 1e-3 * np.array([0.0, 0.1, 0.7, 0.8])
    found = recognise(steps, rates)
    assert found.kind == "warmup-cosine"
    assert found.parameters["warmup_traced"] == 1.0


def test_a_rise_that_slows_down_is_a_warmup_so_far() -> None:
    steps = np.arange(0, 300, 10)
    found = recognise(steps, 1e-3 * steps / 300 * 0.9985**steps)
    assert found.kind == "warmup-constant"
    assert not found.determined


def test_a_short_line_up_from_a_twenty_fifth_is_one_cycle() -> None:
    steps = np.arange(0, 1000, 10)
    up = 0.04 + 0.96 * steps / 100
    rates = 1e-3 * np.where(steps < 100, up, (1000 - steps) / 900 + 1e-6)
    assert recognise(steps, rates).kind == "one-cycle"


def test_few_digits_are_no_floor_of_an_inverse_square_root() -> None:
    steps = np.arange(0, 4000, 4)
    rates = [float(f"{4e-4 / (1 + s / 120) ** 0.5:.2e}") for s in steps.tolist()]
    assert recognise(steps, np.array(rates)).kind == "inverse-sqrt"


@pytest.mark.parametrize(
    ("kind", "rest"),
    [
        ("step", 0.5 ** (AT // 100)),
        ("warmup-constant", np.ones(N)),
        ("cosine-restarts", 0.5 * (1 + np.cos(np.pi * (AT % 150) / 150))),
    ],
)
def test_a_bent_warmup_may_stand_before_steps_and_restarts(kind: str, rest: np.ndarray) -> None:
    bent = (AT / WARM) ** 2.5
    found = recognise(AT, 1e-3 * np.where(AT < WARM, bent, after(rest)))
    assert found.kind == kind
    assert found.parameters["warmup_steps"] == pytest.approx(WARM, abs=1)


def test_a_bent_warmup_may_be_long() -> None:
    half = 0.5 * N
    found = recognise(AT, 1e-3 * np.minimum(AT / half, 1.0) ** 2.5)
    assert (found.kind, found.parameters["warmup_steps"]) == ("warmup-constant", half)
