"""Schedules as the frameworks define them are recognised, with their parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrdoctor.schedules import KINDS, Schedule, recognise

TOTAL = 2000
Rates = Callable[[np.ndarray], np.ndarray]


def half(way: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.cos(np.pi * np.clip(way, 0, 1)))


def warm(t: np.ndarray, steps: float, then: np.ndarray) -> np.ndarray:
    return np.where(t < steps, t / steps, then)


SHAPES: dict[str, tuple[Rates, dict[str, float]]] = {
    "constant": (np.ones_like, {"peak": 3e-3}),
    "warmup-constant": (lambda t: warm(t, 150, np.ones_like(t)), {"warmup_steps": 150}),
    "step": (
        lambda t: 0.1 ** (t // 600),
        {"period": 600, "factor": 0.1, "drops": 3, "first_drop": 600},
    ),
    "exponential": (lambda t: 0.999**t, {"gamma": 0.999}),
    "linear": (lambda t: 1 - t / TOTAL, {"total_steps": TOTAL, "final": 0}),
    "polynomial": (lambda t: (1 - t / TOTAL) ** 0.9, {"power": 0.9, "total_steps": TOTAL}),
    "cosine": (lambda t: 0.1 + 0.9 * half(t / TOTAL), {"final": 3e-4, "total_steps": TOTAL}),
    "warmup-cosine": (
        lambda t: warm(t, 150, half((t - 150) / (TOTAL - 150))),
        {"warmup_steps": 150, "total_steps": TOTAL, "peak": 3e-3},
    ),
    "warmup-linear": (
        lambda t: warm(t, 150, (TOTAL - t) / (TOTAL - 150)),
        {"warmup_steps": 150, "total_steps": TOTAL},
    ),
    "cosine-restarts": (lambda t: half(t / 500 % 1), {"cycle_steps": 500}),
    "cyclic": (
        lambda t: 0.1 + 0.9 * (1 - np.abs(2 * (t / 400 % 1) - 1)),
        {"cycle_steps": 400, "final": 3e-4},
    ),
    "one-cycle": (
        lambda t: np.where(t < 600, 0.04 + 0.96 * (1 - half(t / 600)),
                           1e-4 + half((t - 600) / 1400)),
        {"warmup_steps": 600, "total_steps": TOTAL, "initial": 1.2e-4},
    ),
    "inverse-sqrt": (lambda t: (1 + t / 100) ** -0.5, {"timescale": 100}),
    "inverse-time": (lambda t: 1 / (1 + t / 100), {"timescale": 100, "power": 1}),
    "wsd": (
        lambda t: warm(t, 100, np.minimum(1, (TOTAL - t) / 400)),
        {"warmup_steps": 100, "decay_start": 1600, "decay_steps": 400, "final": 0},
    ),
    "reduce-on-plateau": (
        lambda t: 0.5 ** np.searchsorted([417, 1033, 1391], t, side="right"),
        {"factor": 0.5, "drops": 3, "first_drop": 417, "last_drop": 1391},
    ),
    "range-test": (lambda t: 10 ** (7 * (t / TOTAL - 1)), {"decades": 7, "initial": 3e-10}),
}  # fmt: skip


def logged(kind: str, every: int = 1, until: int = TOTAL) -> tuple[np.ndarray, np.ndarray]:
    steps = np.arange(0, until + 1, every)
    return steps, 3e-3 * SHAPES[kind][0](steps.astype(float))


def of(kind: str, every: int = 1, until: int = TOTAL) -> Schedule:
    return recognise(*logged(kind, every, until))


def test_every_kind_has_a_case() -> None:
    assert set(SHAPES) | {"unknown"} == set(KINDS)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("every", [1, 20])
def test_recognised_with_its_parameters(kind: str, every: int) -> None:
    found = of(kind, every)
    assert found.kind == kind
    assert found.fit > 0.9999
    assert found.base == pytest.approx(3e-3, rel=2e-3)
    for name, value in SHAPES[kind][1].items():
        slack = every if name.endswith(("steps", "drop", "start")) else 0
        assert found.parameters[name] == pytest.approx(value, rel=5e-3, abs=max(slack, 1e-9)), name


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("rounded", [lambda r: r.astype(np.float32), lambda r: np.array(
    [float(f"{x:.5g}") for x in r]), lambda r: r * (1 + 1e-6 * np.sin(np.arange(len(r)) ** 2))],
    ids=["float32", "five digits", "jitter"])  # fmt: skip
def test_recognised_through_rounding(kind: str, rounded: Rates) -> None:
    steps, rates = logged(kind, every=10)
    assert recognise(steps, rounded(rates)).kind == kind


@pytest.mark.parametrize("kind", SHAPES)
def test_scale_of_the_rates_changes_nothing(kind: str) -> None:
    steps, rates = logged(kind, every=10)
    plain, tiny = recognise(steps, rates), recognise(steps, rates * 2.0**-20)
    assert tiny.kind == plain.kind
    assert tiny.base == pytest.approx(plain.base * 2.0**-20)


@pytest.mark.parametrize("kind", SHAPES)
def test_gaps_and_repeated_steps_change_nothing(kind: str) -> None:
    steps, rates = logged(kind, every=10)
    kept = np.random.default_rng(1).random(len(steps)) > 0.2
    steps, rates = np.repeat(steps[kept], 2), np.repeat(rates[kept], 2)
    rates[4::7] = np.nan
    assert recognise(steps, rates).kind == kind


@pytest.mark.parametrize(
    ("kind", "share", "seen"),
    [
        ("warmup-cosine", 0.05, "warmup-constant"),
        ("warmup-cosine", 0.25, "warmup-cosine"),
        ("wsd", 0.5, "warmup-constant"),
        ("step", 0.25, "constant"),
        ("step", 0.65, "step"),
        ("cosine-restarts", 0.2, "cosine"),
        ("cosine-restarts", 0.3, "cosine-restarts"),
        ("cosine", 0.25, "cosine"),
        ("polynomial", 0.25, "polynomial"),
        ("one-cycle", 0.1, "one-cycle"),
        ("one-cycle", 0.5, "one-cycle"),
        ("range-test", 0.25, "range-test"),
        ("cyclic", 0.5, "cyclic"),
    ],
)
def test_says_of_a_prefix_what_can_be_known_then(kind: str, share: float, seen: str) -> None:
    assert of(kind, 5, int(share * TOTAL)).kind == seen


def test_unfinished_warmup_is_not_determined_and_not_drawn_ahead() -> None:
    found = of("warmup-linear", 10, 100)
    assert found.kind == "warmup-constant"
    assert not found.determined
    assert "warmup_steps" not in found.parameters
    assert found.planned(100, TOTAL) == ()


@pytest.mark.parametrize("kind", [k for k in SHAPES if k not in ("range-test",)])
def test_draws_the_schedule_that_it_was_shown(kind: str) -> None:
    steps, rates = logged(kind)
    drawn = recognise(*logged(kind, 10)).rate_at(steps)
    if kind in ("step", "reduce-on-plateau"):  # a drop is known to ten steps
        assert np.mean(np.abs(drawn - rates) > 1e-6 * rates) < 0.02
    else:
        assert np.abs(drawn - rates).max() < 0.01 * rates.max()


@pytest.mark.parametrize(
    "kind", ["linear", "cosine", "warmup-cosine", "warmup-linear", "exponential", "inverse-sqrt",
             "polynomial", "cosine-restarts", "step", "cyclic"])  # fmt: skip
def test_draws_the_future_from_two_thirds(kind: str) -> None:
    until = 1320
    found = of(kind, 5, until)
    planned = found.planned(until, TOTAL - 1, 40)
    assert len(planned) == 40
    assert planned[0][0] == until
    assert planned[-1][0] == TOTAL - 1
    expected = 3e-3 * SHAPES[kind][0](np.array([float(s) for s, _ in planned]))
    assert np.array([r for _, r in planned]) == pytest.approx(expected, abs=3e-3 * 0.02)


def test_plateau_goes_on_at_the_last_rate() -> None:
    found = of("reduce-on-plateau", 5, 1500)
    assert not found.determined
    assert [r for _, r in found.planned(1500, 9000, 9)] == pytest.approx([3e-3 / 8] * 9)


def test_planned_length_ends_a_linear_decay_above_zero() -> None:
    steps = np.arange(0, 500, 10)
    found = recognise(steps, 1e-3 * (1 - 0.9 * steps / 1000), 1000)
    assert found.kind == "linear"
    assert found.parameters["final"] == pytest.approx(1e-4, rel=1e-3)
    assert found.rate_at(np.array([1000, 5000])) == pytest.approx([1e-4, 1e-4], rel=1e-3)


def test_milestones_that_a_person_chose_are_a_step_schedule() -> None:
    epochs = np.arange(200)
    rates = 0.1 * 0.2 ** np.searchsorted([60, 120, 160], epochs, side="right")
    assert recognise(epochs, rates).kind == "step"


def test_drops_by_unequal_factors_are_a_step_schedule() -> None:
    steps = np.arange(0, 1000)
    rates = np.array([1e-3, 4e-4, 3e-4])[np.searchsorted([217, 631], steps, side="right")]
    assert recognise(steps, rates).kind == "step"


def test_warmup_before_drops_is_told_beside_the_step() -> None:
    steps = np.arange(0, 90_000, 20)
    levels = 0.02 * 0.1 ** np.searchsorted([60_000, 80_000], steps, side="right")
    found = recognise(steps, np.where(steps < 1000, 0.02 * (steps + 1) / 1000, levels))
    assert found.kind == "step"
    assert found.parameters["warmup_steps"] == pytest.approx(1000, abs=20)
    assert found.milestones()[0] == (60_000, 80_000)


def test_cosine_that_moves_once_an_epoch_is_a_cosine() -> None:
    steps = np.arange(0, 5000, 10)
    assert recognise(steps, 1e-3 * half(steps // 100 / 50)).kind == "cosine"


def test_growing_cycles_tell_their_growth() -> None:
    t = np.arange(0, 3500.0, 5)
    number = np.floor(np.log2(t / 500 + 1))
    found = recognise(t.astype(int), 1e-3 * half((t / 500 + 1) / 2**number - 1))
    assert found.kind == "cosine-restarts"
    assert found.parameters["cycle_multiple"] == 2
    assert found.parameters["cycle_steps"] == pytest.approx(500, abs=3)


def test_cosine_with_a_warmup_and_a_floor_reaches_it_and_stays() -> None:
    steps = np.arange(0, 3000, 10)
    rates = 1e-4 * (0.1 + 0.9 * half((steps - 100) / 1900))
    found = recognise(steps, np.where(steps < 100, 1e-4 * steps / 100, rates))
    assert found.kind == "warmup-cosine"
    assert found.parameters["final"] == pytest.approx(1e-5, rel=1e-2)
    assert found.rate_at(np.array([50_000])) == pytest.approx([1e-5], rel=1e-2)


@pytest.mark.parametrize("kind", SHAPES)
def test_describes_itself_in_one_sentence(kind: str) -> None:
    text = of(kind, 10).describe()
    assert text.endswith(".")
    assert text[0].isupper() or text[0].isdigit()
    assert "nan" not in text


def test_describes_a_warmup_with_its_length() -> None:
    steps = np.arange(0, 20_000, 100)
    found = recognise(steps, 3e-3 * np.minimum(1, steps / 3700))
    assert found.describe() == "Linear warmup to 3e-3 over 3,700 steps, then constant."


def test_counts_in_epochs_where_told() -> None:
    assert "every 600 epochs" in of("step").describe("epochs")


@pytest.mark.parametrize("kind", ["warmup-constant", "warmup-cosine", "linear", "cosine", "wsd"])
@pytest.mark.parametrize("every", [1, 7])
def test_rates_held_for_an_epoch_and_logged_more_often_are_those_of_its_start(
    kind: str, every: int
) -> None:
    steps = np.arange(0, TOTAL, every)
    held = steps - steps % 50
    found = recognise(steps, 3e-3 * SHAPES[kind][0](held.astype(float)), TOTAL)
    assert found.kind == kind
    for name, value in SHAPES[kind][1].items():
        if name.endswith("_steps") or name == "peak":
            assert found.parameters[name] == pytest.approx(value, rel=0.02)


def test_many_levels_by_one_factor_stay_steps() -> None:
    steps = np.arange(3000)
    assert recognise(steps, 0.1 * 0.5 ** (steps // 200)).kind == "step"


@pytest.mark.parametrize(("total", "every"), [(1000, 1), (5000, 10), (20000, 1)])
def test_a_cosine_that_ends_with_its_log_ends_at_the_very_step(total: int, every: int):
    steps = np.arange(0, total, every)
    cosine = recognise(steps, 1e-3 * half(steps / total)).parameters
    assert cosine["total_steps"] == pytest.approx(total, rel=1e-12)
    assert cosine["peak"] == pytest.approx(1e-3, rel=1e-12)
