"""A run whose loss jumped and stayed up at a calm rate is judged by what it was before."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor import doctor, learning_rate
from lrdoctor.diagnosis import Action, Clue, Verdict
from lrdoctor.learning_rate import comparison
from lrdoctor.learning_rate.undone import seen_before, undone
from lrdoctor.run import Block, Floats, Run

STEPS = np.arange(400)
HEALTHY = 0.3 + 2 * np.exp(-STEPS / 50) + np.random.default_rng(4).normal(0, 0.03, 400)
SHUFFLED = HEALTHY + np.where(STEPS < 300, 0.0, 1.5)


def run_of(losses: Floats, rates: Floats | None = None) -> Run:
    run = Run("run", "run.csv", "csv")
    run.add(Block("train/loss", STEPS, losses))
    run.add(Block("lr", STEPS, np.full(400, 0.02) if rates is None else rates))
    return run


def test_the_rate_is_judged_up_to_the_jump() -> None:
    told = doctor.diagnose(run_of(SHUFFLED)).learning_rate
    assert (told.verdict, told.suggested) == (Verdict.OK, 0.02)
    assert told.reason.startswith("Judged up to step 300, where the loss jumped and stayed up. ")


def test_the_advice_is_to_mend_the_data_and_no_other_rate() -> None:
    given = {one.action for one in doctor.diagnose(run_of(SHUFFLED)).advice}
    assert {Action.FIX_DATA, Action.RESTORE_CHECKPOINT} <= given
    assert not given & {Action.LOWER_LR, Action.RAISE_LR}


def test_next_and_compare_judge_it_as_check_does() -> None:
    run = run_of(SHUFFLED)
    own = doctor.diagnose(run).learning_rate
    seen, looked = seen_before(run, doctor.alarms(run))
    assert seen.cut
    assert own.probabilities == pytest.approx(
        dict(zip(own.probabilities, looked.probabilities.tolist(), strict=True))
    )
    told = learning_rate.next_learning_rate([run], doctor.alarms)
    assert told.low is not None
    assert told.high is not None
    assert told.low <= 0.02 <= told.high
    (trial,) = comparison.compare([run], "final", doctor.alarms).trials
    assert trial.outcome == "broken"


def test_a_jump_of_the_rate_is_no_calm_one() -> None:
    run = run_of(SHUFFLED, np.where(STEPS < 300, 0.02, 0.04))
    assert undone(run, doctor.alarms(run)) is None


@pytest.mark.parametrize(("at", "judged"), [(300, True), (150, False)])
def test_one_that_it_came_back_from_counts_until_as_much_has_come_since(
    at: int, judged: bool
) -> None:
    bump = (at <= STEPS) & (at + 20 > STEPS)
    run = run_of(HEALTHY + np.where(bump, 1.5, 0.0))
    told = doctor.diagnose(run)
    assert any(f.clue is Clue.STAYED_UP and f.resolved for f in told.findings)
    assert told.learning_rate.reason.startswith("Judged up to step 300") == judged
