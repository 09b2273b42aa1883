"""Rungs are those of Optuna's pruners, and so is who stops at them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import optuna
import pytest
from optuna.pruners import HyperbandPruner, SuccessiveHalvingPruner

from lrdoctor import sweep
from lrdoctor.errors import UsageError
from lrdoctor.sweep.pruning import Decision, ordinal, value_at
from lrdoctor.sweep.rungs import Rungs
from lrdoctor.sweep.storage import of_optuna
from lrdoctor.sweep.trial import State, Study, Trial
from tests.sweep.conftest import SPACE, begin, run

StudyOf = Callable[..., optuna.Study]


def curves(seed: int, count: int, steps: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Falling losses of different heights that cross one another."""
    rng = np.random.default_rng(seed)
    fall = np.exp(-np.arange(steps) * rng.uniform(0.01, 0.2, (count, 1)))
    return rng.uniform(0.5, 2, (count, 1)) * fall + rng.uniform(0, 0.5, (count, 1))


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize(("least", "factor", "rate"), [(2, 4, 0), (3, 3, 0), (1, 2, 2)])
def test_who_stops_is_whom_optunas_pruner_stops(
    study_of: StudyOf, direction: str, least: int, factor: int, rate: int
) -> None:
    pruner = SuccessiveHalvingPruner(least, factor, rate)
    study = study_of(pruner=pruner, direction=direction)
    sign = 1 if direction == "minimize" else -1
    plan_of = {"least": least, "most": 60, "factor": factor, "rate": rate}
    compared = 0
    for curve in curves(5, 40, 60):
        trial = study.ask(SPACE)
        for step, loss in enumerate(curve):
            trial.report(sign * loss, step)
            told = of_optuna(study)
            rungs = {Rungs(least, 60, factor).step(k, rate) for k in range(8)}
            stops = trial.should_prune()
            if step in rungs:
                (one,) = sweep.standings(told, sweep.plan(told, **plan_of))
                if one.step == step and one.decision is not Decision.WAIT:
                    assert (one.decision is Decision.STOP) is stops, one
                    compared += 1
            if stops:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, sign * float(curve[-1]))
    assert compared > 30


@pytest.mark.parametrize(("least", "most", "factor"), [(1, 81, 3), (1, 243, 3), (5, 400, 4)])
def test_brackets_are_those_of_optunas_hyperband(
    study_of: StudyOf, least: int, most: int, factor: int
) -> None:
    pruner = HyperbandPruner(least, most, factor)
    study = study_of(pruner=pruner)
    trials = [study.ask(SPACE) for _ in range(200)]
    for trial in trials:
        trial.report(1.0, 0)
        trial.should_prune()
    rungs = Rungs(least, most, factor)
    frozen = study.get_trials(deepcopy=False)
    theirs = [pruner._get_bracket_id(study, trial) for trial in frozen]
    assert [rungs.bracket_of("study", n) for n in range(200)] == theirs
    assert len(rungs.brackets) == pruner._n_brackets
    assert [b.trials for b in rungs.brackets] == pruner._trial_allocation_budgets


def test_the_papers_table_of_brackets() -> None:
    # Li et al. 2016, table 1: R = 81, eta = 3.
    brackets = Rungs(1, 81, 3).brackets
    assert [b.trials for b in brackets] == [81, 34, 15, 8, 5]
    assert [b.steps for b in brackets] == [(1, 3, 9, 27), (3, 9, 27), (9, 27), (27,), ()]


def test_too_few_at_a_rung_wait(study_of: StudyOf) -> None:
    study = study_of()
    for rate in (0.1, 1e-4, 1e-3):
        begin(study, rate, 25)
    told = of_optuna(study)
    waits = sweep.standings(told, sweep.plan(told, least=20, most=200, factor=4))
    assert {one.decision for one in waits} == {Decision.WAIT}
    assert "4 must have come there" in waits[0].reason
    begin(study, 1e-5, 25)
    told = of_optuna(study)
    found = sweep.standings(told, sweep.plan(told, least=20, most=200, factor=4))
    assert [(one.number, one.decision) for one in found] == [
        (1, Decision.STOP), (2, Decision.STOP), (3, Decision.STOP), (0, Decision.GO_ON),
    ]  # fmt: skip
    assert found[0].saved == 200 - 24
    assert "arXiv 1810.05934" in found[0].source


def test_a_trial_that_diverges_is_stopped_before_any_rung(study_of: StudyOf) -> None:
    study = study_of()
    run(study, 0.1)
    begin(study, 3.0, 60)
    told = of_optuna(study)
    (one,) = sweep.standings(told, sweep.plan(told, least=100, most=200))
    assert one.decision is Decision.STOP
    assert "diverging" in one.reason


def test_the_first_rung_is_a_hundredth_of_the_longest_trial(study_of: StudyOf) -> None:
    trials = (Trial(0, "a", State.COMPLETE, steps=np.array([999]), values=np.ones(1)),)
    plan = sweep.plan(Study("s", "s.db", trials))
    assert (plan.rungs.least, plan.rungs.most, plan.rungs.factor) == (9, 999, 4)
    with pytest.raises(UsageError, match="no trial is complete"):
        sweep.plan(Study("s", "s.db", ()))


def test_a_logs_value_at_a_rung_is_a_mean_and_a_studys_a_report() -> None:
    steps, values = np.arange(1, 201), np.tile([0.0, 2.0], 100)
    trial = Trial(0, "a", State.RUNNING, steps=steps, values=values)
    dense = Study("s", "", (trial,), dense=True)
    assert value_at(dense, trial, 100) == 1.0
    assert value_at(Study("s", "", (trial,)), trial, 100) == 2.0
    assert value_at(dense, trial, 201) is None


def test_nan_is_last_at_its_rung(study_of: StudyOf) -> None:
    values = [1.0, 2.0, math.nan, math.inf]
    trials = tuple(
        Trial(n, str(n), State.RUNNING, steps=np.array([10]), values=np.array([value]))
        for n, value in enumerate(values)
    )
    study = Study("s", "", trials)
    found = {s.number: s for s in sweep.standings(study, sweep.plan(study, least=10, most=99))}
    assert [found[n].decision for n in range(4)] == [Decision.GO_ON, *[Decision.STOP] * 3]


@pytest.mark.parametrize("wrong", [
    {"least": 0}, {"factor": 1}, {"most": 3}, {"rate": -1}, {"rate": 5000}, {"factor": 10**9},
    {"least": 10**4000, "most": 10**4000}, {"most": 10**400}, {"most": 0},
])  # fmt: skip
def test_figures_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        sweep.plan(Study("s", "s.db", ()), **{"least": 5, "most": 100, **wrong})


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th",
    ]  # fmt: skip
