from __future__ import annotations

import numpy as np
import pytest
from curves import falling, noise, run_of
from scipy import special

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.rules import _above
from lrdoctor.rules.divergence import Divergence
from lrdoctor.run import Block, Run, Settings


def test_fast_divergence_is_told_within_points_of_its_onset() -> None:
    losses = falling(400)
    losses[200:] = 0.5 + np.minimum(1.5 ** np.arange(200), 1e4) + noise(200)
    (finding,) = Divergence().examine(run_of(losses))
    assert 200 <= finding.onset_step <= 206
    assert finding.fired_step <= 216
    assert not finding.resolved


def test_slow_divergence_is_told() -> None:
    losses = np.concatenate([falling(300), np.linspace(0.4, 2.2, 1200) + noise(1200, seed=1)])
    found = list(Divergence().examine(run_of(losses)))
    assert any(f.severity is Severity.CRITICAL for f in found)
    assert 280 <= found[0].onset_step <= 700


def test_a_small_rise_that_lasts_is_a_warning() -> None:
    losses = np.concatenate([falling(300), np.linspace(0.4, 0.9, 1200) + noise(1200, seed=1)])
    (finding,) = Divergence().examine(run_of(losses))
    assert finding.severity is Severity.WARNING
    assert "slowly" in finding.unit


def test_a_run_that_ends_above_its_start_is_found_whatever_its_noise() -> None:
    rising = 2.3 + np.linspace(0, 3, 300) + noise(300) * np.linspace(1, 20, 300)
    assert [f.resolved for f in Divergence().examine(run_of(rising))] == [False]


def test_the_longer_a_loss_stands_above_its_first_the_less_far_is_enough() -> None:
    first = np.full(40, 2.3) + noise(40)

    def told(deviations: float, points: int) -> bool:
        up = 2.3 + 0.05 * deviations + noise(points, seed=1)
        found = Divergence().examine(run_of(np.concatenate([first, up])))
        return "noise deviations above the first loss" in {f.unit for f in found}

    assert not told(12, 20)
    assert told(12, 60)
    assert told(30, 20)


def test_negative_losses_diverge_like_any_other() -> None:
    losses = -5 - 2 * (1 - np.exp(-np.arange(200) / 40)) + noise(200)
    assert list(Divergence().examine(run_of(losses))) == []
    losses[120:] += np.linspace(0, 6, 80)
    assert list(Divergence().examine(run_of(losses)))[-1].severity is Severity.CRITICAL


@pytest.mark.parametrize("seed", range(20))
def test_quiet_on_healthy_noise(seed: int) -> None:
    for deviation in (0.01, 0.1, 0.4):
        assert list(Divergence().examine(run_of(falling(600, deviation, seed)))) == []


def test_quiet_on_a_hump_of_warmup() -> None:
    losses = falling(400)
    losses[10:60] += 0.5 * np.sin(np.linspace(0, np.pi, 50))
    assert list(Divergence().examine(run_of(losses))) == []


def test_quiet_on_one_spike() -> None:
    losses = falling(400)
    losses[200] = 1e6
    assert list(Divergence().examine(run_of(losses))) == []


def test_a_first_batch_among_averages_is_no_yardstick_for_an_alarm() -> None:
    losses = np.concatenate([[2.0], 2.3 + noise(40, 0.01)])
    steps = np.concatenate([[1], 50 * np.arange(1, 41)])
    (finding,) = Divergence().examine(run_of(losses, steps=steps))
    assert finding.severity is Severity.WARNING


def test_growth_into_infinity_is_told_at_its_first_point() -> None:
    losses = np.concatenate([[1.0], 10.0 ** np.arange(0, 300, 60), np.full(5, np.inf)])
    (finding,) = Divergence().examine(run_of(losses))
    assert finding.fired_step == 6


def test_a_loss_that_comes_back_from_infinity_has_resolved() -> None:
    losses = np.concatenate([[1.0], 10.0 ** np.arange(0, 300, 60), np.full(5, np.inf), np.ones(9)])
    overflow = next(f for f in Divergence().examine(run_of(losses)) if "finite" in f.unit)
    assert (overflow.resolved, overflow.last_step) == (True, 10)


def test_a_run_that_begins_and_stays_without_numbers_is_lost_after_its_patience() -> None:
    (finding,) = Divergence().examine(run_of(np.concatenate([[2.3], np.full(9, np.nan)])))
    assert (finding.onset_step, finding.fired_step) == (1, 5)


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([np.nan] * 9, "was no finite number in its first 5 points."),
        ([2.3] + [np.nan] * 9, "has left the range of numbers for 5 points in a row."),
        ([1.0, 1.0, 1e60, 1e120, np.inf, 1.0, 1.0], "then left the range of numbers."),
    ],
)
def test_a_loss_that_is_no_number_is_told_as_what_it_was_before(
    losses: list[float], said: str
) -> None:
    told = [f.message for f in Divergence().examine(run_of(np.array(losses)))]
    assert any(message.endswith(said) for message in told), told


def test_a_nan_out_of_the_blue_is_no_divergence() -> None:
    losses = falling(400)
    losses[200:] = np.nan
    assert list(Divergence().examine(run_of(losses))) == []


def test_a_nan_behind_a_single_high_loss_is_no_divergence_unless_it_was_the_highest() -> None:
    for last, told in ((1.5, []), (9.0, ["critical"])):
        losses = falling(200)
        losses[150], losses[151:] = last, np.nan
        assert [str(f.severity) for f in Divergence().examine(run_of(losses))] == told


def test_it_is_resolved_when_the_loss_has_come_back() -> None:
    losses = falling(600)
    losses[200:260] += np.linspace(0, 30, 60)
    (finding,) = Divergence().examine(run_of(losses))
    assert finding.resolved
    assert 255 <= finding.last_step <= 300


def test_a_loss_that_falls_from_its_peak_to_its_start_has_not_come_back() -> None:
    losses = falling(400)
    losses[200:210] = 30
    losses[210:] = 2.3 + noise(190, seed=1)
    (finding,) = Divergence().examine(run_of(losses))
    assert (finding.severity, finding.resolved) == (Severity.CRITICAL, False)
    losses[250:] = 0.5 + noise(150, seed=2)
    assert [f.resolved for f in Divergence().examine(run_of(losses))] == [True]


def test_it_advises_a_lower_rate_from_before_the_onset() -> None:
    losses = falling(400)
    losses[200:] += np.linspace(0, 30, 200)
    run = run_of(losses)
    (finding,) = Divergence().examine(run)
    advice = {a.action: a for a in Divergence().advise(finding, run)}
    assert advice[Action.LOWER_LR].lr_factor < 1
    assert advice[Action.RESTORE_CHECKPOINT].from_step == finding.onset_step


def test_a_loss_that_never_was_a_number_is_no_fault_of_the_rate() -> None:
    run = run_of(np.full(100, np.nan))
    (finding,) = Divergence().examine(run)
    assert list(Divergence().advise(finding, run)) == []


def test_a_loss_frozen_above_its_best_is_lost() -> None:
    losses = falling(60)
    losses[40:] = 0.9
    (finding,) = Divergence().examine(run_of(losses))
    assert (finding.onset_step, finding.fired_step) == (40, 47)
    assert "exactly the same" in finding.unit


def test_a_short_log_that_jumps_up_at_once_and_stays_is_told() -> None:
    losses = np.array([7.4, 34.0, 37.0, 28.0, 45.0, 51.0, 19.0, 46.0])
    (finding,) = Divergence().examine(run_of(losses, steps=20 * np.arange(8)))
    assert (finding.severity, finding.resolved) == (Severity.WARNING, False)


def test_wild_swings_that_never_come_under_their_start_are_told() -> None:
    random = np.random.default_rng(2)
    losses = np.concatenate([[7.4], 7 + random.exponential(12, 150) + 0.3])
    found = list(Divergence().examine(run_of(losses)))
    assert found
    assert not found[-1].resolved


@pytest.mark.parametrize("kind", ["normal", "skew", "heavy"])
def test_noise_about_one_level_is_hardly_ever_told(kind: str) -> None:
    told = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        draws = {
            "normal": random.normal(size=300),
            "skew": random.exponential(size=300),
            "heavy": random.standard_t(3, 300),
        }
        found = list(Divergence().examine(run_of(2 + 0.1 * draws[kind])))
        assert [f for f in found if f.severity is Severity.CRITICAL and not f.resolved] == []
        told += bool(found)
    assert told <= 60 * 0.2


def restless(validation: np.ndarray) -> list[str]:
    """Batches that are mostly learnt, and cost a lot where they are not."""
    random = np.random.default_rng(4)
    losses = np.where(random.random(200) < 0.6, 0.01, random.exponential(12, 200))
    losses[0] = 0.8
    run = run_of(losses)
    at = np.arange(9, 200, 10)
    run.add(Block("val_loss", at, validation[: len(at)]))
    return [f.unit for f in Divergence().examine(run)]


def test_a_validation_loss_that_jumps_about_tells_losses_thrown_up_from_a_model_at_rest() -> None:
    random = np.random.default_rng(5)
    assert any("its mean" in unit for unit in restless(3 + random.normal(0, 2, 20)))
    assert not any("its mean" in unit for unit in restless(3 + random.normal(0, 0.01, 20)))


def test_a_rise_before_anything_was_learnt_is_a_warning_first() -> None:
    losses = falling(1000)
    losses[5:20] += 2
    found = list(Divergence().examine(run_of(losses)))
    assert [(f.severity, f.resolved) for f in found] == [(Severity.WARNING, True)]


def test_an_average_that_wanders_is_no_divergence() -> None:
    critical = 0
    for seed in range(20):
        wander = noise(400, 0.05, seed)
        for i in range(1, 400):
            wander[i] += 0.9 * wander[i - 1]
        found = Divergence().examine(run_of(2.3 - 0.002 * np.arange(400) + wander))
        critical += any(f.severity is Severity.CRITICAL for f in found)
    assert critical <= 2


def test_half_of_the_progress_lost_for_long_is_a_warning() -> None:
    losses = falling(600)
    losses[300:] = losses[300] + 0.7 * (2.3 - losses[300]) + noise(300)
    (finding,) = Divergence().examine(run_of(losses))
    assert (finding.severity, finding.resolved) == (Severity.WARNING, False)
    assert 300 <= finding.onset_step <= finding.fired_step <= 340


def test_the_quantiles_that_are_written_out_are_students() -> None:
    known = special.stdtrit(np.arange(2, 40), 0.975)
    np.testing.assert_allclose(_above._STUDENT[3:], known, rtol=1e-9)


def test_a_short_log_that_stands_far_above_its_first_loss_is_told_whatever_its_peak() -> None:
    stands = np.array([2.72, 125.0, 3.44, 3.3, 3.28, 3.3, 3.26, 3.28, 3.26, 3.28, 3.28, 3.23, 3.19])
    (finding,) = Divergence().examine(run_of(stands, x_axis="epoch"))
    assert (finding.severity, finding.resolved) == (Severity.WARNING, False)
    frozen = np.concatenate([[0.08, 3.3e6], np.full(14, 1.9e5)])
    assert [f.resolved for f in Divergence().examine(run_of(frozen))] == [False]


def test_a_first_loss_low_by_chance_is_none_where_the_validation_loss_stands() -> None:
    losses, steps = 2.3 + noise(120, 0.1), np.arange(120)
    losses[0] = losses[1:].min() - 0.2
    evaluations = steps[::2]
    at_rest, moving, dead = (run_of(losses) for _ in range(3))
    at_rest.add(Block("val_loss", evaluations, 2.3 - 1e-5 * evaluations))
    moving.add(Block("val_loss", evaluations, 2.3 + noise(len(evaluations), 0.1)))
    dead.add(Block("val_loss", evaluations, np.full(len(evaluations), 2.3)))
    assert [bool(list(Divergence().examine(run))) for run in (run_of(losses), at_rest)] == [
        True,
        False,
    ]
    assert all(list(Divergence().examine(run)) for run in (moving, dead))


def hump(rate: np.ndarray) -> list[int]:
    """Thrown up at once, and back under its start in the second half."""
    up = 1 + 8 * np.exp(-(((np.arange(400) - 100) / 60) ** 2)) - np.linspace(0, 0.9, 400)
    losses = up * np.exp(noise(400, 0.1))
    return [f.fired_step for f in Divergence().examine(run_of(losses, lr=rate))]


def test_a_loss_that_a_high_rate_throws_up_is_waited_for_while_the_schedule_moves() -> None:
    cosine = 0.01 * (1 + np.cos(np.pi * np.linspace(0, 1, 400)))
    assert hump(np.full(400, 0.02))
    assert hump(cosine) == []


def test_a_loss_still_up_when_its_schedule_has_lowered_the_rate_is_told() -> None:
    up = np.concatenate([[1.0], 8 + noise(399)])
    cosine = 0.01 * (1 + np.cos(np.pi * np.linspace(0, 1, 400)))
    found = list(Divergence().examine(run_of(up, lr=cosine)))
    assert 235 <= found[0].fired_step <= 245
    assert not found[-1].resolved


@pytest.mark.parametrize("rises", [True, False])
def test_a_validation_loss_that_rises_with_it_tells_a_coarse_log_thrown_up(rises: bool) -> None:
    steps = np.array([1, *range(40, 480, 40)])
    losses = np.array([2.2, 2.9, 3.3, 3.4, 3.1, 3.6, 3.8, 3.6, 3.8, 3.7, 3.5, 3.6])
    run = run_of(losses, steps=steps)
    assert list(Divergence().examine(run)) == []  # one batch beside averages
    held_out = losses + noise(12, 0.1) if rises else 2.3 + noise(12, 0.01)
    run.add(Block("val_loss", steps, held_out))
    assert bool(list(Divergence().examine(run))) is rises


def test_scatter_that_is_the_weights_own_hides_no_first_loss_below_it() -> None:
    steps = np.array([1, *range(20, 340, 20)])
    swings = np.exp(noise(17, 0.8, seed=3)) * 60
    losses = np.concatenate([[1.7], swings[1:]])
    run = run_of(losses, steps=steps)
    run.add(Block("val_loss", steps[3:], np.exp(noise(14, 0.8, seed=4)) * 60))
    assert [f.severity for f in Divergence().examine(run)] == [Severity.WARNING]


@pytest.mark.parametrize("every", [40, 5])
def test_few_points_that_swing_above_the_first_are_told_where_they_stand_for_much_training(
    every: int,
) -> None:
    swings = np.array([1.0, 9e4, 30.0, 40.0, 20.0, 11.0, 250.0, 13.0, 12.0, 15.0])
    found = list(Divergence().examine(run_of(swings, steps=every * np.arange(10))))
    assert [f.fired_step for f in found] == ([320] if every == 40 else [])


@pytest.mark.parametrize("moves", [True, False])
def test_a_gradient_norm_that_went_elsewhere_tells_a_coarse_log_thrown_up(moves: bool) -> None:
    steps = 40 * np.arange(10)
    losses = np.array([2.2, 3.9, 2.9, 4.4, 2.5, 5.6, 3.8, 2.6, 3.8, 2.7])
    norms = np.exp(noise(10, 0.1)) * np.where(moves & (steps > 0), 30.0, 1.0)
    run = run_of(losses, steps=steps)
    run.add(Block("grad_norm", steps, norms))
    assert bool(list(Divergence().examine(run))) is moves


def test_a_first_loss_low_by_chance_is_none_where_the_validation_loss_comes_down() -> None:
    steps = np.arange(120)
    losses = 2.3 - 0.006 * steps + noise(120, 0.3)
    losses[0] = 1.7
    run = run_of(losses)
    assert list(Divergence().examine(run))
    run.add(Block("val_loss", steps, 2.35 - 0.006 * steps + noise(120, 0.0002)))
    assert list(Divergence().examine(run)) == []


def swinging_after(jump: float) -> Run:
    """A ragged loss that stands a little higher from point 40 on, where its rate is changed."""
    losses = 0.5 + np.exp(-np.arange(80) / 8) + noise(80, 0.1)
    losses[40:] += 0.3
    rate = np.where(np.arange(80) < 40, 0.01, 0.01 * jump)
    return run_of(losses, lr=rate)


def test_a_lesser_rise_is_enough_once_the_rate_has_jumped() -> None:
    (finding,) = Divergence().examine(swinging_after(12))
    assert finding.severity is Severity.WARNING
    assert 42 <= finding.fired_step < 60
    assert list(Divergence().examine(swinging_after(1))) == []


def test_what_is_no_jump_of_the_schedule_is_none_of_the_loss() -> None:
    held = swinging_after(12)
    held.settings = Settings(planned_steps=1000)  # its first 40 steps were a warmup
    assert list(Divergence().examine(held)) == []


def test_a_rise_by_a_jump_of_the_rate_begins_no_earlier_than_the_jump() -> None:
    steady = 0.5 + np.exp(-np.arange(80) / 8) + 0.002 * np.maximum(np.arange(80) - 25, 0)
    steady[40:] += 0.3
    rate = np.where(np.arange(80) < 40, 0.01, 0.12)
    (finding,) = Divergence().examine(run_of(steady + noise(80, 0.03), lr=rate))
    assert "before the rate jumped" in finding.unit
    assert 40 <= finding.onset_step <= finding.fired_step


def test_a_jump_of_the_rate_that_does_no_harm_is_none() -> None:
    losses = 0.5 + np.exp(-np.arange(80) / 8) + noise(80, 0.1)
    rate = np.where(np.arange(80) < 40, 0.01, 0.12)
    assert list(Divergence().examine(run_of(losses, lr=rate))) == []


def test_validation_losses_that_rise_with_the_rate_are_enough() -> None:
    rate = np.where(np.arange(80) < 40, 0.01, 0.12)
    held_out = 0.6 + np.exp(-np.arange(80) / 8) + noise(80, 0.005)
    held_out[40:] += 0.1
    calm = run_of(0.5 + noise(80, 0.3) + 0.01 * np.arange(80), lr=rate)
    told = run_of(0.5 + noise(80, 0.3) + 0.01 * np.arange(80), lr=rate, val_loss=held_out)
    assert list(Divergence().examine(calm)) == []
    assert [f.fired_step >= 41 for f in Divergence().examine(told)] == [True]


def thrown_up(**other: np.ndarray) -> Run:
    """Far above its start at once, scattered in proportion to its height, with a dip under it."""
    losses = np.exp(noise(24, 0.8, seed=6)) * 30
    losses[0], losses[9] = 1.0, 0.2
    return run_of(losses, x_axis="epoch", **other)


def test_a_loss_many_times_its_first_is_told_however_it_scatters() -> None:
    (finding,) = Divergence().examine(thrown_up())
    assert finding.severity is Severity.WARNING
    assert finding.unit == "times its first loss"
    assert finding.measured > 4


def test_one_that_comes_down_with_its_rate_is_waited_for() -> None:
    cosine = 0.01 * (1 + np.cos(np.pi * np.linspace(0, 1, 24)))
    told = list(Divergence().examine(thrown_up(lr=cosine)))
    assert all(f.fired_step >= 19 for f in told)


def test_a_loss_below_zero_has_no_multiples() -> None:
    losses = -1 - np.abs(noise(40, 1.0))
    losses[0] = -0.1
    assert list(Divergence().examine(run_of(losses))) == []


def test_a_loss_that_wanders_about_a_level_has_lost_nothing() -> None:
    told = 0
    for seed in range(40):
        wander = noise(500, 0.025, seed)
        for i in range(1, 500):
            wander[i] += 0.97 * wander[i - 1]
        losses = 0.5 * np.exp(-np.arange(500) / 25) + wander + noise(500, 0.05, seed + 100)
        told += any("lost again" in f.unit for f in Divergence().examine(run_of(losses)))
    assert told <= 8


def test_a_low_first_batch_makes_no_multiples_while_the_validation_loss_stands() -> None:
    losses = np.random.default_rng(2).gamma(3, 1 / 3, 60)
    losses[0] = 0.5 * losses.min()
    at_rest, moving = run_of(losses), run_of(losses)
    at_rest.add(Block("val_loss", np.arange(60), 1 - 1e-5 * np.arange(60)))
    moving.add(Block("val_loss", np.arange(60), 1 + noise(60, 0.5)))
    assert list(Divergence().examine(at_rest)) == []
    assert len(list(Divergence().examine(moving))) == 1


def test_a_loss_that_soars_late_is_told_by_its_newest_fifth() -> None:
    height = np.concatenate([np.full(15, 0.9), np.geomspace(1.2, 6.5, 13)])
    losses = 46 * height * np.exp(noise(28, 0.25, seed=3))
    losses[0] = 46
    (finding,) = Divergence().examine(run_of(losses, steps=10 * np.arange(28)))
    assert (finding.resolved, finding.unit) == (False, "times its first loss")
    assert finding.measured > 4


def test_one_that_came_down_from_a_millionfold_to_tenfold_is_not_over() -> None:
    for end, over in ((23.0, False), (2.3, True)):
        high = 2.3 * np.exp(13 + noise(14, 1.5))
        soared = [[2.3], high, np.geomspace(1e5, end, 8), end * np.exp(noise(40, 0.3))]
        (finding,) = Divergence().examine(run_of(np.concatenate(soared)))
        assert (finding.unit, finding.resolved) == ("times its first loss", over)
