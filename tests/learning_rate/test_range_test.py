"""Range tests: landmarks, the suggested rate, and what is said of tests that cannot be read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import range_test
from lrdoctor.learning_rate.finder import BACKWARDS, DOUBTED, report, sweep
from lrdoctor.learning_rate.landmarks import landmarks, smooth
from lrdoctor.learning_rate.memory import from_json, memory
from lrdoctor.learning_rate.sweep_figures import ALIKE, NAMES, figures
from lrdoctor.rate import format_rate
from lrdoctor.run import Block, Run, Settings


def swept(low: float = -6, high: float = 1, per_decade: int = 25, seed: int = 0) -> Run:
    """A range test that is really run: logistic regression, blowing up near a rate of 10."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(800, 10))
    y = (rng.random(800) < 1 / (1 + np.exp(-2 * x @ rng.normal(size=10)))).astype(float)
    w, losses = np.zeros(10), []
    rates = np.logspace(low, high, int((high - low) * per_decade) + 1)
    for rate in rates:
        rows = rng.integers(0, 800, 64)
        z = np.clip(x[rows] @ w, -500, 500)
        losses.append(float(np.mean(np.logaddexp(0, z) - y[rows] * z)))
        w = w - rate * x[rows].T @ (1 / (1 + np.exp(-z)) - y[rows]) / 64
        if losses[-1] > 4 * losses[0]:
            break
    return log_of(rates[: len(losses)], np.array(losses))


def log_of(rates: np.ndarray, losses: np.ndarray) -> Run:
    run = Run("finder", "finder.csv", "test")
    steps = np.arange(1, len(losses) + 1)
    run.add(Block("loss", steps, losses))
    run.add(Block("lr", steps, rates))
    return run


def valley(n: int = 150, noise: float = 0.01, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Falls from 1e-3 on, is lowest at 1e-1, blows up from 1 on."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-6, 0.5, n)
    fall = 1.2 / (1 + np.exp(-4 * (x + 2)))
    rise = np.where(x > -0.6, 5 * (np.maximum(x + 0.6, 0)) ** 2, 0)
    return x, 2.3 - fall + rise + noise * rng.normal(size=n)


def test_landmarks_are_where_the_curve_turns() -> None:
    marks = landmarks(*valley())
    assert marks.start == pytest.approx(-2.6, abs=0.4)
    assert marks.half == pytest.approx(-2.0, abs=0.35)
    assert marks.steepest == pytest.approx(-2.0, abs=0.4)
    assert -1.3 < marks.lowest < -0.3
    assert marks.blew_up
    assert -0.2 < marks.blow_up < 0.35
    assert marks.start <= marks.half <= marks.lowest <= marks.turn <= marks.blow_up <= marks.end


def test_the_suggestion_lies_between_the_fall_and_the_blow_up() -> None:
    x, y = valley()
    answer = range_test(log_of(10**x, y))
    assert answer.value is not None
    assert 10**-2.6 < answer.value < 10**-0.3
    assert answer.low is not None
    assert answer.high is not None
    assert answer.low <= answer.value <= answer.high


@pytest.mark.parametrize("seed", range(4))
def test_an_early_spike_and_noise_do_not_move_the_suggestion_far(seed: int) -> None:
    x, y = valley(noise=0.05, seed=seed)
    calm = range_test(log_of(10**x, valley()[1])).value
    y[3] += 20
    y[40] -= 1.0
    spiky = range_test(log_of(10**x, y)).value
    assert calm is not None
    assert spiky is not None
    assert abs(np.log10(spiky / calm)) < 0.7


@pytest.mark.parametrize(("scale", "shift"), [(100.0, 0.0), (1.0, -7.0), (1e-4, 3.0)])
def test_scale_and_shift_of_the_loss_do_not_matter(scale: float, shift: float) -> None:
    x, y = valley()
    assert range_test(log_of(10**x, scale * y + shift)).value == pytest.approx(
        range_test(log_of(10**x, y)).value
    )


def test_the_suggestion_moves_with_the_unit_of_the_rate() -> None:
    x, y = valley()
    plain, moved = range_test(log_of(10**x, y)).value, range_test(log_of(10 ** (x - 3), y)).value
    assert plain is not None
    assert moved is not None
    # The rate itself is a weak hint, so the unit may move the suggestion a little, never far.
    assert abs(np.log10(1000 * moved / plain)) < 0.25


@pytest.mark.parametrize("seed", range(3))
def test_the_suggested_rate_trains_the_swept_problem(seed: int) -> None:
    answer = range_test(swept(seed=seed, high=3))
    assert answer.value is not None
    assert 0.01 < answer.value < 10


def test_a_test_that_stopped_early_is_told_so_and_trusted_less() -> None:
    x, y = valley()
    whole = range_test(log_of(10**x, y))
    early = range_test(log_of(10 ** x[:105], y[:105]))
    assert f"ended at {format_rate(10 ** x[104])} before the loss blew up" in early.reason
    assert " on, steepest at " in early.reason
    assert ", and is lowest at " in early.reason
    assert "blows up at" in whole.reason
    assert early.confidence < whole.confidence
    x, y = x[:105], y[:105]
    told = memory().suggest(figures(x, y, landmarks(x, y), None))
    assert early.confidence == pytest.approx(DOUBTED * told.chance)


def test_a_loss_that_is_back_where_it_began_has_seen_the_rates_that_are_too_high() -> None:
    x, y = valley()
    told = report(log_of(10**x, np.minimum(y, 2.3)))
    assert told.blows_up is not None
    assert told.suggestion.high <= told.blows_up.rate * 1.01  # type: ignore[operator]
    assert not told.doubts
    assert "rises again from" in told.suggestion.reason


def test_a_coarse_test_is_told_so() -> None:
    x, y = valley(n=20)
    assert "points a decade" in range_test(log_of(10**x, y)).reason


def test_a_flat_test_is_told_so() -> None:
    rng = np.random.default_rng(0)
    answer = range_test(log_of(np.logspace(-6, -3, 100), 2.3 + 0.1 * rng.normal(size=100)))
    assert "hardly falls" in answer.reason


@pytest.mark.parametrize("seed", range(4))
def test_where_only_the_blow_up_is_seen_the_rate_lies_below_it(seed: int) -> None:
    x, y = valley(noise=0.0)
    told = report(log_of(10**x, np.maximum(y, 2.3) + np.random.default_rng(seed).normal(size=150)))
    assert told.blows_up is not None
    answer = told.suggestion
    assert answer.reason.startswith("The loss shows no fall above its noise and blows up at")
    assert "Sweep more slowly" in answer.reason
    assert "hardly falls" not in answer.reason  # no fall was seen, as was just said
    assert answer.value is not None
    assert answer.low <= answer.value < answer.high < told.blows_up.rate  # type: ignore[operator]


def test_an_ending_in_nan_is_the_blow_up() -> None:
    x, y = valley()
    x, y = x[:120], y[:120]  # the smoothed loss has not risen above its start
    calm = range_test(log_of(10**x, y))
    y[-4:] = np.nan
    rates, losses = sweep(10**x, y)
    assert len(rates) == len(losses) == len(x) - 4
    told = report(log_of(10**x, y))
    assert told.blows_up is not None
    assert told.blows_up.rate == pytest.approx(10 ** x[-5])
    assert f"is not finite beyond {format_rate(10 ** x[-5])}" in told.suggestion.reason
    assert not told.doubts
    assert told.suggestion.confidence > calm.confidence
    assert told.suggestion.high is not None
    assert told.suggestion.high <= 10 ** x[-5] * 1.01


def test_too_few_points_before_a_nan_ask_for_a_lower_start() -> None:
    losses = np.full(100, np.nan)
    losses[:5] = 2.0
    with pytest.raises(UsageError, match=r"5 points .* not finite: start at a lower rate"):
        range_test(log_of(np.logspace(-5, 0, 100), losses))


def test_a_test_that_only_gets_worse_is_told_to_start_lower() -> None:
    x, y = valley()
    whole, late = (range_test(log_of(10 ** x[k:], y[k:])) for k in (0, 122))
    assert "start lower" not in whole.reason
    assert "lowest among the first rates: start lower" in late.reason
    assert late.confidence <= BACKWARDS < 0.5 < whole.confidence


def test_the_steepest_point_is_told_only_within_the_fall() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        told = report(log_of(np.logspace(-6, -3, 100), 2.3 + 0.1 * rng.normal(size=100)))
        within = told.starts_falling.rate <= told.steepest.rate <= told.lowest.rate
        assert within == ("steepest" in told.suggestion.reason)


@pytest.mark.parametrize(
    ("rates", "count", "why"),
    [
        (np.full(100, 1e-3), 100, "less than one decade"),
        (np.logspace(-5, 0, 5), 5, "too few"),
        (np.logspace(0, -5, 50), 50, "does not grow"),
        (np.logspace(-3, -2.5, 50), 50, "less than one decade"),
    ],
)
def test_what_cannot_be_read_is_refused_with_one_line(
    rates: np.ndarray, count: int, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        range_test(log_of(rates, np.linspace(2, 1, count)))


def test_without_a_rate_it_is_refused() -> None:
    run = Run("bare", "bare.csv", "test")
    run.add(Block("loss", np.arange(50), np.linspace(2, 1, 50)))
    with pytest.raises(UsageError, match="needs a loss and the learning rate"):
        range_test(run)


def test_smoothing_takes_a_single_spike_out() -> None:
    values = np.ones(60)
    values[30] = 1e6
    np.testing.assert_allclose(smooth(values), 1.0)


def test_the_memory_holds_a_band_and_an_error_for_every_recorded_test() -> None:
    told = memory()
    tests = len(told.edges)
    assert tests > 100
    assert told.seen.shape == (tests, len(ALIKE))
    assert told.errors.shape == (tests, 2)
    assert told.regression.shape == (2 * len(NAMES) + 1, 2)
    assert np.all(told.edges[:, 0] <= told.edges[:, 1])


@pytest.mark.parametrize(("scale", "shift"), [(100.0, 0.0), (1.0, -7.0), (1e-4, 3.0)])
def test_figures_are_the_same_whatever_the_loss_is_measured_in(scale: float, shift: float) -> None:
    x, y = valley()
    told, moved = (figures(x, z, landmarks(x, z), "adam") for z in (y, scale * y + shift))
    np.testing.assert_allclose(moved, told, atol=1e-4)


def test_a_known_optimizer_moves_the_suggestion_towards_its_usual_rates() -> None:
    x, y = valley()
    values = []
    for name in ("lion", None, "sgd"):
        run = log_of(10**x, y)
        run.settings = Settings(optimizer=name)
        value = range_test(run).value
        assert value is not None
        values.append(value)
    assert values[0] < values[2]
    assert values[0] <= values[1] <= values[2]


@pytest.mark.parametrize(
    ("told", "asks"), [(None, True), ("adamw", False), ("prodigy", False), ("my_own", False)]
)
def test_a_name_is_asked_for_where_the_log_tells_no_optimizer(told: str | None, asks: bool) -> None:
    x, y = valley()
    run = log_of(10**x, y)
    run.settings = Settings(optimizer=told)
    assert ("--optimizer NAME" in range_test(run).reason) is asks


def test_without_its_optimizer_only_tests_that_look_alike_speak() -> None:
    x, y = valley()
    told = memory()
    elsewhere = replace(told, regression=told.regression + 9)
    for name, alike in ((None, True), ("adam", False)):
        seen = figures(x, y, landmarks(x, y), name)
        assert (elsewhere.suggest(seen) == told.suggest(seen)) is alike


def test_what_was_fitted_on_other_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="fitted on other figures"):
        from_json({"figures": ["start"]})
