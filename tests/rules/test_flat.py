from __future__ import annotations

import numpy as np
import pytest
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Action, Clue, Severity
from lrdoctor.rules.flat import Flat
from lrdoctor.run import Block, Run


@pytest.mark.parametrize("seed", range(10))
def test_a_loss_that_never_moves_is_flat(seed: int) -> None:
    (finding,) = Flat().examine(run_of(2.3 + noise(500, 0.03, seed)))
    assert (finding.onset_step, finding.resolved) == (0, False)
    assert finding.fired_step >= 200


@pytest.mark.parametrize("seed", range(10))
def test_quiet_on_a_falling_loss(seed: int) -> None:
    assert list(Flat().examine(run_of(falling(500, 0.2, seed)))) == []


def test_half_of_the_planned_steps_are_enough() -> None:
    run = run_of(2.3 + noise(20), steps=50 * np.arange(20), planned_steps=950)
    (finding,) = Flat().examine(run)
    assert finding.fired_step == 500


def test_nineteen_epochs_are_too_few() -> None:
    assert list(Flat().examine(run_of(2.3 + noise(19), x_axis="epoch"))) == []
    fired = [f.fired_step for f in Flat().examine(run_of(2.3 + noise(40), x_axis="epoch"))]
    assert len(fired) == 1
    assert 19 <= fired[0] < 25


def test_thirty_are_enough_for_a_loss_without_a_height() -> None:
    run = run_of(noise(40), x_axis="epoch")
    assert [29 <= f.fired_step < 35 for f in Flat().examine(run)] == [True]


def test_it_waits_while_the_rate_rises() -> None:
    losses = np.concatenate([2.3 + noise(300, 0.03), falling(300)])
    warmup = np.concatenate([np.linspace(1e-6, 1e-2, 320), np.full(280, 1e-2)])
    assert list(Flat().examine(run_of(losses, lr=warmup))) == []
    assert len(list(Flat().examine(run_of(losses)))) == 1


def test_a_rising_accuracy_says_that_it_learns() -> None:
    losses = 2.3 + noise(400, 0.03)
    learnt = {"val_accuracy": np.linspace(0.1, 0.6, 400)}
    assert list(Flat().examine(run_of(losses, **learnt))) == []
    in_per_cent = {"val_accuracy": np.linspace(10, 60, 400)}
    assert list(Flat().examine(run_of(losses, **in_per_cent))) == []
    stands = {"val_accuracy": np.full(400, 0.6)}
    assert len(list(Flat().examine(run_of(losses, **stands)))) == 1


def test_a_small_fall_is_flat_while_the_gradient_norm_stands_still() -> None:
    losses = noise(400, 0.03) - np.linspace(0, 0.18, 400)  # below zero: it has no height
    assert list(Flat().examine(run_of(losses[:400], planned_steps=750))) == []
    steady = np.exp(noise(400, 0.01))
    (finding,) = Flat().examine(run_of(losses, planned_steps=750, grad_norm=steady))
    assert finding.measured > finding.limit


def test_a_clear_part_of_its_height_is_no_flat_loss_whatever_the_gradient_says() -> None:
    losses = 2.3 - np.linspace(0, 0.18, 400) + noise(400, 0.03)
    steady = np.exp(noise(400, 0.01))
    assert list(Flat().examine(run_of(losses, planned_steps=750, grad_norm=steady))) == []


def test_noise_as_large_as_the_loss_tells_nothing_unless_the_validation_loss_rests() -> None:
    losses = 1 + 0.7 * noise(80, 1.0).clip(-1.2, 3)
    steps = 10 * np.arange(80)
    assert list(Flat().examine(run_of(losses, steps=steps))) == []
    rests = run_of(losses, steps=steps, val_loss=1 + noise(80, 1e-4))
    assert [str(f.severity) for f in Flat().examine(rests)] == ["warning"]


def test_it_is_resolved_once_the_loss_falls() -> None:
    losses = np.concatenate([2.3 + noise(300, 0.03), falling(300)])
    (finding,) = Flat().examine(run_of(losses))
    assert finding.resolved
    assert 300 < finding.last_step < 400


def test_it_advises_a_higher_rate_or_a_look_at_dead_units() -> None:
    losses = 2.3 + noise(400, 0.03)
    run = run_of(losses)
    (finding,) = Flat().examine(run)
    assert [a.action for a in Flat().advise(finding, run)] == [Action.RAISE_LR]
    dead = run_of(losses, grad_norm=np.zeros(400))
    (finding,) = Flat().examine(dead)
    assert [a.action for a in Flat().advise(finding, dead)] == [Action.FIX_DATA]


def test_a_loss_that_falls_at_once_and_stands_is_worth_knowing() -> None:
    losses = np.concatenate([[9.0, 5.0], 3.3 + noise(60, 0.01)])
    (finding,) = Flat().examine(run_of(losses))
    assert finding.severity is Severity.INFO
    assert list(Flat().examine(run_of(falling(60, 0.01)))) == []


def test_at_the_loss_of_guessing_it_is_a_warning() -> None:
    losses = np.concatenate([[2.9, 2.4], np.log(10) + noise(60, 0.002)])
    (finding,) = Flat().examine(run_of(losses))
    assert finding.severity is Severity.WARNING
    assert "guessing among 10 classes" in finding.message


def test_a_high_first_batch_beside_a_validation_loss_that_rests_has_moved_nothing() -> None:
    losses = 0.9 + noise(30, 0.003)
    losses[0] = 1.1
    rows = run_of(losses, x_axis="row", val_loss=0.905 - 0.0001 * np.arange(30))
    assert "warning" in {f.severity for f in Flat().examine(rows)}


def test_another_loss_that_comes_to_stand_at_a_logarithm_is_no_guess() -> None:
    """A guess gives every example the same loss, and those of the validation set, too."""
    stands = np.log(10) + noise(60, 0.001)
    ragged = np.concatenate([[9.0, 5.0], stands + noise(60, 0.3, seed=1)])
    elsewhere = np.concatenate([[2.9, 2.4], stands])
    for run in (run_of(ragged), run_of(elsewhere, val_loss=np.full(62, 2.4))):
        assert {f.severity for f in Flat().examine(run)} <= {Severity.INFO}
    same = run_of(elsewhere, val_loss=np.full(62, 2.303))
    assert "warning" in {f.severity for f in Flat().examine(same)}


def test_a_loss_thrown_above_its_first_value_asks_for_no_higher_rate() -> None:
    thrown = np.abs(noise(400, 0.3, seed=2)) + 2.3
    run = run_of(np.concatenate([[2.3], thrown]))
    for finding in Flat().examine(run):
        assert list(Flat().advise(finding, run)) == []


@pytest.mark.parametrize("shift", [0.0, -1.2, -50.0])
def test_thrown_up_and_back_at_rest_where_it_began(shift: float) -> None:
    losses = np.concatenate([[1.4], 40 * np.exp(-np.arange(40) / 6) + 1.4, np.full(160, 1.4)])
    losses += noise(201, 0.01) + shift
    (finding,) = Flat().examine(run_of(losses, steps=4 * np.arange(201)))
    assert not finding.resolved


@pytest.mark.parametrize("floor", [0.0, 5.0, 30.0])
def test_a_loss_that_fell_within_its_first_points_has_moved_whatever_its_floor(
    floor: float,
) -> None:
    fall = np.exp(-np.arange(120) / 1.5) + 0.02 * np.exp(-np.arange(120) / 60)
    losses = floor + fall + noise(120, 0.005)
    steps = np.maximum(10 * np.arange(120), 1)
    told = Flat().examine(run_of(losses, steps=steps))
    assert [f for f in told if f.severity is Severity.WARNING] == []


def test_a_validation_loss_that_jumps_about_says_that_the_weights_move() -> None:
    losses = 1.0 - 0.1 * np.linspace(0, 1, 120) + noise(120, 0.3)
    losses[0] = 1.55
    steps = 10 * np.arange(120)
    still, restless = run_of(losses, steps=steps), run_of(losses, steps=steps)
    at = steps[4::5]
    still.add(Block("val_loss", at, 1.0 + noise(len(at), 0.001)))
    restless.add(Block("val_loss", at, 1.0 + noise(len(at), 0.4)))
    assert "warning" in {f.severity for f in Flat().examine(still)}
    assert "warning" not in {f.severity for f in Flat().examine(restless)}


def test_a_validation_loss_that_stands_says_so_early() -> None:
    losses, steps = 2.3 + noise(25, 0.1), 8 * np.arange(25)
    evaluations = steps[4::5]
    at_rest, moving = run_of(losses, steps=steps), run_of(losses, steps=steps)
    at_rest.add(Block("val_loss", evaluations, 2.3 - 1e-5 * evaluations))
    moving.add(Block("val_loss", evaluations, 2.3 - 1e-3 * evaluations))
    (finding,) = Flat().examine(at_rest)
    assert finding.fired_step == steps[14]  # the third evaluation is seen there
    assert list(Flat().examine(moving)) == []
    assert list(Flat().examine(run_of(losses, steps=steps))) == []


def test_a_validation_loss_that_stands_while_few_steps_are_made_says_nothing_yet() -> None:
    run = run_of(2.3 + noise(60, 0.1))
    run.add(Block("val_loss", np.arange(4, 60, 5), np.full(12, 2.3)))
    assert list(Flat().examine(run)) == []


@pytest.mark.parametrize("seed", range(10))
def test_a_noisy_loss_that_sinks_is_not_flat(seed: int) -> None:
    steps, ragged = 50 * np.arange(24), noise(24, 0.15, seed)
    ragged[0] = 0
    assert list(Flat().examine(run_of(2.3 - 0.1 * np.arange(24) + ragged, steps=steps))) == []
    assert len(list(Flat().examine(run_of(2.3 + ragged, steps=steps)))) == 1


@pytest.mark.parametrize(("rate", "told"), [("constant", False), ("spent", True)])
def test_a_short_log_is_flat_once_its_schedule_is_through(rate: str, told: bool) -> None:
    steps = np.arange(0, 200, 10)
    rates = 0.01 * (1 - steps / 200) ** (2 if rate == "spent" else 0)
    found = list(Flat().examine(run_of(2.3 + noise(20, seed=1), steps=steps, lr=rates)))
    assert bool(found) is told
    assert all(f.fired_step >= 140 for f in found)


def test_a_loss_that_moves_late_is_waited_for_while_its_rate_is_high() -> None:
    losses = 2.3 + noise(300)
    losses[140:] -= np.linspace(0, 1.8, 160)
    cosine = 0.5 * (1 + np.cos(np.pi * np.linspace(0, 1, 300)))
    steps = 2 * np.arange(300)
    assert list(Flat().examine(run_of(losses, steps=steps)))
    assert list(Flat().examine(run_of(losses, steps=steps, lr=cosine))) == []


def test_a_short_log_thrown_above_its_first_loss_is_not_flat() -> None:
    losses = np.concatenate([[1.0], 9 + noise(24, 1.0)])
    assert list(Flat().examine(run_of(losses, x_axis="epoch", planned_steps=30))) == []


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_a_loss_that_wins_a_hair_of_its_height_is_flat(shift: float) -> None:
    steps = 10 * np.arange(120)
    falls = np.log(10) * (1 - 0.006 * np.arange(120) / 120) + noise(120, 0.002) + shift
    (finding,) = Flat().examine(run_of(falls, steps=steps))
    assert (finding.unit, finding.resolved) == ("of its height won", False)


def test_a_guess_among_classes_that_learns_is_not_flat() -> None:
    steps = 10 * np.arange(120)
    falls = np.log(10) * (1 - 0.1 * np.arange(120) / 120) + noise(120, 0.002)
    assert list(Flat().examine(run_of(falls, steps=steps))) == []


@pytest.mark.parametrize("seed", range(10))
def test_a_ragged_loss_below_zero_that_falls_is_not_flat_though_it_began_low(seed: int) -> None:
    """Batches of one, the first of them low by chance."""
    losses = falling(400, 0) * np.random.default_rng(seed).exponential(1, 400)
    losses[0] = 0.1
    told = Flat().examine(run_of(losses - 1))
    assert [f for f in told if f.severity is Severity.WARNING] == []


def test_a_loss_of_single_examples_that_falls_is_seldom_flat_though_it_began_low() -> None:
    told, fall = 0, 0.05 + (1 + np.arange(600) / 30) ** -0.5
    for seed in range(24):
        losses = fall * np.random.default_rng(seed).exponential(1, 600)
        losses[0], losses[20] = 0.01, 0.005
        told += "warning" in {f.severity for f in Flat().examine(run_of(losses))}
    assert told <= 3


def test_bursts_hide_no_loss_that_stands_where_it_began() -> None:
    random = np.random.default_rng(0)
    bursts = random.exponential(1, 120) * (random.random(120) < np.linspace(0.9, 0.05, 120))
    losses = 6.93 + 12 * bursts + np.abs(noise(120, 0.04))
    losses[0] = 7.2
    assert "warning" in {
        f.severity for f in Flat().examine(run_of(losses, steps=20 * np.arange(120)))
    }


@pytest.mark.parametrize(("first", "points"), [(0.88, 150), (1.2, 14)])
def test_a_first_batch_unlike_all_others_hides_no_model_at_rest(first: float, points: int) -> None:
    losses, steps = 1 + noise(points, 0.04), (210 // points) * np.arange(points)
    losses[0] = first
    at_rest, unknown = run_of(losses, steps=steps), run_of(losses, steps=steps)
    at_rest.add(Block("val_loss", steps[::2], 1 - 1e-7 * steps[::2]))
    assert [f.resolved for f in Flat().examine(at_rest)] == [False]
    assert list(Flat().examine(unknown)) == []


def test_ten_epochs_are_enough_where_rows_have_their_own_validation_loss() -> None:
    losses = 2.3 + noise(10, 0.01)
    evaluated = run_of(losses, x_axis="row")
    evaluated.add(Block("val_loss", np.arange(0, 10, 2), 2.3 + noise(5, 0.005, seed=1)))
    assert [f.fired_step for f in Flat().examine(evaluated)] == [9]
    assert list(Flat().examine(run_of(losses, x_axis="row"))) == []


def test_next_to_nothing_of_its_height_is_flat_however_clearly_it_fell() -> None:
    fall = np.linspace(0, 0.004, 40)
    told = [list(Flat().examine(run_of(1 - by, x_axis="epoch"))) for by in (fall, 4 * fall)]
    assert [len(findings) for findings in told] == [1, 0]


def test_a_validation_loss_that_stands_is_waited_on_for_a_quarter_of_the_plan() -> None:
    for planned in (40, 80):
        run = run_of(2.3 + noise(30, 0.1), x_axis="epoch", planned_steps=planned)
        run.add(Block("val_loss", np.arange(30), np.full(30, 2.3)))
        (finding,) = Flat().examine(run)
        assert planned / 4 <= finding.fired_step <= planned / 4 + 1


def test_ten_epochs_that_won_little_are_waited_for() -> None:
    losses = 0.7 * (1 - 0.0008 * np.arange(60)) - 0.003 * np.maximum(np.arange(60) - 15, 0)
    run = run_of(losses + noise(60, 5e-4), x_axis="row", val_loss=losses)
    assert list(Flat().examine(run)) == []


@pytest.mark.parametrize(("classes", "told"), [(5, True), (4.6, False)])
def test_a_model_that_guesses_is_flat_though_its_weights_move(classes: float, told: bool) -> None:
    level, steps = np.log(classes), 9 * np.arange(1, 101)
    thrown = np.array([1.02, 2.3, 1.1, 1.07, 1.08]) * level
    run = run_of(np.r_[thrown, level + noise(95, 0.012)], steps=steps)
    run.add(Block("val_loss", steps[::2], level + noise(50, 0.008, seed=1)))
    run.add(Block("val_accuracy", steps[::2], 0.2 + noise(50, 0.02, seed=2)))
    warned = [f for f in Flat().examine(run) if f.severity is Severity.WARNING]
    assert bool(warned) is told


@pytest.mark.parametrize(("learnt", "told"), [(0.001, True), (0.1, False)])
def test_a_first_batch_above_averages_is_no_fall_unless_validation_shows_one(
    learnt: float, told: bool
) -> None:
    steps = np.r_[1, 30 * np.arange(1, 31)]
    fall = np.r_[0, np.full(30, learnt)] + 0.005 * np.arange(31) / 30
    run = run_of(np.r_[0.62, 0.37 - fall[1:] + noise(30, 0.015)], steps=steps)
    run.add(Block("val_loss", steps, 0.34 - fall))
    warned = [f for f in Flat().examine(run) if f.severity is Severity.WARNING]
    assert bool(warned) is told


def guesser(share: float, *, thrown: float = 9.0, fit: float = 0.0, accuracy: float = 0.0) -> Run:
    """One of two classes for every example, after a throw; biases still swing.

    Args:
        thrown: where to.
        fit: by how much the training loss falls, as of a model that learns by heart.
        accuracy: how far it scatters.
    """
    steps, entropy = 5 * np.arange(1, 81), -share * np.log(share) - (1 - share) * np.log(1 - share)
    losses = np.r_[0.75, thrown, 0.7, entropy - fit * np.arange(77) / 77 + noise(77, 0.06)]
    run, evaluated = run_of(losses, steps=steps), steps[4::5]
    run.add(Block("val_loss", evaluated, entropy + np.abs(noise(16, 0.02, seed=1))))
    run.add(Block("val_accuracy", evaluated, share + accuracy * noise(16, 1, seed=2)))
    return run


@pytest.mark.parametrize("share", [0.6, 0.8, 0.9])
def test_a_model_that_gives_every_example_one_class_is_flat(share: float) -> None:
    told = [f for f in Flat().examine(guesser(share)) if f.clue is Clue.ONE_CLASS]
    assert [(f.severity, f.resolved) for f in told] == [(Severity.WARNING, False)]
    assert list(Flat().advise(told[0], guesser(share))) == []
    (then,) = Flat().examine(guesser(share).until(told[0].fired_step))
    assert then.message == told[0].message


@pytest.mark.parametrize("other", [{"fit": 0.3}, {"accuracy": 0.004}, {"thrown": 0.7}])
def test_one_that_learns_by_heart_or_answers_anew_or_never_left_its_start_is_not_told_so(
    other: dict[str, float],
) -> None:
    assert all(f.clue is not Clue.ONE_CLASS for f in Flat().examine(guesser(0.8, **other)))


def test_a_model_that_learns_again_gives_no_single_class_any_more() -> None:
    run, later = guesser(0.8), 5 * np.arange(81, 161)
    run.add(Block("loss", later, 0.1 + noise(80, 0.02)))
    run.add(Block("val_loss", later[4::5], 0.12 + noise(16, 0.01)))
    run.add(Block("val_accuracy", later[4::5], 0.95 + noise(16, 0.01)))
    told = [f for f in Flat().examine(run) if f.clue is Clue.ONE_CLASS]
    assert [f.resolved for f in told] == [True]
