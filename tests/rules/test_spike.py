from __future__ import annotations

import numpy as np
import pytest
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Action, Clue, Severity
from lrdoctor.rules.spike import Spike
from lrdoctor.run import Block, Run


def test_a_spike_is_told_at_its_own_step_and_is_over_at_once() -> None:
    losses = falling(400)
    losses[250] += 1.5
    (finding,) = Spike().examine(run_of(losses))
    assert (finding.onset_step, finding.fired_step, finding.last_step) == (250, 250, 250)
    assert finding.resolved
    assert finding.severity is Severity.INFO


def test_above_the_start_it_is_a_warning() -> None:
    losses = falling(400)
    losses[250] = 9
    (finding,) = Spike().examine(run_of(losses))
    assert finding.severity is Severity.WARNING


def test_one_that_counts_asks_to_clip_and_to_look_at_the_batch() -> None:
    for height, actions in ((9.0, [Action.CLIP_GRADIENTS, Action.FIX_DATA]), (2.0, [])):
        losses = falling(400)
        losses[250] = height
        run = run_of(losses)
        (finding,) = Spike().examine(run)
        advice = list(Spike().advise(finding, run))
        assert [one.action for one in advice] == actions
        assert all(one.from_step == 250 for one in advice)


def test_a_spike_within_a_block_keeps_its_own_step() -> None:
    losses = falling(20_000)
    losses[17_777] = 9
    (finding,) = Spike().examine(run_of(losses))
    assert finding.onset_step == 17_777
    assert finding.fired_step >= 17_777


def test_the_third_stands_for_all_that_follow() -> None:
    losses = falling(600)
    losses[[200, 260, 320, 380, 440]] += 1.0
    found = list(Spike().examine(run_of(losses)))
    assert [f.onset_step for f in found] == [200, 260, 320]
    assert [f.severity for f in found[:2]] == [Severity.INFO] * 2
    assert found[-1].severity is Severity.WARNING
    assert found[-1].last_step == 440
    assert ["the third spike" in f.message for f in found] == [False, False, True]


def test_what_stays_up_is_not_resolved() -> None:
    losses = falling(400)
    losses[250:] += 3
    found = list(Spike().examine(run_of(losses)))
    assert len(found) == 2
    for finding in found:
        assert not finding.resolved
        assert finding.last_step == 399


def test_what_stays_up_for_five_points_is_a_warning() -> None:
    losses = falling(400)
    losses[250:] += 0.9
    early, late = Spike().examine(run_of(losses))
    assert (early.severity, early.fired_step, early.clue) == (Severity.INFO, 250, None)
    assert (late.severity, late.fired_step, late.clue) == (Severity.WARNING, 254, Clue.STAYED_UP)
    assert late.measured == pytest.approx(0.9 / 1.7, rel=0.1)  # it had fallen to 0.6


def test_what_stays_up_for_four_points_is_no_warning() -> None:
    losses = falling(400)
    losses[250:254] += 0.9
    (finding,) = Spike().examine(run_of(losses))
    assert finding.severity is Severity.INFO


def test_what_stays_up_asks_for_the_data_and_a_checkpoint_of_before() -> None:
    losses = falling(400)
    losses[250:] += 0.9
    run = run_of(losses)
    early, late = Spike().examine(run)
    assert list(Spike().advise(early, run)) == []
    data, back = Spike().advise(late, run)
    assert (data.action, back.action) == (Action.FIX_DATA, Action.RESTORE_CHECKPOINT)
    assert (data.from_step, back.sound_step) == (250, 249)


def test_what_came_back_asks_for_nothing() -> None:
    losses = falling(400)
    losses[250:300] += 0.9
    run = run_of(losses)
    late = list(Spike().examine(run))[-1]
    assert (late.clue, late.resolved) == (Clue.STAYED_UP, True)
    assert list(Spike().advise(late, run)) == []


@pytest.mark.parametrize("seed", range(10))
def test_heavy_tails_are_no_spikes(seed: int) -> None:
    ragged = 0.05 * np.random.default_rng(seed).standard_t(4, 1000)
    losses = falling(1000, 0.0) + ragged
    assert [f for f in Spike().examine(run_of(losses)) if f.severity != "info"] == []


def test_a_restart_of_the_schedule_is_expected() -> None:
    losses, rates = falling(400), 0.5 * (1 + np.cos(np.pi * (np.arange(400) % 200) / 200))
    losses[200:204] += 1.5
    assert list(Spike().examine(run_of(losses, lr=rates))) == []
    assert len(list(Spike().examine(run_of(losses)))) == 1


def test_a_first_jump_of_the_rate_is_not_expected() -> None:
    losses, rates = falling(400), np.where(np.arange(400) < 200, 0.01, 1.0)
    losses[200:204] += 1.5
    assert len(list(Spike().examine(run_of(losses, lr=rates)))) == 1


def test_quiet_on_a_drop() -> None:
    losses = falling(400) + np.where(np.arange(400) < 200, 3, 0) + noise(400)
    assert list(Spike().examine(run_of(losses))) == []


def test_spikes_at_one_place_of_the_epoch_are_laid_to_its_batches() -> None:
    for at, tied, clue in (
        ([205, 305, 405], "same place", Clue.EVERY_EPOCH),
        ([205, 305, 442], "not tied", None),
        ([205, 331, 442], "not tied", None),
    ):
        losses = falling(600)
        losses[at] += 2.5
        run = run_of(losses)
        run.add(Block("epoch", np.arange(600), np.arange(600) / 100))
        told = list(Spike().examine(run))[-1]
        assert tied in told.message
        assert told.clue is clue


def test_bursts_of_a_loss_that_learns_nothing_are_told_whatever_came_before() -> None:
    losses = 6.9 + noise(60, 0.01)
    losses[[10, 20, 40]] += [10, 12, 9]
    found = list(Spike().examine(run_of(losses)))
    assert [f.onset_step for f in found] == [10, 20, 40]
    assert {f.severity for f in found} == {Severity.INFO}


def test_a_step_up_that_stays_is_told_though_the_log_is_used_to_jumps() -> None:
    losses = falling(400)
    losses[100] += 0.45  # nine deviations: no spike, but what the log is used to
    losses[250:] += 0.9
    finding = next(Spike().examine(run_of(losses)))
    assert (finding.onset_step, finding.fired_step, finding.resolved) == (250, 252, False)
    assert "stayed up" in finding.message


@pytest.mark.parametrize("seed", range(10))
def test_a_climb_is_no_jump(seed: int) -> None:
    losses = falling(400, seed=seed)
    losses[200:] += np.linspace(0, 2, 200)
    assert list(Spike().examine(run_of(losses))) == []


def test_bursts_of_a_loss_that_stands_still_are_told_though_they_are_many() -> None:
    losses = 5 + np.abs(noise(50, 0.02))
    losses[1] += 9
    losses[8] += 6
    losses[[5, 11, 13, 17, 22, 25]] += 0.6
    losses[30] += 12
    found = list(Spike().examine(run_of(losses)))
    assert found[-1].onset_step == 30
    assert {f.severity for f in found} == {Severity.INFO}


def test_a_jump_out_of_the_calm_end_of_a_short_fall_is_told() -> None:
    losses = np.array([2.4, 1.4, 1.05, 1.02, 1.0, 1.01, 6.0, 7.5, 7.3, 1.2, 8.5])
    found = list(Spike().examine(run_of(losses)))
    assert [f.fired_step for f in found[:1]] == [6]
    assert list(Spike().examine(run_of(losses[:6]))) == []


def test_a_rate_that_has_fallen_again_since_its_restart_excuses_no_spike() -> None:
    """A cosine that restarts every few points of a coarse log."""
    losses = np.array([3.9, 2.0, 0.8, 0.5, 0.4, 0.2, 9.6, 6.7, 4.1, 2.9, 2.5])
    rate = 1e-3 * np.array([14.7, 11.8, 5.2, 0.4, 13.4, 7.5, 1.5, 14.4, 9.8, 3.2, 12.0])
    (finding,) = Spike().examine(run_of(losses, lr=rate))
    assert finding.fired_step == 6


def beside_validation(jump: float, echo: float, place: int = 31) -> Run:
    """A loss that jumps at point 148 and is back at once; one of every five has a validation loss,
    and that at ``place`` jumps."""
    losses, held_out = falling(300, 0.05), falling(60, 0.02)
    losses[148] += jump
    held_out[place] += echo
    run = run_of(losses)
    run.add(Block("val_loss", np.arange(60) * 5, held_out))
    return run


def test_a_jump_that_the_next_validation_loss_follows_is_told_when_that_is_known() -> None:
    assert list(Spike().examine(beside_validation(0.5, 0.0))) == []
    assert list(Spike().examine(beside_validation(0.0, 1.0, place=30))) == []
    (finding,) = Spike().examine(beside_validation(0.5, 1.0, place=30))
    assert (finding.onset_step, finding.fired_step, finding.resolved) == (148, 150, True)
    assert "and val/loss with it" in finding.message


def test_a_validation_loss_that_jumped_before_or_later_follows_no_jump() -> None:
    for place in (29, 31, 32):
        assert list(Spike().examine(beside_validation(0.5, 1.0, place))) == [], place


def thrown_up(rest: np.ndarray) -> Run:  # type: ignore[type-arg]
    """A loss of 2.3 that its first steps throw up, and what it comes back to."""
    return run_of(np.concatenate([[2.3, 4e7, 4e6, 400.0, 30.0, 6.0, 3.0], rest]))


def test_a_loss_that_the_first_steps_threw_up_and_left_at_its_start_asks_for_shorter_ones() -> None:
    run = thrown_up(2.2 + noise(24, 0.05))
    (finding,) = Spike().examine(run)
    assert (finding.onset_step, finding.severity, finding.resolved) == (1, Severity.WARNING, False)
    assert finding.clue is Clue.THROWN_UP
    assert finding.measured == pytest.approx(4e7 / 2.3)
    (advice,) = Spike().advise(finding, run)
    assert advice.action is Action.LOWER_LR


def test_one_that_learns_after_its_first_steps_threw_it_up_is_over_once_it_has() -> None:
    at_once = thrown_up(np.linspace(1.5, 0.1, 24) + noise(24, 0.02))
    assert [f for f in Spike().examine(at_once) if f.clue is Clue.THROWN_UP] == []
    later = thrown_up(np.concatenate([np.full(10, 2.2), np.linspace(2, 0.1, 24)]))
    (finding,) = (f for f in Spike().examine(later) if f.clue is Clue.THROWN_UP)
    assert finding.resolved
    assert list(Spike().advise(finding, later)) == []


def test_a_lesser_rise_or_a_low_first_loss_is_not_thrown_up() -> None:
    lesser = run_of(np.concatenate([[2.3, 200.0, 20.0, 6.0], 2.2 + noise(27, 0.05)]))
    low = run_of(np.concatenate([[0.01], 2.2 + noise(30, 0.05)]))
    for run in (lesser, low):
        assert [f for f in Spike().examine(run) if f.clue is Clue.THROWN_UP] == []
