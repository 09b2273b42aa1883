"""Loss against rate, the best and the next one, from studies that are really run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pytest

from lrdoctor import sweep
from lrdoctor.errors import UsageError
from lrdoctor.sweep.storage import add, of_optuna
from lrdoctor.sweep.summary import ENDS_ONLY
from lrdoctor.sweep.trial import State, Study, Trial
from tests.sweep.conftest import begin, losses, run

StudyOf = Callable[..., optuna.Study]
GRID = (1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.9)


def test_a_grid_shows_its_basin(study_of: StudyOf) -> None:
    study = study_of()
    run(study, *GRID)
    told = sweep.summarise(of_optuna(study))
    assert told.best is not None
    assert told.best.params["lr"] in (0.01, 0.1)
    assert told.lowest is not None
    assert 0.01 < told.lowest < 0.5
    assert told.comparison is not None
    outcomes = {trial.rate: trial.outcome for trial in told.comparison.trials}
    assert (outcomes[1e-5], outcomes[0.1]) == ("too_low", "good")
    json.dumps(told.to_dict(), allow_nan=False)


def test_the_last_values_alone_show_it_too() -> None:
    def value(n: int, rate: float) -> Trial:
        end = float(np.mean(list(losses(rate))[-30:]))
        return Trial(n, f"s/trial {n}", State.COMPLETE, {"lr": rate}, end)

    told = sweep.summarise(Study("s", "s.db", tuple(map(value, range(6), GRID))))
    assert told.comparison is None
    assert told.lowest is not None
    assert 0.01 < told.lowest < 0.5
    assert ENDS_ONLY in told.suggestion.reason
    assert told.suggestion.low is not None
    assert told.suggestion.high is not None
    assert told.suggestion.low < 0.1 < told.suggestion.high


def test_a_value_that_is_no_number_is_not_the_best() -> None:
    values = (np.nan, 0.5, 0.25, np.nan)
    trials = tuple(
        Trial(n, f"s/trial {n}", State.COMPLETE, {"lr": 10.0**-n}, value)
        for n, value in enumerate(values)
    )
    told = sweep.summarise(Study("s", "s.csv", trials))
    assert told.best is trials[2]
    json.dumps(told.to_dict(), allow_nan=False)


def test_what_is_maximised_is_a_loss_turned_round(study_of: StudyOf) -> None:
    down, up = study_of(), study_of(direction="maximize", study_name="up")
    for study, sign in ((down, 1), (up, -1)):
        for n, rate in enumerate((1e-5, 0.1)):
            study.enqueue_trial({"lr": rate})
            trial = study.ask()
            trial.suggest_float("lr", 1e-6, 10, log=True)
            for step, loss in enumerate(losses(rate, 60, seed=n)):
                trial.report(sign * loss, step)
            study.tell(trial, sign * loss)
    one, other = (sweep.summarise(of_optuna(study)) for study in (down, up))
    assert one.best is not None
    assert other.best is not None
    assert one.best.number == other.best.number == 1
    assert one.suggestion.value == other.suggestion.value
    assert one.lowest == other.lowest


def test_running_trials_count_only_while_there_are_no_others(study_of: StudyOf) -> None:
    study = study_of()
    begin(study, 1e-4, 60)
    alone = sweep.summarise(of_optuna(study)).suggestion
    assert alone.value is not None
    assert alone.value > 1e-3
    run(study, 0.1)
    told = sweep.summarise(of_optuna(study))
    assert told.comparison is not None
    assert [trial.name for trial in told.comparison.trials] == ["study/trial 1"]


def test_a_rate_that_is_being_tried_is_waited_for(study_of: StudyOf) -> None:
    study = study_of()
    run(study, 1e-4)
    next_one = sweep.summarise(of_optuna(study)).suggestion
    assert next_one.value is not None
    assert "running" not in next_one.reason
    begin(study, 1.2 * next_one.value, 5)
    told = sweep.summarise(of_optuna(study)).suggestion
    assert told.value == next_one.value
    assert told.reason.endswith("is running: wait for it.")


def test_a_pruned_trial_speaks_for_the_next_rate_but_is_no_end(study_of: StudyOf) -> None:
    study = study_of(pruner=optuna.pruners.ThresholdPruner(upper=5, n_warmup_steps=30))
    run(study, 1e-5)
    assert study.trials[0].state.name == "PRUNED"
    alone = sweep.next_rate(of_optuna(study))
    assert alone.value is not None
    assert alone.value > 1e-4
    run(study, 0.1)
    told = sweep.summarise(of_optuna(study))
    assert told.comparison is not None
    assert len(told.comparison.trials) == 1
    assert "2 runs" in told.suggestion.reason or told.suggestion.value is None


def test_the_rates_parameter_is_found_or_named(study_of: StudyOf) -> None:
    study = study_of()
    study.optimize(lambda trial: trial.suggest_float("alpha", 1e-3, 1.0, log=True), n_trials=2)
    told = of_optuna(study, "s.db")
    with pytest.raises(UsageError, match=r"s\.db: which parameter .* parameters are alpha"):
        sweep.summarise(told)
    assert sweep.summarise(told, "alpha").rates == tuple(t.params["alpha"] for t in study.trials)
    with pytest.raises(UsageError, match="no trial has a positive parameter 'beta'"):
        sweep.summarise(told, "beta")


def test_a_study_without_trials_says_so() -> None:
    with pytest.raises(UsageError, match="has no trials yet"):
        sweep.summarise(Study("s", "s.db", ()))
    waiting = (Trial(0, "a", State.WAITING, {"lr": 0.1}),)
    with pytest.raises(UsageError, match="no trial has come to a value"):
        sweep.summarise(Study("s", "s.db", waiting))


def test_the_next_rate_is_one_that_the_study_may_draw(
    study_of: StudyOf, storage: tuple[str, object]
) -> None:
    path, target = storage
    study = study_of(target)
    for n, rate in enumerate((2e-6, 1e-5)):
        study.enqueue_trial({"lr": rate})
        trial = study.ask()
        trial.suggest_float("lr", 1e-6, 5e-4, log=True)  # the good rates lie above 0.003
        for step, loss in enumerate(losses(rate, 100, seed=n)):
            trial.report(loss, step)
        study.tell(trial, loss)
    for told in (of_optuna(study), sweep.load([path])):
        assert told.span() == (1e-6, 5e-4)
        value = sweep.next_rate(told).value
        assert value is not None
        assert 1e-5 < value <= 5e-4


def test_a_range_that_is_all_tried_is_to_be_widened(study_of: StudyOf) -> None:
    study = study_of()
    for n, rate in enumerate((1e-6, 1.4e-6, 2e-6)):
        study.enqueue_trial({"lr": rate})
        trial = study.ask()
        trial.suggest_float("lr", 0.9e-6, 2.1e-6, log=True)
        for step, loss in enumerate(losses(rate, 100, seed=n)):
            trial.report(loss, step)
        study.tell(trial, loss)
    told = sweep.next_rate(of_optuna(study))
    assert told.value is not None
    assert not 0.9e-6 <= told.value <= 2.1e-6
    assert "widen the range" in told.reason


def test_a_study_made_of_runs_declares_no_range(tmp_path: Path) -> None:
    told = [list(losses(rate, 100)) for rate in (1e-5, 1e-4)]
    trials = tuple(
        Trial(n, f"r/{n}", State.COMPLETE, {"lr": rate}, values[-1],
              np.arange(100), np.array(values))
        for n, (rate, values) in enumerate(zip((1e-5, 1e-4), told, strict=True))
    )  # fmt: skip
    target = str(tmp_path / "made.db")
    add(Study("made", "r", trials), target, None)
    study = sweep.load([target])
    assert study.span() is None
    value = sweep.next_rate(study).value
    assert value is not None
    assert value > 1e-3
