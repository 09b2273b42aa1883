"""Studies driven by the adviser's next rate and pruned by diagnosis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from lrdoctor.sweep import DiagnosisPruner, NextRateSampler
from tests.sweep.conftest import SPACE, losses, objective

StudyOf = Callable[..., optuna.Study]
BEST = 0.6
"""The best rates end near 0.26 and all begin near 7: a twentieth of that way is as good."""


@pytest.mark.parametrize("first", [1e-6, 1e-4, 2.0, 9.0])
def test_it_finds_a_good_rate_from_a_bad_one_and_stops(study_of: StudyOf, first: float) -> None:
    study = study_of(sampler=NextRateSampler(seed=0))
    study.enqueue_trial({"lr": first})
    study.optimize(objective, n_trials=6, catch=(ValueError,))
    assert study.best_value < BEST
    assert len(study.trials) <= 5


def test_without_stopping_it_stays_among_good_rates(study_of: StudyOf) -> None:
    study = study_of(sampler=NextRateSampler(stop=False, seed=0))
    study.enqueue_trial({"lr": 1e-4})
    study.optimize(objective, n_trials=7, catch=(ValueError,))
    assert len(study.trials) == 7
    late = [trial.params["lr"] for trial in study.trials[4:]]
    assert all(1e-3 < rate < 1 for rate in late)


def test_a_step_that_no_counter_can_have_come_to_is_passed_over(study_of: StudyOf) -> None:
    study = study_of(sampler=NextRateSampler(seed=1))
    for step in (10, 10**30):
        trial = study.ask(SPACE)
        trial.report(1.0, step)
        study.tell(trial, 1.0)
    assert len(study.trials) == 2


def test_ask_and_tell_without_a_loop(study_of: StudyOf) -> None:
    study = study_of(sampler=NextRateSampler(seed=0))
    for _ in range(4):
        trial = study.ask()
        study.tell(trial, objective(trial))
    assert study.best_value < BEST


def test_the_first_rate_is_the_middle_of_the_range(study_of: StudyOf) -> None:
    study = study_of(sampler=NextRateSampler())
    trial = study.ask()
    assert trial.suggest_float("lr", 1e-6, 1.0, log=True) == pytest.approx(1e-3)
    assert trial.suggest_float("base_lr", 0.1, 0.5, step=0.1) == pytest.approx(0.3)


def test_other_parameters_are_the_other_samplers(study_of: StudyOf) -> None:
    rest = optuna.samplers.GridSampler({"momentum": [0.0, 0.5], "decay": [0.1, 0.2]}, seed=0)
    study = study_of(sampler=NextRateSampler("alpha", rest=rest, stop=False))
    seen = set()

    def objective(trial: optuna.Trial) -> float:
        momentum = trial.suggest_categorical("momentum", [0.0, 0.5])
        decay = trial.suggest_float("decay", 0.1, 0.2)
        rate = trial.suggest_float("alpha", 1e-5, 1.0, log=True)
        seen.add((momentum, decay))
        for step, loss in enumerate(losses(rate, 60)):
            trial.report(loss, step)
        return loss

    study.optimize(objective, n_trials=4)
    assert seen == {(0.0, 0.1), (0.0, 0.2), (0.5, 0.1), (0.5, 0.2)}


def test_a_rate_is_never_outside_its_range(study_of: StudyOf) -> None:
    study = study_of(sampler=NextRateSampler(stop=False, seed=0))
    for _ in range(4):
        trial = study.ask()
        rate = trial.suggest_float("lr", 1e-6, 1e-4, log=True)
        assert 1e-6 <= rate <= 1e-4
        for step, loss in enumerate(losses(rate, 60)):
            trial.report(loss, step)
        study.tell(trial, loss)


def test_a_rate_under_way_is_not_tried_again(study_of: StudyOf) -> None:
    study = study_of(sampler=NextRateSampler(seed=0))
    study.enqueue_trial({"lr": 1e-4})
    study.optimize(objective, n_trials=1)
    rates = [study.ask().suggest_float("lr", 1e-6, 10, log=True) for _ in range(3)]
    assert len({round(float(np.log10(rate)), 2) for rate in rates}) == 3


def test_a_diverging_trial_is_pruned_and_a_good_one_is_not(study_of: StudyOf) -> None:
    study = study_of(pruner=DiagnosisPruner())
    for rate in (0.1, 3.0):
        study.enqueue_trial({"lr": rate})
    study.optimize(lambda trial: objective(trial, every=1), n_trials=2)
    good, bad = study.trials
    assert (good.state, bad.state) == (TrialState.COMPLETE, TrialState.PRUNED)
    assert bad.last_step is not None
    assert bad.last_step < 100


def test_what_the_diagnosis_lets_pass_another_pruner_may_stop(study_of: StudyOf) -> None:
    below = optuna.pruners.ThresholdPruner(upper=1.0, n_warmup_steps=50)
    study = study_of(pruner=DiagnosisPruner(below))
    study.enqueue_trial({"lr": 1e-5})
    study.optimize(objective, n_trials=1)
    assert study.trials[0].state is TrialState.PRUNED


def test_it_works_with_hyperband(study_of: StudyOf) -> None:
    hyperband = optuna.pruners.HyperbandPruner(min_resource=40, max_resource=200)
    study = study_of(sampler=NextRateSampler(seed=0), pruner=hyperband)
    study.enqueue_trial({"lr": 1e-4})
    study.optimize(objective, n_trials=8, catch=(ValueError,))
    assert study.best_value < BEST


def test_of_several_objectives_the_sampler_says_so(study_of: StudyOf) -> None:
    study = study_of(sampler=NextRateSampler(), directions=["minimize", "maximize"])
    with pytest.raises(ValueError, match="multi-objective"):
        study.ask().suggest_float("lr", 1e-6, 1.0, log=True)
