from __future__ import annotations

import numpy as np
import pytest
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Action, Clue, Severity
from lrdoctor.rules.oscillation import Oscillation
from lrdoctor.run import Block, Run


def swinging(size: int = 600, period: float = 60, growth: bool = False) -> np.ndarray:  # type: ignore[type-arg]
    index = np.arange(size)
    swing = 0.6 * (index / size if growth else 1) * np.sin(2 * np.pi * index / period)
    return 1 + np.exp(-index / 40) + swing + noise(size)


def test_a_swinging_loss_is_told_with_its_period() -> None:
    (finding,) = Oscillation().examine(run_of(swinging()))
    assert finding.severity is Severity.WARNING
    assert not finding.resolved
    assert "every 60" in finding.message or "every 59" in finding.message


def test_a_growing_swing_is_told() -> None:
    (finding,) = Oscillation().examine(run_of(swinging(growth=True)))
    assert finding.onset_step > 200


@pytest.mark.parametrize("seed", range(10))
def test_quiet_on_noise_of_any_tail(seed: int) -> None:
    random = np.random.default_rng(seed)
    for ragged in (random.normal(size=2000), random.standard_t(3, 2000)):
        assert list(Oscillation().examine(run_of(falling(2000, 0) + 0.1 * ragged))) == []
        assert list(Oscillation().examine(run_of(2.3 + 0.1 * ragged))) == []


def test_swings_of_a_cyclic_rate_are_only_worth_knowing() -> None:
    rates = 1 + np.sin(2 * np.pi * np.arange(600) / 60)
    (finding,) = Oscillation().examine(run_of(swinging(), lr=rates))
    assert finding.severity is Severity.INFO
    assert "as the learning rate does" in finding.message


def test_it_is_over_when_no_further_swing_comes() -> None:
    losses = np.concatenate([swinging(400), 0.5 + noise(1600, seed=1)])
    (finding,) = Oscillation().examine(run_of(losses))
    assert finding.resolved
    assert 400 < finding.last_step < 900


def swings(period: int = 40) -> np.ndarray:
    index = np.arange(400)
    return 0.5 + np.exp(-index / 20) + 0.5 * np.sin(2 * np.pi * index / period) + noise(400, 0.02)


def test_a_period_of_an_epoch_is_laid_to_the_order_of_the_data() -> None:
    for period, tied, clue in ((40, "order of the data", Clue.EVERY_EPOCH),
                               (63, "not with the epoch", None)):  # fmt: skip
        run = run_of(swings(period))
        run.add(Block("epoch", np.arange(400), np.arange(400) / 40))
        told = next(Oscillation().examine(run))
        assert tied in told.message
        assert told.clue is clue
    assert "epoch" not in next(Oscillation().examine(run_of(swings()))).message


def test_nine_in_ten_swings_of_an_epoch_are_told_as_its_own() -> None:
    random, told = np.random.default_rng(0), []
    for draw in range(300):
        epoch, height = random.uniform(6, 40), random.uniform(0.3, 1.5)
        index = np.arange(int(random.uniform(6, 14) * epoch))
        place = (index / epoch + random.random()) % 1
        shapes = np.sin(2 * np.pi * place), 2 * place - 1, np.sign(place - random.uniform(0.3, 0.7))
        ragged = random.normal(0, height * random.uniform(0.03, 0.15), len(index))
        run = run_of(0.5 + np.exp(-index / epoch / 2) + height * shapes[draw % 3] / 2 + ragged)
        run.add(Block("epoch", index, index / epoch))
        told += [f.message for f in Oscillation().examine(run) if "swings" in f.message][:1]
    assert len(told) > 100
    assert np.mean(["once an epoch" in message for message in told]) >= 0.9


def test_a_loss_that_jumped_about_is_well_again_at_half_of_its_first() -> None:
    jumping, random = rows_by_the_epoch(jumps=0.2, falls=0.0), np.random.default_rng(3)
    for part, over in ((0.6, False), (0.45, True)):
        run = run_of(
            np.append(jumping["train/loss"].values, part * 4.4 + random.normal(0, 0.01, 30)),
            x_axis="row",
            val_loss=np.append(jumping["val/loss"].values, np.full(30, part * 4.4)),
        )
        (finding,) = Oscillation().examine(run)
        assert finding.resolved is over


def test_a_loss_that_was_thrown_up_and_bounces_is_told() -> None:
    random = np.random.default_rng(1)
    losses = np.concatenate([[2.3], 2.6 + random.exponential(8, 120)])
    (finding,) = Oscillation().examine(run_of(losses))
    assert "point to point" in finding.unit
    assert not finding.resolved


def test_a_loss_that_stands_higher_than_it_began_does_not_bounce() -> None:
    losses = np.concatenate([[2.3], 4 + noise(120, 0.05)])
    assert list(Oscillation().examine(run_of(losses))) == []


def test_a_running_average_that_wanders_about_its_start_does_not_swing() -> None:
    told = 0
    for seed in range(40):
        wander = np.random.default_rng(seed).normal(size=500)
        for i in range(1, 500):
            wander[i] += 0.8 * wander[i - 1]
        told += bool(list(Oscillation().examine(run_of(2.3 + 0.01 * wander))))
    assert told <= 4


def rows_by_the_epoch(jumps: float, falls: float) -> Run:
    """Fifteen rows of a log by the epoch, with a validation loss."""
    fall = np.exp(-falls * np.arange(15) / 15)
    train = 4.4 * fall * np.exp(noise(15, jumps, seed=1))
    val = 4.4 * fall * np.exp(noise(15, jumps, seed=2))
    return run_of(train, x_axis="row", val_loss=val)


def test_losses_that_both_jump_about_where_a_log_by_the_epoch_begins_are_told() -> None:
    (finding,) = Oscillation().examine(rows_by_the_epoch(jumps=0.2, falls=0.0))
    assert (finding.severity, finding.onset_step, finding.resolved) == ("warning", 0, False)


def test_losses_that_jump_about_less_or_come_down_are_not() -> None:
    assert list(Oscillation().examine(rows_by_the_epoch(jumps=0.03, falls=0.0))) == []
    assert list(Oscillation().examine(rows_by_the_epoch(jumps=0.2, falls=1.5))) == []


def by_the_epoch(rows: int, *, same: bool, seed: int) -> Run:
    """Ten epochs of a falling, ragged loss whose batches are easy and hard in one order or any."""
    random = np.random.default_rng(seed)
    index, hard = np.arange(10 * rows), 0.3 * np.sin(np.arange(rows) / rows * 9) ** 2
    order = [hard if same else random.permutation(hard) for _ in range(10)]
    losses = 0.5 + np.exp(-index / rows / 2) + np.concatenate(order)
    run = run_of(losses + random.normal(0, 0.02, len(index)))
    run.add(Block("epoch", index, index // rows * 1.0))
    return run


@pytest.mark.parametrize("rows", [8, 24, 90])
def test_a_loss_that_repeats_itself_every_epoch_has_its_data_in_one_order(rows: int) -> None:
    for seed in range(10):
        told = list(Oscillation().examine(by_the_epoch(rows, same=True, seed=seed)))
        assert any("each of three epochs" in finding.message for finding in told)


@pytest.mark.parametrize("rows", [8, 24, 90])
def test_batches_that_are_mixed_repeat_nothing(rows: int) -> None:
    for seed in range(40):
        assert not list(Oscillation().examine(by_the_epoch(rows, same=False, seed=seed)))


def test_a_mean_over_the_epoch_so_far_repeats_nothing() -> None:
    for seed in range(40):
        index, random = np.arange(600), np.random.default_rng(seed)
        losses = 0.5 + np.exp(-index / 100) + random.normal(0, 0.1, 600)
        means = np.cumsum(losses.reshape(10, 60), axis=1) / np.arange(1, 61)
        run = run_of(means.ravel())
        run.add(Block("epoch", index, index // 60 * 1.0))
        assert not [f for f in Oscillation().examine(run) if "three epochs" in f.message]


@pytest.mark.parametrize("rows", [24, 90])
def test_one_bad_batch_an_epoch_is_no_order_of_the_data(rows: int) -> None:
    for seed in range(10):
        index, random = np.arange(10 * rows), np.random.default_rng(seed)
        losses = 0.5 + np.exp(-index / rows / 2) + random.normal(0, 0.02, len(index))
        losses[7::rows] += 0.5
        run = run_of(losses)
        run.add(Block("epoch", index, index // rows * 1.0))
        (finding,) = Oscillation().examine(run)
        assert "same place of an epoch" in finding.message
        (advice,) = Oscillation().advise(finding, run)
        assert (advice.action, "Look at" in advice.reason) == (Action.FIX_DATA, True)


def test_data_in_one_order_are_to_be_shuffled_and_the_rate_is_left_alone() -> None:
    run = by_the_epoch(24, same=True, seed=0)
    (finding,) = [f for f in Oscillation().examine(run) if "three epochs" in f.message]
    assert [advice.action for advice in Oscillation().advise(finding, run)] == [Action.FIX_DATA]


@pytest.mark.parametrize("rows", [8, 24, 90])
def test_a_repeat_is_told_once_the_third_epoch_is_over_whatever_comes_later(rows: int) -> None:
    run = by_the_epoch(rows, same=True, seed=1)
    (told,) = [f for f in Oscillation().examine(run) if "three epochs" in f.message]
    (then,) = [f for f in Oscillation().examine(run.until(told.fired_step)) if "three" in f.message]
    assert (then.onset_step, then.fired_step, then.message) == (
        told.onset_step, told.fired_step, told.message)  # fmt: skip
    before = Oscillation().examine(run.until(told.fired_step - 1))
    assert not [f for f in before if "three epochs" in f.message]


def test_a_repeat_is_not_over_where_a_long_log_is_too_coarse_to_show_it() -> None:
    index, random = np.arange(4000), np.random.default_rng(0)
    wave = 0.3 * np.sin(np.arange(25) / 25 * 9) ** 2
    run = run_of(0.5 + np.exp(-index / 50) + np.tile(wave, 160) + random.normal(0, 0.02, 4000))
    run.add(Block("epoch", index, index // 25 * 1.0))
    (told,) = [f for f in Oscillation().examine(run) if "three epochs" in f.message]
    assert not told.resolved
