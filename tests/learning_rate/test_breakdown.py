"""A loss that ends as no number: whether the rate is to blame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.diagnosis import Action, Verdict
from lrdoctor.doctor import diagnose
from lrdoctor.learning_rate import next_learning_rate
from lrdoctor.learning_rate.comparison import compare
from lrdoctor.learning_rate.losses import agreement
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.view import view
from lrdoctor.run import Block, Run

Trained = Callable[..., Run]


def broken(run: Run, rate: float) -> Run:
    """The run with five more losses that are NaN, at that rate."""
    at = run["train/loss"].steps[-1] + np.arange(1, 6)
    run.add(Block("loss", at, np.full(5, np.nan)))
    run.add(Block("lr", at, np.full(5, rate)))
    return run


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_a_break_out_of_a_calm_loss_speaks_not_against_its_rate(
    trained: Trained, rate: float
) -> None:
    told = diagnose(broken(trained(rate), rate))
    assert told.learning_rate.verdict is Verdict.OK
    assert told.learning_rate.suggested == rate
    assert "inputs of that step would tell" in told.headline
    assert "before the break" in told.learning_rate.reason


@pytest.mark.parametrize("steps", [8, 15])
def test_an_acquitted_rate_is_blamed_by_no_advice_and_no_headline(
    trained: Trained, steps: int
) -> None:
    """From so few losses the rule of the schedule would have it warmed up, and from 8 that of
    divergence, which sees the break alone, lowered."""
    told = diagnose(broken(trained(0.1, steps=steps), 0.1))
    assert told.learning_rate.verdict is Verdict.OK
    actions = {a.action for a in told.advice}
    assert {Action.RESTORE_CHECKPOINT, Action.FIX_DATA} <= actions
    assert not {Action.LOWER_LR, Action.LENGTHEN_WARMUP} & actions
    assert "inputs of that step would tell" in told.headline


def test_a_rate_that_climbed_to_the_break_is_lowered_and_no_batch_is_looked_for(
    trained: Trained,
) -> None:
    told = diagnose(broken(trained(0.1), 0.25))
    actions = {a.action for a in told.advice}
    assert Action.LOWER_LR in actions
    assert Action.FIX_DATA not in actions


def test_a_rate_that_jumped_to_the_break_is_taken_back_and_no_batch_is_looked_for(
    trained: Trained,
) -> None:
    told = diagnose(broken(trained(0.1), 10.0))
    assert (told.learning_rate.verdict, told.learning_rate.suggested) == (Verdict.OK, 0.1)
    actions = {a.action for a in told.advice}
    assert Action.RESTORE_CHECKPOINT in actions
    assert not {Action.LOWER_LR, Action.FIX_DATA} & actions


def test_a_break_after_growth_is_the_rates(trained: Trained) -> None:
    told = diagnose(broken(trained(1.5), 1.5))
    assert told.learning_rate.verdict is Verdict.TOO_HIGH
    assert "no longer a number" in told.learning_rate.reason


def test_a_break_where_the_rate_climbed_is_the_rates(trained: Trained) -> None:
    told = diagnose(broken(trained(0.1), 0.25)).learning_rate
    assert told.verdict is Verdict.TOO_HIGH
    assert told.suggested is not None
    assert told.suggested < 0.25


def test_a_break_of_two_losses_is_the_rates(trained: Trained) -> None:
    told = diagnose(broken(trained(0.1, steps=2), 0.1)).learning_rate
    assert told.verdict is Verdict.TOO_HIGH


def test_a_break_never_raises_a_rate(trained: Trained) -> None:
    told = diagnose(broken(trained(1e-4), 1e-4)).learning_rate
    assert told.verdict is not Verdict.TOO_LOW
    assert told.factor is None or told.factor <= 1


def test_after_a_break_out_of_a_calm_loss_its_rate_is_tried_again(trained: Trained) -> None:
    run = broken(trained(0.03), 0.03)
    answer = next_learning_rate([run])
    assert answer.value is not None
    assert abs(np.log10(answer.value / 0.03)) < 0.17
    assert "again: the run there broke by something else" in answer.reason
    assert compare([run]).suggestion == answer


def test_a_rate_that_broke_twice_is_not_tried_a_third_time(trained: Trained) -> None:
    answer = next_learning_rate([broken(trained(0.03, name=name), 0.03) for name in "ab"])
    assert answer.value is not None
    assert abs(np.log10(answer.value / 0.03)) > 0.15


def test_the_losses_before_such_a_break_tell_of_a_rate_too_low(trained: Trained) -> None:
    answer = next_learning_rate([broken(trained(1e-4), 1e-4)])
    assert answer.value is not None
    assert answer.value > 1e-3
    assert "before they broke" in answer.reason


def test_a_run_that_broke_is_never_the_one_to_keep(trained: Trained) -> None:
    runs = [trained(1e-3), broken(trained(0.1), 0.1)]
    answer = next_learning_rate(runs)
    assert answer.value is not None
    assert answer.best == runs[0].path


def test_how_a_run_that_was_cut_short_ended_is_held_against_no_rate(trained: Trained) -> None:
    seen = [view(trace(trained(rate)), model()) for rate in (1e-3, 0.1)]
    cut = view(trace(broken(trained(0.1), 0.1)), model())
    lost = replace(cut, end=np.inf)
    low, high = np.array([[-2.5]]), np.array([[-0.5]])
    assert cut.cut_short
    without = agreement(seen, low, high)
    assert agreement([*seen, cut], low, high) == without
    assert agreement([*seen, lost], low, high) < without
    assert agreement([cut], low, high) == 0
