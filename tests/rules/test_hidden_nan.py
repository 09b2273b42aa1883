from __future__ import annotations

import numpy as np
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.rules.hidden_nan import HiddenNan
from lrdoctor.run import Block, Run

GONE = np.arange(100) >= 70


def test_zero_beside_a_gradient_of_nan_is_told_at_its_second_point() -> None:
    run = run_of(np.where(GONE, 0.0, falling(100)), grad_norm=np.where(GONE, np.nan, 1.0))
    (finding,) = HiddenNan().examine(run)
    assert (finding.onset_step, finding.fired_step) == (70, 71)
    assert (finding.severity, finding.resolved) == (Severity.CRITICAL, False)
    assert {a.action for a in HiddenNan().advise(finding, run)} == {
        Action.STOP, Action.RESTORE_CHECKPOINT
    }  # fmt: skip


def test_zero_beside_a_validation_loss_of_nan_is_told() -> None:
    run = run_of(np.where(GONE, 0.0, falling(100)))
    at = np.arange(0, 100, 10)
    run.add(Block("eval_loss", at, np.where(at >= 70, np.nan, 1.0)))
    assert [f.onset_step for f in HiddenNan().examine(run)] == [70]


def test_a_fall_to_one_number_without_any_witness_is_told() -> None:
    (finding,) = HiddenNan().examine(run_of(np.where(GONE, 0.0, falling(100))))
    assert (finding.onset_step, finding.fired_step) == (70, 74)


def test_a_single_overflow_that_the_loss_scaler_skips_is_quiet() -> None:
    norms = np.where(np.arange(100) % 23 == 7, np.inf, 1.0)
    assert list(HiddenNan().examine(run_of(falling(100), grad_norm=norms))) == []


def test_quiet_where_the_loss_is_learnt_down_to_zero() -> None:
    losses = np.maximum(np.exp(-np.arange(200) / 15) + noise(200, 1e-3), 0).round(3)
    assert list(HiddenNan().examine(run_of(losses))) == []


def test_over_where_the_loss_moves_again() -> None:
    losses = np.where(GONE & (np.arange(100) < 85), 0.0, falling(100))
    (finding,) = HiddenNan().examine(run_of(losses))
    assert finding.resolved
    assert finding.last_step == 84


def dropping(back: bool = False) -> Run:
    run, steps = Run("run", "run", "csv"), np.arange(0, 2000, 10)
    kept = (steps < 300) | (back & (steps > 900))
    run.add(Block("loss", steps[kept], falling(200)[kept]))
    run.add(Block("lr", steps, np.full(200, 0.1)))
    return run


def test_a_loss_that_is_no_longer_logged_is_a_warning() -> None:
    (finding,) = HiddenNan().examine(dropping())
    assert (finding.severity, finding.onset_step) == (Severity.WARNING, 290)
    assert finding.fired_step <= 500


def test_said_the_same_when_the_loss_comes_back() -> None:
    (before,), (after,) = HiddenNan().examine(dropping()), HiddenNan().examine(dropping(back=True))
    assert after.resolved
    assert (before.onset_step, before.fired_step) == (after.onset_step, after.fired_step)


def test_quiet_where_the_loss_was_always_rare() -> None:
    run = Run("run", "run", "csv")
    run.add(Block("loss", np.arange(0, 2000, 400), falling(5)))
    run.add(Block("lr", np.arange(2000), np.full(2000, 0.1)))
    assert list(HiddenNan().examine(run)) == []


def test_quiet_where_the_validation_loss_is_nan_of_its_own() -> None:
    losses = np.round(falling(200), 2)
    assert (np.diff(losses) == 0).any()
    run = run_of(losses)
    run.add(Block("val_loss", np.arange(0, 200, 10), np.full(20, np.nan)))
    assert list(HiddenNan().examine(run)) == []


def test_a_validation_loss_that_is_lost_with_the_weights_shows_it() -> None:
    gone = np.arange(200) >= 95
    run = run_of(np.where(gone, 0.0, falling(200)))
    at = np.arange(0, 200, 10)
    run.add(Block("val_loss", at, np.where(at >= 95, np.nan, 1.0)))
    assert [f.severity for f in HiddenNan().examine(run)] == [Severity.CRITICAL]
