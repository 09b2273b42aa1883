from __future__ import annotations

import numpy as np
import pytest
from curves import falling, run_of

from lrdoctor.diagnosis import Action, Clue, Severity
from lrdoctor.rules.nan import Nan
from lrdoctor.run import Block, Run


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_it_fires_at_the_very_point(value: float) -> None:
    losses = falling()
    losses[237] = value
    (finding,) = Nan().examine(run_of(losses))
    assert (finding.onset_step, finding.fired_step, finding.last_step) == (237, 237, 237)
    assert finding.severity is Severity.CRITICAL
    assert finding.resolved
    np.testing.assert_equal(finding.measured, value)


def test_it_is_exact_deep_in_a_long_run_and_in_its_open_end() -> None:
    losses = falling(100_000)
    losses[[70_001, 99_999]] = np.nan
    assert [f.onset_step for f in Nan().examine(run_of(losses))] == [70_001, 99_999]


def test_a_blank_is_not_a_nan() -> None:
    run = Run("run", "run.csv", "csv")
    run.add(Block("loss", np.array([0, 5, 9]), np.array([2.0, 1.5, 1.2])))
    assert list(Nan().examine(run)) == []


def test_gaps_shorter_than_its_patience_are_one_episode() -> None:
    losses = falling(60)
    losses[[20, 24, 29]] = np.nan
    (finding,) = Nan().examine(run_of(losses))
    assert (finding.onset_step, finding.last_step) == (20, 29)
    losses[40] = np.nan
    assert [f.onset_step for f in Nan().examine(run_of(losses))] == [20, 40]


def test_another_loss_is_only_a_warning() -> None:
    held_out = np.ones(400)
    held_out[100] = np.nan
    run = run_of(falling())
    run.add(Block("val_loss", np.arange(400), held_out))
    (finding,) = Nan().examine(run)
    assert (finding.metric, finding.severity) == ("val/loss", Severity.WARNING)


def test_a_step_that_a_loss_scaler_skips_is_only_worth_knowing() -> None:
    norms = np.ones(400)
    norms[[0, 1, 2, 100, 102, 104, 106, 108, 300]] = np.inf
    found = list(Nan().examine(run_of(falling(), grad_norm=norms)))
    assert [(f.onset_step, f.severity) for f in found] == [
        (0, Severity.INFO), (100, Severity.INFO), (300, Severity.INFO)
    ]  # fmt: skip


def test_a_gradient_norm_that_stays_lost_is_a_warning_once_that_is_known() -> None:
    norms = np.ones(400)
    norms[395:] = np.nan
    told = [(f.fired_step, f.severity) for f in Nan().examine(run_of(falling(), grad_norm=norms))]
    assert told == [(395, Severity.INFO), (399, Severity.WARNING)]


def test_a_figure_that_is_no_measure_of_training_may_be_nan() -> None:
    assert list(Nan().examine(run_of(falling(), temperature=np.full(400, np.nan)))) == []


def test_growth_before_it_is_told_and_lowers_the_rate() -> None:
    losses = falling(60)
    losses[50:55] = [3, 9, 40, 300, 5e4]
    losses[55:] = np.nan
    run = run_of(losses)
    (finding,) = Nan().examine(run)
    assert "rose from" in finding.message
    assert "5e+04" in finding.message
    assert finding.clue is Clue.METRIC_ROSE
    assert {a.action for a in Nan().advise(finding, run)} == {
        Action.RESTORE_CHECKPOINT,
        Action.LOWER_LR,
    }


def test_a_growing_gradient_norm_is_told() -> None:
    losses, norms = falling(60), np.ones(60)
    losses[50:] = np.nan
    norms[47:50] = [20, 300, 4000]
    (finding,) = Nan().examine(run_of(losses, grad_norm=norms))
    assert "gradient norm rose" in finding.message
    assert finding.clue is Clue.GRADIENT_ROSE


def warmed(end: int, rows: int = 30) -> np.ndarray:  # type: ignore[type-arg]
    """A rate that climbs until row ``end`` and stays."""
    return np.minimum(np.arange(1, rows + 1) / end, 1.0)


def test_a_rate_that_climbs_is_told_and_so_is_that_nothing_else_does() -> None:
    losses = falling(30)
    losses[20:] = np.nan
    run = run_of(losses, lr=warmed(25))
    (finding,) = Nan().examine(run)
    assert "the learning rate rose from 0.08 to 0.84" in finding.message
    assert finding.clue is Clue.RATE_ROSE
    assert {a.action: a.reason.split(":")[0] for a in Nan().advise(finding, run)} == {
        Action.RESTORE_CHECKPOINT: "Go back to a checkpoint from step 19 or earlier",
        Action.LOWER_LR: "The learning rate still rose before the NaN",
        Action.FIX_DATA: "Nothing else grew before the NaN",
    }


def test_a_loss_that_never_was_a_number_is_not_said_to_have_become_none() -> None:
    (finding,) = Nan().examine(run_of(np.full(30, np.nan)))
    assert finding.message == "train/loss is NaN from step 0, its first value."


def test_a_warmup_that_was_over_is_no_rate_that_climbs() -> None:
    losses = falling(30)
    losses[20:] = np.nan
    (finding,) = Nan().examine(run_of(losses, lr=warmed(10)))
    assert "nothing grew before it" in finding.message


def test_nothing_before_it_points_at_the_batch() -> None:
    losses = falling(60)
    losses[50:] = np.nan
    run = run_of(losses)
    (finding,) = Nan().examine(run)
    advice = {a.action: a for a in Nan().advise(finding, run)}
    assert set(advice) == {Action.RESTORE_CHECKPOINT, Action.FIX_DATA}
    assert advice[Action.RESTORE_CHECKPOINT].from_step == 49


def test_a_nan_of_the_first_batch_is_not_the_rates_and_has_no_checkpoint_before_it() -> None:
    run = run_of(np.full(40, np.nan), lr=np.full(40, 1e-3))
    (finding,) = Nan().examine(run)
    assert [a.action for a in Nan().advise(finding, run)] == [Action.FIX_DATA]


def test_an_epoch_is_called_one() -> None:
    losses = falling(60)
    losses[50:] = np.nan
    run = Run("run", "run.csv", "csv", x_axis="epoch")
    run.add(Block("loss", np.arange(60), losses))
    (finding,) = Nan().examine(run)
    assert "from epoch 50" in finding.message
    assert "from epoch 49" in next(iter(Nan().advise(finding, run))).reason


def test_where_the_loss_had_grown_it_goes_back_to_before_the_growth() -> None:
    losses = falling(560)
    losses[500:530] = losses[500] * np.exp(np.arange(30) / 5)
    losses[530:] = np.nan
    run = run_of(losses)
    (finding,) = Nan().examine(run)
    back, lower = Nan().advise(finding, run)
    assert back.action is Action.RESTORE_CHECKPOINT
    assert back.from_step is not None
    assert 495 <= back.from_step <= 504
    assert back.reason.startswith(f"Go back to a checkpoint from step {back.from_step} or earlier:")
    assert "while it grew" in back.reason
    assert lower.from_step == back.from_step


def test_where_the_gradient_norm_had_grown_it_goes_back_to_before_that() -> None:
    losses, norms = falling(400), np.ones(400) + 0.05 * np.cos(np.arange(400))
    norms[380:] *= np.exp(np.arange(20) / 3)
    losses[399] = np.nan
    run = run_of(losses)
    run.add(Block("grad_norm", np.arange(400), norms))
    (finding,) = (f for f in Nan().examine(run) if f.metric == "train/loss")
    back = next(iter(Nan().advise(finding, run)))
    assert back.from_step is not None
    assert 378 <= back.from_step <= 384


def test_where_nothing_had_grown_it_goes_back_one_point() -> None:
    losses = falling(300)
    losses[250:] = np.nan
    run = run_of(losses)
    (finding,) = Nan().examine(run)
    back = next(iter(Nan().advise(finding, run)))
    assert back.from_step == 249
    assert "with the next update" in back.reason
