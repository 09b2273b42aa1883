"""Runs known by their logs alone: as trials, pruned while they grow, and put into a study."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pytest

from lrdoctor import sweep
from lrdoctor.sweep import storage
from lrdoctor.sweep.pruning import Decision
from lrdoctor.sweep.trial import State
from tests.sweep.conftest import losses, run

StudyOf = Callable[..., optuna.Study]
WHOLE = 200


def log(folder: Path, name: str, rate: float, steps: int = WHOLE, **settings: object) -> Path:
    """A run's folder: a CSV and how it was set up."""
    place = folder / name
    place.mkdir(parents=True)
    rows = (f"{n},{loss},{rate}" for n, loss in enumerate(losses(rate, steps), 1))
    (place / "metrics.csv").write_text("\n".join(["step,train_loss,lr", *rows, ""]))
    told = {"lr": rate, "max_steps": WHOLE, "batch_size": 32, **settings}
    text = "".join(f"{key}: {value}\n" for key, value in told.items())
    (place / "hparams.yaml").write_text(text)
    return place


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Four whole runs and three that are under way, one of them lost."""
    folder = tmp_path / "runs"
    for name, rate, steps in (
        ("a", 1e-4, WHOLE), ("b", 0.01, WHOLE), ("c", 0.1, WHOLE), ("d", 1e-3, WHOLE),
        ("live-good", 0.05, 90), ("live-low", 1e-5, 90), ("live-lost", 2.0, 60),
    ):  # fmt: skip
        log(folder, name, rate, steps)
    return folder


def test_runs_are_trials(runs: Path) -> None:
    study = sweep.load([runs])
    states = {trial.name: trial.state for trial in study.trials}
    assert states == {
        "a": State.COMPLETE, "b": State.COMPLETE, "c": State.COMPLETE, "d": State.COMPLETE,
        "live-good": State.RUNNING, "live-low": State.RUNNING, "live-lost": State.RUNNING,
    }  # fmt: skip
    assert {trial.params["learning_rate"] for trial in study.trials} >= {1e-4, 0.01, 0.1}
    assert study.planned == WHOLE
    best = sweep.summarise(study).best
    assert best is not None
    assert best.name in ("b", "c")


def test_a_log_that_fell_silent_is_no_running_trial(runs: Path) -> None:
    old = time.time() - 3600
    os.utime(runs / "live-good" / "metrics.csv", (old, old))
    states = {trial.name: trial.state for trial in sweep.load([runs]).trials}
    assert states["live-good"] is State.COMPLETE
    assert states["live-low"] is State.RUNNING


def test_a_run_that_came_as_far_as_one_that_ended_is_no_longer_running(tmp_path: Path) -> None:
    old = time.time() - 3600
    for name, rate, steps in (("a", 1e-3, 60), ("b", 0.01, 60), ("c", 0.1, 45)):
        (log(tmp_path, name, rate, steps) / "hparams.yaml").unlink()  # no plan is known
    os.utime(tmp_path / "a" / "metrics.csv", (old, old))
    states = {trial.name: trial.state for trial in sweep.load([tmp_path]).trials}
    assert states == {"a": State.COMPLETE, "b": State.COMPLETE, "c": State.RUNNING}


def test_running_logs_are_stopped_at_their_rung(runs: Path) -> None:
    study = sweep.load([runs])
    found = {one.trial: one for one in sweep.standings(study, sweep.plan(study, least=20))}
    assert set(found) == {"live-good", "live-low", "live-lost"}
    assert found["live-good"].decision is Decision.GO_ON
    low = found["live-low"]
    assert (low.decision, low.step, low.place) == (Decision.STOP, 80, low.others)
    assert low.saved == WHOLE - 90
    assert found["live-lost"].decision is Decision.STOP
    assert "learning rate is too high" in found["live-lost"].reason


def test_a_log_that_grows_past_its_rung_is_judged_then(runs: Path) -> None:
    path = log(runs, "late", 2e-5, 15) / "metrics.csv"

    def late() -> Decision:
        study = sweep.load([runs])
        found = sweep.standings(study, sweep.plan(study, least=20))
        return next(one.decision for one in found if one.trial == "late")

    assert late() is Decision.WAIT
    with path.open("a") as file:
        file.writelines(
            f"{n},{loss},2e-5\n" for n, loss in enumerate(losses(2e-5, 25), 1) if n > 15
        )
    assert late() is Decision.STOP


def test_validation_loss_judges_where_every_run_has_it(tmp_path: Path) -> None:
    for name, rate in (("a", 0.1), ("b", 0.01)):
        place = tmp_path / name
        place.mkdir()
        rows = (f"{n},{x},{2 * x},{rate}" for n, x in enumerate(losses(rate, 50), 1))
        (place / "metrics.csv").write_text("\n".join(["step,train_loss,val_loss,lr", *rows, ""]))
    assert sweep.load([tmp_path]).metric == "val/loss"
    assert sweep.load([tmp_path], metric="train/loss").metric == "train/loss"
    val, train = (sweep.load([tmp_path], metric=m).trials[0].values for m in (None, "train/loss"))
    assert np.allclose(val, 2 * train)


def test_runs_become_trials_that_optuna_goes_on_from(runs: Path, tmp_path: Path) -> None:
    log(runs, "broken", 9.0)
    target = str(tmp_path / "study.log")
    read = sweep.load([runs])
    added, left = storage.add(read, target, "mine")
    assert (added, left) == (5, 3)
    assert storage.add(read, target, "mine") == (0, 8)
    study = optuna.load_study(study_name="mine", storage=storage.at(target))
    by_name = {t.user_attrs[storage.SOURCE]: t for t in study.trials}
    assert by_name["c"].state.name == "COMPLETE"
    assert by_name["c"].value == next(t.value for t in read.trials if t.name == "c")
    reports = by_name["c"].intermediate_values
    assert list(reports) == list(range(2, WHOLE + 1, 2))
    own = list(losses(0.1))
    assert list(reports.values()) == pytest.approx(np.reshape(own, (-1, 2)).mean(axis=1), rel=1e-9)
    assert by_name["broken"].state.name == "PRUNED"
    study.sampler = optuna.samplers.TPESampler(n_startup_trials=2, seed=0)
    rate = study.ask().suggest_float("learning_rate", 1e-6, 10, log=True)
    assert 1e-6 <= rate <= 10


def test_settings_that_differ_are_parameters(tmp_path: Path) -> None:
    log(tmp_path, "a", 0.1, seed=1, exp_name="first")
    log(tmp_path, "b", 0.01, seed=2, exp_name="second")
    assert {tuple(trial.params) for trial in sweep.load([tmp_path]).trials} == {("learning_rate",)}
    log(tmp_path, "c", 0.01, batch_size=512)
    assert "left out" in sweep.load([tmp_path]).left


def test_a_study_goes_into_another(study_of: StudyOf, tmp_path: Path) -> None:
    source, target = str(tmp_path / "a.db"), str(tmp_path / "b.log")
    run(study_of(f"sqlite:///{source}"), 0.1, 1e-4)
    assert storage.add(sweep.load([source]), target, None) == (2, 0)
    again = sweep.load([target])
    assert [t.params["lr"] for t in again.trials] == [0.1, 1e-4]
    assert again.name == "study"
