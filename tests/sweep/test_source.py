"""A study read from outside is the study that Optuna itself sees, at any moment."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pytest

from lrdoctor import sweep
from lrdoctor.errors import LogUnreadable, UsageError
from lrdoctor.sweep import storage as storages
from lrdoctor.sweep.source import stamp
from lrdoctor.sweep.storage import of_optuna
from lrdoctor.sweep.trial import State, Study
from tests.sweep.conftest import begin, run

StudyOf = Callable[..., optuna.Study]
Storage = tuple[str, object]


def alike(one: Study, other: Study) -> bool:
    assert (one.name, one.minimise, one.metric) == (other.name, other.minimise, other.metric)
    assert len(one.trials) == len(other.trials)
    for a, b in zip(one.trials, other.trials, strict=True):
        assert (a.number, a.name, a.state, dict(a.params)) == (
            b.number, b.name, b.state, dict(b.params)
        )  # fmt: skip
        assert a.value == b.value
        assert np.array_equal(a.steps, b.steps)
        assert np.array_equal(a.values, b.values, equal_nan=True)
    return True


def test_trials_are_those_that_optuna_sees(storage: Storage, study_of: StudyOf) -> None:
    path, kept = storage
    study = study_of(kept, pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=20))
    run(study, 0.1, 1e-5, 1e-3, 3.0, 0.05, 8.0)
    begin(study, 0.2, 30)
    study.enqueue_trial({"lr": 0.3})
    study.add_trial(
        optuna.trial.create_trial(
            state=optuna.trial.TrialState.FAIL, params={"kind": "b", "on": True},
            distributions={
                "kind": optuna.distributions.CategoricalDistribution(["a", "b"]),
                "on": optuna.distributions.CategoricalDistribution([False, True]),
            },
            intermediate_values={3: math.inf, 4: math.nan},
        )
    )  # fmt: skip
    read = sweep.load([path])
    assert alike(read, of_optuna(study))
    states = [trial.state for trial in read.trials]
    assert {State.COMPLETE, State.PRUNED, State.RUNNING, State.WAITING, State.FAIL} <= set(states)
    assert read.trials[-1].params == {"kind": "b", "on": True}


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_the_metrics_name_and_direction_are_read(storage: Storage, study_of: StudyOf) -> None:
    path, kept = storage
    study = study_of(kept, direction="maximize")
    study.set_metric_names(["accuracy"])
    assert alike(sweep.load([path]), of_optuna(study))
    assert (sweep.load([path]).metric, sweep.load([path]).minimise) == ("accuracy", False)


def test_what_a_running_trial_reports_is_seen_at_once(storage: Storage, study_of: StudyOf) -> None:
    path, kept = storage
    study = study_of(kept)
    trial = begin(study, 0.1, 5)
    assert sweep.load([path]).trials[0].last_step == 4
    trial.report(0.125, 5)
    read = sweep.load([path]).trials[0]
    assert (read.last_step, read.values[-1], read.state) == (5, 0.125, State.RUNNING)
    study.tell(trial, 0.5)
    assert sweep.load([path]).trials[0].state is State.COMPLETE


def test_a_writers_open_transaction_is_no_hindrance(tmp_path: Path, study_of: StudyOf) -> None:
    path = tmp_path / "s.db"
    study = study_of(f"sqlite:///{path}")
    begin(study, 0.1, 5)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("UPDATE trials SET state = 'FAIL'")
    assert sweep.load([path]).trials[0].state is State.RUNNING
    writer.execute("COMMIT")
    writer.close()
    assert sweep.load([path]).trials[0].state is State.FAIL


def test_of_several_studies_one_is_named(storage: Storage, study_of: StudyOf) -> None:
    path, kept = storage
    for name in ("first", "second"):
        run(study_of(kept, study_name=name), 0.1)
    with pytest.raises(UsageError, match=r"holds 2 studies \(first, second\): name one"):
        sweep.load([path])
    assert sweep.load([path], "second").name == "second"
    with pytest.raises(UsageError, match="no study 'third'; it holds first, second"):
        sweep.load([path], "third")
    optuna.delete_study(study_name="first", storage=kept)  # type: ignore[arg-type]
    assert [trial.name for trial in sweep.load([path]).trials] == ["second/trial 0"]


def test_a_half_written_operation_waits_for_its_end(tmp_path: Path, study_of: StudyOf) -> None:
    path = tmp_path / "s.log"
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    begin(study_of(optuna.storages.JournalStorage(backend)), 0.1, 5)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert sweep.load([path]).trials[0].last_step == 3


def test_a_url_of_sqlite_needs_no_optuna(tmp_path: Path, study_of: StudyOf) -> None:
    path = tmp_path / "s.db"
    study = study_of(f"sqlite:///{path}")
    run(study, 0.1)
    assert alike(sweep.load([f"sqlite:///{path}"]), of_optuna(study))


def test_other_storages_are_opened_by_optuna(tmp_path: Path, study_of: StudyOf) -> None:
    url = f"sqlite+pysqlite:///{tmp_path / 's.db'}"
    study = study_of(url)
    run(study, 0.1, 3.0)
    assert alike(sweep.load([url]), of_optuna(study))
    with pytest.raises(UsageError, match=r"postgresql://db\.invalid/x: "):
        sweep.load(["postgresql://user:secret@db.invalid/x"])


@pytest.mark.parametrize(("given", "shown"), [
    ("postgresql://user:secret@db.invalid/x", "postgresql://db.invalid/x"),
    ("postgresql+psycopg://db.invalid:5432/x?password=secret", "postgresql+psycopg://db.invalid:5432/x"),
    ("mysql://user:se?cret@db.invalid/x", "mysql://..."),
    ("mysql://db.invalid/x?password=se@cret", "mysql://..."),
    ("runs/study.db", "runs/study.db"),
])  # fmt: skip
def test_a_storage_is_shown_without_its_secrets(given: str, shown: str) -> None:
    assert storages.bare(given) == shown


def test_a_study_is_kept_at_an_address_without_secrets(tmp_path: Path, study_of: StudyOf) -> None:
    url = f"sqlite+pysqlite:///{tmp_path / 's.db'}"
    run(study_of(url), 0.1)
    told = sweep.load([f"{url}?timeout=9"])
    assert told.path == url
    with pytest.raises(UsageError) as refused:
        sweep.load([f"{url}?timeout=9"], "other")
    assert "timeout" not in str(refused.value)


def test_a_broken_database_is_told_in_one_line(tmp_path: Path, study_of: StudyOf) -> None:
    path = tmp_path / "s.db"
    run(study_of(f"sqlite:///{path}"), 0.1)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE trial_params")
    connection.commit()
    connection.close()
    with pytest.raises(LogUnreadable, match="trial_params"):
        sweep.load([path])


def test_a_stamp_tells_of_every_change(tmp_path: Path, study_of: StudyOf) -> None:
    path = tmp_path / "s.db"
    study = study_of(f"sqlite:///{path}")
    for place in (path, tmp_path):
        before = stamp([place])
        assert stamp([place]) == before
        begin(study, 0.1, 1)
        assert stamp([place]) != before
    assert stamp([tmp_path / "nothing"]) == stamp([tmp_path / "nothing"])
    assert stamp(["postgresql://host/db"]) is None


def test_storages_and_logs_are_not_mixed(tmp_path: Path, study_of: StudyOf) -> None:
    path = tmp_path / "s.db"
    run(study_of(f"sqlite:///{path}"), 0.1)
    with pytest.raises(UsageError, match="one storage or one table alone"):
        sweep.load([path, tmp_path])
    with pytest.raises(UsageError, match="name a study's storage"):
        sweep.load([])
