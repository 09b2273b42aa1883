"""A run whose rate jumped is judged by what it was before."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor import doctor, learning_rate
from lrdoctor.diagnosis import Action, Verdict
from lrdoctor.learning_rate import comparison, proposals, situation
from lrdoctor.learning_rate.jump import before_jump, jump_of
from lrdoctor.learning_rate.trace import base_rate
from lrdoctor.run import Block, Floats, Run

STEPS = np.arange(400)
HEALTHY = 0.3 + 2 * np.exp(-STEPS / 50) + np.random.default_rng(4).normal(0, 0.03, 400)
RATES = np.where(STEPS < 300, 0.02, 2.0)


def run_of(losses: Floats, rates: Floats) -> Run:
    run = Run("run", "run.csv", "csv")
    run.add(Block("train/loss", STEPS, losses))
    run.add(Block("lr", STEPS, rates))
    return run


@pytest.fixture
def broken() -> Run:
    return run_of(np.where(STEPS < 300, HEALTHY, HEALTHY + 3), RATES)


def test_the_rate_before_the_jump_is_the_base_that_is_kept(broken: Run) -> None:
    told = doctor.diagnose(broken).learning_rate
    assert (told.value, told.current, told.schedule) == (0.02, 2.0, "constant")
    assert (told.verdict, told.suggested) == (Verdict.OK, 0.02)
    assert told.reason.startswith("Judged up to step 300, where the rate jumped from 0.02 to 2. ")


def test_the_part_before_the_jump_is_cut_out_once(
    broken: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cuts = Run.until, list[int]()

    def until(run: Run, step: int) -> Run:
        cuts.append(step)
        return whole(run, step)

    monkeypatch.setattr(Run, "until", until)
    learning_rate.assess(broken)
    assert cuts == [299]


def test_the_advice_is_to_take_the_jump_back_and_no_other_rate(broken: Run) -> None:
    given = {one.action: one for one in doctor.diagnose(broken).advice}
    assert Action.LOWER_LR not in given
    back = given[Action.RESTORE_CHECKPOINT]
    assert "jumped from 0.02 to 2" in back.reason
    assert back.sound_step == 299


def test_next_compare_and_schedule_start_from_the_rate_before(broken: Run) -> None:
    for answer in (
        learning_rate.next_learning_rate([broken]),
        comparison.compare([broken]).suggestion,
    ):
        assert answer.value == pytest.approx(0.02, rel=1)
    assert comparison.compare([broken]).trials[0].outcome == "broken"
    place = situation.of_line(broken, doctor.diagnose(broken).to_dict())
    assert (place.base, place.old, place.back) == (0.02, 0.02, True)
    assert all(one.from_step == 0 for one in proposals.propose(place))


def test_a_loss_that_a_jump_makes_no_number_counts_as_harmed() -> None:
    assert jump_of(run_of(np.where(STEPS < 300, HEALTHY, np.nan), RATES)) == (300, 0.02, 2.0)


@pytest.mark.parametrize(
    "rates",
    [
        0.02 * np.minimum(1, (STEPS + 1) / 320),  # a long warmup
        0.02 * (1 + 9 * np.abs((STEPS / 50) % 2 - 1)),  # cycles
        0.01 * (1.01 + np.cos(np.pi * (STEPS % 100) / 100)),  # restarts
        1e-4 * 10 ** (STEPS / 100),  # a range test
        0.02 * np.where(STEPS < 200, 0.04 + STEPS / 200, 2.04 - STEPS / 200),  # one-cycle
    ],
    ids=["warmup", "cyclic", "restarts", "range test", "one-cycle"],
)
def test_no_schedule_is_a_jump(rates: Floats) -> None:
    run = run_of(np.where(STEPS < 300, HEALTHY, HEALTHY + 3), rates)
    assert jump_of(run) is None
    assert before_jump(run) is run


def test_a_raise_that_does_no_harm_is_the_rate_of_the_run() -> None:
    run = run_of(HEALTHY, RATES)
    assert jump_of(run) is None
    assert base_rate(run) == (2.0, 2.0)
