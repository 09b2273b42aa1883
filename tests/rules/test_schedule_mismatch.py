from __future__ import annotations

import numpy as np
import pytest
from curves import falling, run_of

from lrdoctor.diagnosis import Action, Clue, Severity
from lrdoctor.rules.schedule_mismatch import ScheduleMismatch
from lrdoctor.run import Block, Floats, Run, Settings

SIZE = 300
PLAN = 0.01 * 0.5 * (1 + np.cos(np.pi * np.arange(SIZE) / SIZE))


def found(rates: Floats, losses: Floats | None = None, planned: int | None = None) -> list:  # type: ignore[type-arg]
    losses = falling(len(rates)) if losses is None else losses
    return list(ScheduleMismatch().examine(run_of(losses, planned_steps=planned, lr=rates)))


def test_a_jump_beyond_every_former_rate_is_told_at_once() -> None:
    (finding,) = found(np.where(np.arange(SIZE) < 200, 0.01, 1.0))
    assert (finding.onset_step, finding.fired_step, finding.resolved) == (200, 200, False)
    assert finding.severity is Severity.WARNING


def test_a_rate_that_had_begun_to_fall_jumps_however_few_points_there_are() -> None:
    decay, warmup = np.array([1.0, 0.9, 0.8, 0.7]), np.array([0.1, 0.1, 0.1, 0.1])
    (finding,) = found(np.append(decay, np.full(6, 200.0)))
    assert (finding.onset_step, finding.fired_step) == (4, 4)
    assert found(np.append(warmup, np.ones(6))) == []


@pytest.mark.parametrize(("times", "told"), [(1.4, 0), (1.6, 1)])
def test_a_decayed_rate_that_jumps_above_its_peak_is_told(times: float, told: int) -> None:
    assert len(found(np.where(np.arange(SIZE) < 220, PLAN, 0.01 * times))) == told


def test_a_jump_from_zero_is_measured_by_the_highest_rate_before() -> None:
    rates = np.where(np.arange(SIZE) < 200, 0.01, 0.0)
    rates[210:] = 0.05
    jump = next(f for f in found(rates) if f.unit == "times the rate before")
    assert (jump.onset_step, jump.measured) == (210, pytest.approx(5))


SCHEDULES = {
    "constant": np.full(SIZE, 0.01),
    "cosine": PLAN,
    "restarts": 0.01 * 0.5 * (1 + np.cos(np.pi * (np.arange(SIZE) % 100) / 100)),
    "steps": 0.01 * 0.1 ** (np.arange(SIZE) // 100),
    "warmup": 0.01 * np.minimum(1, (1 + np.arange(SIZE)) / 50),
    "triangle": 0.001 + 0.009 * np.abs((np.arange(SIZE) % 100) - 50) / 50,
    "range test": 1e-6 * 10 ** (6 * np.arange(SIZE) / SIZE),
    "one cycle": np.concatenate([np.linspace(4e-4, 0.01, 90), PLAN[::-1][:0], PLAN[:210]]),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_quiet_on_what_schedules_do(name: str) -> None:
    assert found(SCHEDULES[name]) == []


def resumed(after: Floats, before: Floats = PLAN) -> list:  # type: ignore[type-arg]
    run = Run("run", "run.csv", "csv")
    for tag, values, second in (("loss", falling(SIZE), falling(SIZE)), ("lr", before, after)):
        steps = np.concatenate([np.arange(200), np.arange(150, SIZE)])
        run.add(Block(tag, steps, np.concatenate([values[:200], second[150:]])))
    return list(ScheduleMismatch().examine(run))


def test_a_schedule_that_begins_anew_after_a_resume_is_told() -> None:
    (finding,) = resumed(np.concatenate([PLAN[:150], PLAN[:150]]))
    assert (finding.fired_step, finding.clue) == (150, Clue.AFTER_RESUME)
    assert "cosine" in finding.message


def test_quiet_where_a_resume_goes_on_as_planned() -> None:
    assert resumed(PLAN) == []


def test_quiet_where_a_resume_warms_up_to_its_schedule_again() -> None:
    ramp = np.ones(SIZE)
    ramp[150:170] = np.arange(1, 21) / 20
    assert resumed(PLAN * ramp) == []


def test_a_schedule_that_warms_up_past_its_place_began_anew() -> None:
    warmed = PLAN * np.minimum(1, np.arange(SIZE) / 20)
    (finding,) = resumed(np.concatenate([PLAN[:150], warmed[:150]]))
    assert (finding.onset_step, finding.clue) == (150, Clue.AFTER_RESUME)
    assert PLAN[finding.fired_step] * 1.5 < warmed[finding.fired_step - 150]
    assert PLAN[finding.fired_step - 1] * 1.5 >= warmed[finding.fired_step - 151]


def test_a_rate_that_is_again_the_first_one_a_tenth_above_its_schedule_began_anew() -> None:
    high = 0.6 * PLAN + 0.4 * PLAN[0]  # at 150 at 0.7 of its peak: within the factor of 1.5
    (finding,) = resumed(np.concatenate([high[:150], high[:150]]), high)
    assert finding.fired_step == 150


def test_quiet_where_a_restart_follows_a_warmup_that_came_back_to_the_schedule() -> None:
    ramp = np.ones(SIZE)
    ramp[150:160] = np.arange(10) / 10
    assert resumed(np.concatenate([PLAN[:180], PLAN[: SIZE - 180]]) * ramp) == []


RISE = np.minimum(1, np.arange(1, SIZE + 1) / SIZE)


@pytest.mark.parametrize("rates", [0.01 * RISE, 0.01 + 0.03 * (1 - PLAN / PLAN[0])])
def test_a_rate_that_still_climbs_at_six_tenths_of_the_plan_is_told(rates: Floats) -> None:
    (finding,) = found(rates, planned=SIZE)
    assert (finding.fired_step, finding.unit) == (180, "of the plan, and the rate still climbs")
    (advice,) = ScheduleMismatch().advise(finding, run_of(falling(SIZE), lr=rates))
    assert advice.action is Action.STOP
    assert found(rates) == []


@pytest.mark.parametrize("name", SCHEDULES)
def test_quiet_on_what_schedules_do_within_a_plan(name: str) -> None:
    assert found(SCHEDULES[name], planned=SIZE) == []


def test_a_rate_that_stays_low_after_a_resume_is_told_once_it_might_have_climbed() -> None:
    (finding,) = resumed(np.where(np.arange(SIZE) < 150, PLAN, 1e-3))
    assert (finding.onset_step, finding.fired_step) == (150, 158)


def cosine(total: int) -> Floats:
    return np.asarray(0.005 * (1 + np.cos(np.pi * np.arange(SIZE) / total)))


def test_a_cosine_made_for_twice_the_plan_is_told_at_half_of_it() -> None:
    run = run_of(falling(SIZE), planned_steps=SIZE, lr=cosine(2 * SIZE))
    (finding,) = ScheduleMismatch().examine(run)
    assert (finding.severity, finding.fired_step) == (Severity.WARNING, SIZE // 2)
    assert finding.measured == pytest.approx(0.5, abs=0.02)
    (advice,) = ScheduleMismatch().advise(finding, run)
    assert (advice.action, f" {SIZE}," in advice.reason) == (Action.DECAY_LR, True)


def test_a_line_that_is_high_at_the_planned_end_is_worth_knowing() -> None:
    (finding,) = found(0.01 * (1 - np.arange(SIZE) / (2 * SIZE)), planned=SIZE)
    assert (finding.severity, finding.fired_step) == (Severity.INFO, SIZE // 2)


def test_quiet_where_a_decay_ends_with_the_plan_or_no_plan_is_known() -> None:
    floor = 0.003 + 0.7 * PLAN
    assert found(floor, planned=SIZE) == []
    assert found(cosine(round(1.1 * SIZE)), planned=SIZE) == []
    assert found(0.01 * 0.995 ** np.arange(SIZE), planned=SIZE) == []
    assert found(cosine(2 * SIZE)) == []


def test_a_decay_that_ends_early_is_told() -> None:
    rates = np.concatenate([PLAN, np.full(SIZE, 1e-5)])
    (finding,) = found(rates)
    assert finding.severity is Severity.INFO
    assert 280 <= finding.onset_step <= 305
    (finding,) = found(rates, planned=2 * SIZE)
    assert finding.severity is Severity.WARNING


def test_a_start_at_full_rate_that_breaks_is_told_with_a_warmup_as_advice() -> None:
    losses = np.concatenate([[2.3, 2.2], np.full(40, np.nan)])
    rates = np.full(42, 0.1)
    (finding,) = found(rates, losses)
    assert (finding.severity, finding.fired_step) == (Severity.INFO, 2)
    run = run_of(losses, lr=rates)
    assert [a.action for a in ScheduleMismatch().advise(finding, run)] == [Action.LENGTHEN_WARMUP]


def test_a_loss_that_is_no_number_from_its_first_line_is_a_broken_start() -> None:
    lost, rates = np.full(42, np.nan), np.full(42, 0.1)
    (finding,) = ScheduleMismatch().examine(run_of(lost, steps=10 * np.arange(1, 43), lr=rates))
    assert (finding.onset_step, finding.fired_step) == (10, 10)
    assert found(rates, lost) == []  # the first batch: no rate had been in force


def test_quiet_where_a_warmed_up_start_breaks() -> None:
    losses = np.concatenate([[2.3, 2.2], np.full(40, np.nan)])
    assert found(0.1 * np.minimum(1, (1 + np.arange(42)) / 10), losses) == []


def test_settings_do_not_stand_in_for_logged_rates() -> None:
    run = Run("run", "run.csv", "csv", settings=Settings(learning_rate=0.1))
    run.add(Block("loss", np.arange(50), falling(50)))
    assert list(ScheduleMismatch().examine(run)) == []


def test_quiet_where_a_first_rate_was_held_for_a_tenth_of_the_plan() -> None:
    rates = np.where(np.arange(SIZE) < 25, 0.001, PLAN)
    assert found(rates, planned=SIZE) == []
    late, _ = found(rates, planned=100)  # and the decay is too long for that plan
    assert (late.fired_step, late.unit) == (25, "times the rate before")


def test_a_decay_of_few_rows_that_ends_early_is_told() -> None:
    rates = np.concatenate([PLAN[::50], np.full(SIZE, 1e-5)])
    (finding,) = found(rates, planned=SIZE)
    assert finding.unit == "of the steps since the decay ended"
    assert found(np.repeat(0.1 ** np.arange(6), 50), planned=2 * SIZE) == []
