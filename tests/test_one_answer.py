"""Whatever is asked of one log, the answers agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lrdoctor import doctor, experiment, learning_rate, monitor
from lrdoctor.config import Config
from lrdoctor.diagnosis import Action, Advice, Finding, LearningRate, Severity, Verdict
from lrdoctor.doctor.advice import advise
from lrdoctor.doctor.headline import told
from lrdoctor.learning_rate import comparison, proposals, situation
from lrdoctor.learning_rate.verdict import NEVER_RAISE
from lrdoctor.run import Block, Floats, Run


def run_of(losses: Floats, rate: float) -> Run:
    run = Run("run", "run.csv", "csv")
    steps = np.arange(len(losses))
    run.add(Block("train/loss", steps, losses))
    run.add(Block("lr", steps, np.full(len(losses), rate)))
    return run


def noise(seed: int, size: float, count: int = 300) -> Floats:
    return np.random.default_rng(seed).normal(0, size, count)


STEPS = np.arange(300)
STILL = 2.3 + noise(1, 1e-4)
LOGS = {
    "still at a high rate": run_of(STILL, 15.0),
    "still at a low rate": run_of(STILL, 1e-6),
    "slow": run_of(2.3 - STEPS / 1000 + noise(2, 0.02), 1e-4),
}


@pytest.mark.parametrize("log", LOGS)
def test_one_log_against_its_rate_has_one_next_rate(log: str) -> None:
    run = LOGS[log]
    checked = doctor.diagnose(run).learning_rate
    assert checked.verdict is Verdict.TOO_LOW
    answers = learning_rate.next_learning_rate([run]), comparison.compare([run]).suggestion
    for answer in answers:
        assert answer.value == pytest.approx(checked.suggested)
        assert (answer.low, answer.high) == pytest.approx((checked.low, checked.high), rel=0.05)


def test_a_loss_that_rises_slowly_asks_for_a_lower_rate_of_check_next_and_compare() -> None:
    risen = run_of(2.3 + 0.6 * (STEPS / 300) ** 2 + noise(2, 0.02), 1e-4)
    checked = doctor.diagnose(risen).learning_rate
    assert checked.verdict is Verdict.TOO_HIGH
    compared = comparison.compare([risen], examine=doctor.alarms)
    assert compared.trials[0].outcome == "diverged"
    assert compared.suggestion == learning_rate.next_learning_rate([risen], doctor.alarms)
    assert compared.suggestion.value == pytest.approx(checked.suggested)


def test_logs_on_disk_are_compared_by_the_rules_that_they_are_checked_by(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    risen = 2.3 + 0.6 * (STEPS / 300) ** 2 + noise(2, 0.02)
    rows = (f"{step},{loss},1e-4" for step, loss in enumerate(risen.tolist()))
    log.write_text("\n".join(["step,loss,lr", *rows]))
    for config in (Config(), Config(disabled=frozenset({"divergence"}))):
        checked = monitor.check([log], config=config)[0].learning_rate
        answers = (
            experiment.next_learning_rate([log], config=config),
            experiment.next_of_each([log], config=config)[0],
            experiment.compare([log], config=config).suggestion,
        )
        for answer in answers:
            assert answer.value == pytest.approx(checked.suggested)
    assert checked.verdict is Verdict.TOO_LOW


@pytest.mark.parametrize("rates", [(1e-4,), (1e-4, 1e-3)])
def test_no_rate_above_a_loss_that_was_lost_is_asked_for(rates: tuple[float, ...]) -> None:
    risen = [run_of(2.3 + 0.6 * (STEPS / 300) ** 2 + noise(2, 0.02), rate) for rate in rates]
    assert (learning_rate.next_learning_rate(risen, doctor.alarms).value or 0) < 1e-4


def test_the_alarms_are_those_of_the_whole_diagnosis() -> None:
    run = run_of(2.3 + 0.6 * (STEPS / 300) ** 2 + noise(2, 0.02), 1e-4)
    whole = [one for one in doctor.diagnose(run).findings if one.rule in NEVER_RAISE]
    assert whole
    assert list(doctor.alarms(run)) == whole


def test_a_still_loss_a_little_above_its_first_value_has_not_diverged() -> None:
    losses = STILL.copy()
    losses[0] -= 0.02
    compared = comparison.compare([run_of(losses, 1e-6)])
    assert compared.sentence.startswith("One run, at 1e-6")
    assert compared.trials[0].outcome == "good"


def test_a_run_that_one_batch_broke_has_not_diverged() -> None:
    losses = 0.3 + 2 * np.exp(-STEPS / 60) + noise(5, 0.03)
    losses[200:] = np.nan
    run = run_of(losses, 0.01)
    assert doctor.diagnose(run).learning_rate.verdict is Verdict.OK
    compared = comparison.compare([run])
    assert (compared.trials[0].outcome, compared.trials[0].final) == ("broken", None)
    assert compared.sentence.startswith("The only run broke before its end")


def test_no_schedule_goes_on_from_where_the_run_is_to_be_gone_back_from() -> None:
    losses = 0.3 + 2 * np.exp(-STEPS / 30) + noise(6, 0.03)
    losses[280:] = np.nan
    run = run_of(losses, 0.01)
    line = doctor.diagnose(run).to_dict()
    assert any(one["sound_step"] for one in line["advice"])  # type: ignore[index, union-attr, call-overload]
    assert all(one.from_step == 0 for one in proposals.propose(situation.of_line(run, line)))


def found(rule: str) -> Finding:
    return Finding(rule, Severity.WARNING, "train/loss", 9, 9, 99, False, 2.0, 1.0, "x", 0.9, "")


@pytest.mark.parametrize(
    ("verdict", "left"),
    [
        (Verdict.TOO_LOW, {Action.RAISE_LR: 40.0}),
        (Verdict.OK, {Action.RESTORE_CHECKPOINT: 3.0}),
    ],
)
def test_no_advice_speaks_against_the_verdict(verdict: Verdict, left: dict[Action, float]) -> None:
    rate = LearningRate(verdict=verdict, factor=40.0)
    asked = (Action.LOWER_LR, Action.RAISE_LR, Action.RESTORE_CHECKPOINT)
    its = [Advice(action, "divergence", "", "", 3.0, sound_step=1) for action in asked]
    given = advise(LOGS["slow"], {found("x"): its}, rate)
    assert {one.action: one.lr_factor for one in given} == left


def test_a_rate_too_low_is_told_of_a_loss_that_stands_still_and_not_of_one_that_rises() -> None:
    both = [found("divergence"), found("flat"), found("oscillation")]
    low = LearningRate(verdict=Verdict.TOO_LOW, confidence=0.9)
    first = told(LOGS["slow"], doctor.diagnose(LOGS["slow"]).status, both, low)
    assert first is both[1]
