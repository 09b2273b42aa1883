"""Where a trace begins: at its first row, or at what validation saw before it. How far it is."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.learning_rate.trace import trace
from lrdoctor.run import Block, Run, Settings

STEPS = np.arange(50, 1050, 50)
MEANS = 0.2 + 1.5 * np.exp(-STEPS / 300)


def logged(val: list[float], at: list[int], means: np.ndarray = MEANS) -> Run:
    run = Run("means", "means.csv", "csv")
    run.add(Block("loss", STEPS, means))
    run.add(Block("val/loss", np.array(at), np.array(val)))
    return run


def test_a_validation_before_the_first_mean_is_where_training_began() -> None:
    seen = trace(logged([2.3, 1.5], [0, 50]))
    assert seen.loss[:2] == pytest.approx([2.3, MEANS[0]])
    assert len(seen) == len(seen.done) == len(seen.time) == len(MEANS) + 1
    assert seen.done[0] == pytest.approx(0.0, abs=1e-9)
    assert np.all(np.diff(seen.time) > 0)


def test_one_some_steps_later_stands_there() -> None:
    seen = trace(logged([1.9, 1.5], [25, 50]))
    assert seen.loss[0] == 1.9
    assert seen.time[0] == pytest.approx(25 / 1000)


@pytest.mark.parametrize("run", [
    logged([2.3, 1.5], [50, 100]),  # not before
    logged([230.0, 150.0], [0, 50]),  # summed, not averaged
    logged([2.3], [0]),  # nothing to compare it by
    logged([np.nan, 1.5], [0, 50]),
], ids=["later", "another unit", "alone", "not finite"])  # fmt: skip
def test_elsewhere_it_begins_at_its_first_row(run: Run) -> None:
    assert trace(run).loss == pytest.approx(MEANS)


def test_a_validation_loss_that_stands_for_the_training_loss_is_not_counted_twice() -> None:
    run = Run("val", "val.csv", "csv")
    run.add(Block("val/loss", STEPS, MEANS))
    assert trace(run).loss == pytest.approx(MEANS)


def scheduled(rates: np.ndarray, planned: int | None = None) -> Run:  # type: ignore[type-arg]
    run = Run("plan", "plan.csv", "csv", settings=Settings(planned_steps=planned))
    run.add(Block("loss", STEPS, MEANS))
    run.add(Block("lr", STEPS, rates))
    return run


COSINE = 0.05 * (1 + np.cos(np.pi * STEPS / 4000))


def test_a_plan_that_the_log_tells_says_how_far_on_the_run_is() -> None:
    assert trace(scheduled(COSINE, planned=2000)).progress == pytest.approx(0.5)


def test_else_the_end_of_its_own_schedule_does() -> None:
    assert trace(scheduled(COSINE)).progress == pytest.approx(0.25, rel=0.02)


def test_a_constant_rate_tells_no_end() -> None:
    assert np.isnan(trace(scheduled(np.full(len(STEPS), 0.1))).progress)
