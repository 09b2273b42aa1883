"""The figures of one log: blind to the loss's scale and shift, there for every log."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor import doctor
from lrdoctor.diagnosis import Status
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import next_learning_rate, situation
from lrdoctor.learning_rate.cells import median
from lrdoctor.learning_rate.descent import descent, moving_mean, noise
from lrdoctor.learning_rate.figures import _GROUPS, NAMES, _Curve, figures
from lrdoctor.learning_rate.trace import CELLS, base_rate, trace
from lrdoctor.run import Block, Run, Settings

SEES_ZERO = {"near_zero", "at_zero", "quite_zero"}
SEES_START = {"fall_of_start", "noise_of_start", "drop_of_start", "top_of_start", "end_of_start",
              "blown_at"}  # fmt: skip
"""Shares of the first loss: blind to the loss's scale, not to its shift."""


def make_run(
    loss: np.ndarray,
    lr: np.ndarray | None = None,
    *,
    settings: Settings | None = None,
    grad_norm: np.ndarray | None = None,
) -> Run:
    run = Run("run", "run", "test", settings=settings)
    steps = np.arange(1, len(loss) + 1)
    run.add(Block("loss", steps, np.asarray(loss, float)))
    if lr is not None:
        run.add(Block("lr", steps, np.asarray(lr, float)))
    if grad_norm is not None:
        run.add(Block("grad_norm", steps, grad_norm))
    return run


def curve(n: int = 300, seed: int = 0, pace: float = 5.0, floor: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 2 * np.exp(-pace * np.arange(n) / n) + floor + 0.05 * rng.normal(size=n)


def named(run: Run) -> dict[str, float]:
    return dict(zip(NAMES, figures(trace(run)).tolist(), strict=True))


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e6, 0.0), (1.0, 50.0), (3.0, -9.0)])
def test_scale_and_shift_of_the_loss_change_nothing_but_what_sees_its_zero(
    scale: float, shift: float
) -> None:
    lr = np.full(300, 1e-3)
    plain, moved = named(make_run(curve(), lr)), named(make_run(scale * curve() + shift, lr))
    for name in set(NAMES) - SEES_ZERO - (SEES_START if shift else set()):
        assert moved[name] == pytest.approx(plain[name], abs=2e-3, nan_ok=True), name


def test_what_a_log_lacks_is_told_apart_from_what_is_usual() -> None:
    known = ("rate_known", "usual_known", "gradient_known", "validation_known")
    bare = named(make_run(curve()))
    assert [bare[name] for name in known] == [0, 0, 0, 0]
    rated = named(make_run(curve(), np.full(300, 1e-3), grad_norm=np.ones(300)))
    assert [rated[name] for name in known] == [1, 0, 1, 0]
    full = make_run(curve(), np.full(300, 1e-3), settings=Settings(optimizer="adam"))
    full.add(Block("val/loss", np.arange(1, 301), curve(seed=1)))
    assert [named(full)[name] for name in known] == [1, 1, 0, 1]


def test_rate_unit_moves_only_the_two_figures_of_the_rate() -> None:
    settings = Settings(optimizer="adam")
    plain = named(make_run(curve(), np.full(300, 1e-3), settings=settings))
    moved = named(make_run(curve(), np.full(300, 1e-5), settings=settings))
    changed = {n for n in NAMES if not np.isclose(plain[n], moved[n], equal_nan=True)}
    assert changed == {"rate", "rate_to_usual"}
    assert moved["rate"] == pytest.approx(plain["rate"] - 2)


def test_a_slower_descent_wins_later_and_still_gains_at_the_end() -> None:
    fast, slow = named(make_run(curve(pace=20))), named(make_run(curve(pace=1)))
    assert slow["won_50"] > fast["won_50"] + 0.3
    assert slow["late_gain"] > 0.1 > abs(fast["late_gain"])


def test_decay_of_the_rate_is_taken_out_of_the_pace() -> None:
    rng = np.random.default_rng(1)
    lr = 0.1 * 0.5 * (1 + np.cos(np.pi * np.arange(300) / 300))
    done = np.cumsum(lr) / lr.sum()
    loss = 2 * np.exp(-3 * done) + 0.02 * rng.normal(size=300)
    steady = 2 * np.exp(-3 * np.arange(1, 301) / 300) + 0.02 * rng.normal(size=300)
    decayed, constant = named(make_run(loss, lr)), named(make_run(steady, np.full(300, 0.1)))
    assert decayed["won_50"] == pytest.approx(constant["won_50"], abs=0.08)
    assert decayed["won_90_time"] < constant["won_90_time"] - 0.05


@pytest.mark.parametrize("share", [1e-3, 1e-2, 0.1])
def test_how_far_a_loss_that_hardly_moves_has_to_go_is_read_from_its_slope(share: float) -> None:
    loss = np.linspace(2.3, 2.3 * (1 - share), 300)
    loss += 0.2 * share * np.random.default_rng(2).normal(size=300)
    told = named(make_run(loss))
    assert told["fall_of_start"] == pytest.approx(np.log10(share), abs=0.05)
    assert told["fall_certainty"] > 3
    assert told["top_of_start"] < -1.5


def test_where_a_run_blows_up_and_how_high() -> None:
    loss = np.concatenate([np.linspace(2.0, 1.9, 30), np.full(70, 20.0)])
    told = named(make_run(loss))
    assert 10 ** told["blown_at"] == pytest.approx(0.31)
    assert 10 ** told["top_of_start"] == pytest.approx(9.0)
    assert named(make_run(curve()))["blown_at"] == 0


def test_missing_fields_are_nan() -> None:
    told = named(make_run(curve()))
    for name in ("rate", "rate_to_usual", "progress", "grad_late", "val_won"):
        assert np.isnan(told[name])


@pytest.mark.parametrize(
    "loss",
    [[], [1.0], [np.nan] * 9, [np.inf] * 9, [2.0] * 50, [1e300, -1e300] * 20, [0.0] * 5,
     [1.0, np.nan, 1e308, -np.inf, 3.0, 2.0]],
    ids=["empty", "one", "nan", "inf", "constant", "huge", "zero", "mixed"],
)  # fmt: skip
def test_degenerate_losses_give_finite_figures_or_nan(loss: list[float]) -> None:
    seen = figures(trace(make_run(np.array(loss), np.full(len(loss), 1e-3))))
    assert seen.shape == (len(NAMES),)
    assert not np.isinf(seen).any()


def test_a_long_log_is_averaged_into_cells_that_keep_its_mean() -> None:
    values = np.random.default_rng(3).normal(5, 1, 50_000)
    seen = trace(make_run(values))
    assert len(seen) == CELLS
    assert seen.loss.mean() == pytest.approx(values.mean(), abs=0.02)
    assert seen.time[-1] == 1.0
    assert np.all(np.diff(seen.time) > 0)


def test_base_rate_is_the_peak_and_during_warmup_the_configured_one() -> None:
    warm = np.linspace(1e-5, 5e-4, 50)
    run = make_run(curve(50), warm, settings=Settings(learning_rate=1e-3))
    assert base_rate(run) == (1e-3, pytest.approx(5e-4))
    decayed = make_run(curve(50), warm[::-1], settings=Settings(learning_rate=1e-3))
    assert base_rate(decayed) == (pytest.approx(5e-4), pytest.approx(1e-5))
    assert base_rate(make_run(curve(50))) == (None, None)


@pytest.mark.parametrize("rate", [5e-324, 1e-310, 1e300, 1.7e308])
def test_a_rate_that_no_weight_can_hold_is_none(rate: float) -> None:
    run = make_run(curve(50), np.full(50, rate))
    assert base_rate(run) == (None, None)
    assert doctor.diagnose(run).status is not Status.UNREADABLE
    with pytest.raises(UsageError):
        next_learning_rate([run])
    with pytest.raises(UsageError):
        situation.of(run, doctor.diagnose(run).learning_rate)


def test_momentum_makes_sgd_another_optimizer() -> None:
    plain = make_run(curve(), settings=Settings(optimizer="SGD"))
    heavy = make_run(curve(), settings=Settings(optimizer="SGD", momentum=0.9))
    assert (trace(plain).optimizer, trace(heavy).optimizer) == ("sgd", "momentum")


def test_the_groups_together_give_the_figures_in_the_order_of_their_names() -> None:
    seen = trace(make_run(curve(), grad_norm=np.ones(300)))
    one = _Curve(seen, descent(seen.loss, seen.done, seen.time))
    told = [name for group in _GROUPS for name in group(one)]
    assert told == list(NAMES[: len(told)])
    assert len(NAMES) - len(told) == 4


def test_noise_is_blind_to_a_trend() -> None:
    rng = np.random.default_rng(5)
    values = np.linspace(0, 50, 2000) + rng.normal(0, 0.3, 2000)
    assert noise(np.diff(values)) == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("n", [1, 2, 7, 400])
def test_median_and_moving_mean_agree_with_numpy(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    assert median(values) == pytest.approx(float(np.median(values)))
    width = max(1, n // 3)
    expected = np.convolve(values, np.ones(width) / width, "valid")
    np.testing.assert_allclose(moving_mean(values, width), expected, atol=1e-12)
