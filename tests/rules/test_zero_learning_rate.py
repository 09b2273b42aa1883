from __future__ import annotations

import numpy as np
from curves import falling, run_of

from lrdoctor.rules.zero_learning_rate import ZeroLearningRate
from lrdoctor.run import Block, Run


def test_a_sudden_zero_is_told_at_once() -> None:
    rates = np.where(np.arange(100) < 60, 0.1, 0.0)
    (finding,) = ZeroLearningRate().examine(run_of(falling(100), lr=rates))
    assert (finding.onset_step, finding.fired_step, finding.last_step) == (60, 60, 99)


def test_a_schedule_that_ended_early_is_told_after_its_patience() -> None:
    rates = np.maximum(0, 1 - np.arange(100) / 60)
    (finding,) = ZeroLearningRate().examine(run_of(falling(100), lr=rates))
    assert (finding.onset_step, finding.fired_step) == (60, 63)


def test_quiet_on_a_schedule_that_ends_with_the_run() -> None:
    for points in (5, 10, 100):
        rates = np.linspace(1, 0, points)
        assert list(ZeroLearningRate().examine(run_of(falling(points), lr=rates))) == []


def test_quiet_before_a_warmup() -> None:
    rates = np.concatenate([np.zeros(10), np.linspace(0, 1, 90)])
    assert list(ZeroLearningRate().examine(run_of(falling(100), lr=rates))) == []


def test_it_is_resolved_when_the_rate_comes_back() -> None:
    rates = np.where((np.arange(100) < 60) | (np.arange(100) >= 80), 0.1, 0.0)
    (finding,) = ZeroLearningRate().examine(run_of(falling(100), lr=rates))
    assert finding.resolved
    assert finding.last_step == 79


def test_a_rate_that_was_never_above_zero_is_told() -> None:
    still = 2.3 + np.random.default_rng(0).normal(0, 0.02, 100)
    (finding,) = ZeroLearningRate().examine(run_of(still, lr=np.zeros(100)))
    assert (finding.onset_step, finding.fired_step, finding.resolved) == (0, 19, False)


def test_quiet_where_the_log_rounds_the_rate_to_zero() -> None:
    assert list(ZeroLearningRate().examine(run_of(falling(100), lr=np.zeros(100)))) == []


def test_a_rate_that_begins_late_resolves_it() -> None:
    still = 2.3 + np.random.default_rng(0).normal(0, 0.02, 100)
    rates = np.where(np.arange(100) < 50, 0.0, 0.1)
    (finding,) = ZeroLearningRate().examine(run_of(still, lr=rates))
    assert (finding.last_step, finding.resolved) == (49, True)


def test_quiet_where_a_resume_warms_up_anew() -> None:
    run = Run("run", "run.csv", "csv")
    steps = np.concatenate([np.arange(60), np.arange(50, 100)])
    run.add(Block("loss", steps, falling(100)[steps]))
    run.add(Block("lr", steps, np.where(np.arange(110) < 60, 0.1, (np.arange(110) - 60) / 500)))
    assert list(ZeroLearningRate().examine(run)) == []
