"""Several parameter groups log a rate each, at scales of their own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lrdoctor import schedules
from lrdoctor.run import Block, Floats, Ints, Run
from lrdoctor.schedules import recognise

STEPS: Ints = np.arange(0, 2000, 10)
DONE = STEPS / 2000
WARM = np.minimum(1.0, STEPS / 200)
SHAPES = {
    "cosine": 0.5 * (1 + np.cos(np.pi * DONE)),
    "warmup-cosine": np.where(STEPS < 200, WARM, 0.5 * (1 + np.cos(np.pi * (STEPS - 200) / 1800))),
    "linear": 1 - DONE,
    "exponential": 0.998**STEPS,
    "step": 0.1 ** (3 * STEPS // 2000),
    "constant": np.ones(len(STEPS)),
}


def grouped(groups: dict[str, Floats]) -> Run:
    run = Run("run", "run.csv", "csv")
    run.add(Block("loss", STEPS, np.exp(-2 * DONE)))
    for tag, rates in groups.items():
        run.add(Block(tag, STEPS, rates))
    return run


@pytest.mark.parametrize("kind", SHAPES)
def test_each_group_follows_the_schedule_at_its_own_scale(kind: str) -> None:
    plans = [recognise(STEPS, scale * SHAPES[kind]) for scale in (3e-7, 1e-5, 1e-3, 0.1, 30.0)]
    assert {plan.kind for plan in plans} == {kind}
    for plan, scale in zip(plans, (3e-7, 1e-5, 1e-3, 0.1, 30.0), strict=True):
        assert plan.base == pytest.approx(scale, rel=1e-3)
        shared = {k: v for k, v in plan.parameters.items() if k.endswith(("steps", "gamma"))}
        first = {k: plans[0].parameters[k] for k in shared}
        assert shared == pytest.approx(first, rel=1e-3)


@pytest.mark.parametrize("kind", SHAPES)
def test_the_first_group_is_the_run_s_whatever_the_order_they_are_logged_in(kind: str) -> None:
    groups = {"lr/group_0": 1e-5 * SHAPES[kind], "lr/group_1": 1e-3 * SHAPES[kind]}
    for order in itertools.permutations(groups):
        run = grouped({tag: groups[tag] for tag in order})
        assert run["lr"].tag == "lr/group_0"
        plan = schedules.of(run)
        assert plan is not None
        assert (plan.kind, round(plan.base, 9)) == (kind, 1e-5)


def test_biases_that_warm_up_from_above_do_not_hide_the_schedule_of_the_weights() -> None:
    decay = 1 - 0.99 * DONE
    weights = 0.01 * np.where(STEPS < 200, WARM * (1 - 0.99 * 0.1), decay)
    biases = np.where(STEPS < 200, 0.1 - (0.1 - 0.01 * (1 - 0.099)) * WARM, 0.01 * decay)
    run = grouped({"lr/pg0": weights, "lr/pg1": weights, "lr/pg2": biases})
    plan = schedules.of(run)
    assert plan is not None
    assert plan.kind == "warmup-linear"
    assert plan.parameters["warmup_steps"] == pytest.approx(200, abs=20)


def test_a_frozen_group_stays_at_zero_and_is_no_trouble() -> None:
    from lrdoctor.rules.schedule_mismatch import ScheduleMismatch
    from lrdoctor.rules.zero_learning_rate import ZeroLearningRate

    run = grouped({"lr/group_0": np.zeros(len(STEPS)), "lr/group_1": 1e-3 * SHAPES["cosine"]})
    for rule in (ZeroLearningRate(), ScheduleMismatch()):
        assert list(rule.examine(run)) == []
