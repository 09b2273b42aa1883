"""Trials as CSV and JSON, and back."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from lrdoctor import sweep
from lrdoctor.errors import LogUnreadable
from lrdoctor.sweep import storage, table
from lrdoctor.sweep.storage import of_optuna
from lrdoctor.sweep.trial import State, Study, Trial
from tests.sweep.conftest import begin, run
from tests.sweep.test_source import alike

StudyOf = Callable[..., optuna.Study]


@pytest.fixture
def study(study_of: StudyOf) -> Study:
    study = study_of()
    run(study, 0.1, 1e-4)
    begin(study, 0.01, 20).report(math.nan, 20)
    study.add_trial(
        optuna.trial.create_trial(
            value=math.inf, params={"kind": 'a,"b"', "on": True, "lr": 0.5},
            distributions={
                "kind": optuna.distributions.CategoricalDistribution(['a,"b"', "c"]),
                "on": optuna.distributions.CategoricalDistribution([False, True]),
                "lr": optuna.distributions.FloatDistribution(1e-6, 10, log=True),
            },
        )
    )  # fmt: skip
    return of_optuna(study)


def write(study: Study, path: Path) -> None:
    with path.open("w", newline="") as file:
        file.write(table.text(study, as_json=path.suffix == ".json"))


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_what_is_written_is_read_back(study: Study, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"study{suffix}"
    write(study, path)
    assert alike(table.read(path), study)
    assert alike(sweep.load([path]), study)


def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    names = ["=cmd()", "+1", "-1", "@x", "\tx", "'=x", "'x", "x"]
    trials = (Trial(n, name, State.COMPLETE, {"kind": name}, 0.5) for n, name in enumerate(names))
    study = Study("s", "s", tuple(trials))
    path = tmp_path / "study.csv"
    write(study, path)
    with path.open(newline="") as file:
        cells = [cell for row in csv.DictReader(file) for cell in (row["name"], row["params_kind"])]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t")]
    again = table.read(path)
    assert [(t.name, t.params["kind"]) for t in again.trials] == [(n, n) for n in names]


def test_a_maximised_study_keeps_its_direction(study_of: StudyOf, tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    write(of_optuna(study_of(direction="maximize")), path)
    assert not table.read(path).minimise


@pytest.mark.filterwarnings("ignore")
def test_optunas_own_table_is_read(study_of: StudyOf, tmp_path: Path) -> None:
    study = study_of()
    run(study, 0.1, 1e-4)
    path = tmp_path / "study.csv"
    attributes = ("number", "value", "params", "intermediate_values", "state")
    study.trials_dataframe(attributes).to_csv(path)
    assert alike(sweep.load([path]), of_optuna(study))
    study.trials_dataframe().to_csv(path, index=False)
    plain = sweep.load([path])
    assert [t.value for t in plain.trials] == [t.value for t in study.trials]
    assert [t.params for t in plain.trials] == [t.params for t in study.trials]


def test_a_table_goes_into_a_study_once(study: Study, tmp_path: Path) -> None:
    path, target = tmp_path / "study.csv", str(tmp_path / "s.db")
    write(study, path)
    assert storage.add(table.read(path), target, None) == (3, 1)
    assert storage.add(table.read(path), target, None) == (0, 4)
    kept = sweep.load([target])
    assert [t.value for t in kept.trials] == [study.trials[n].value for n in (0, 1, 3)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("number,value,state\n0,fast,COMPLETE\n", "line 2, value: 'fast' is no number"),
        ("number,value,state\n0,1,DONE\n", "line 2: 'done' is no state|'DONE' is no state"),
        ("number,value,state\n0,1,COMPLETE,9\n", "more cells than the header"),
        ("step,loss\n0,1\n", "no value and no state"),
        ('number,value,state,intermediate_values\n0,1,FAIL,"{""x"": 1}"\n', "'x' is no step"),
        ("number,value,state,intermediate_values\n0,1,FAIL,{\n", "s.csv: "),
    ],
)
def test_a_broken_csv_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(text)
    with pytest.raises(LogUnreadable, match=said) as error:
        table.read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "no list of trials"),
        ('{"trials": [3]}', "trial 0 is no object"),
        ('{"trials": [{"number": 0}]}', "'None' is no state"),
        ('{"trials": [{"state": "fail", "intermediate_values": [[1, "x"]]}]}', "'x' is no number"),
        ('{"trials": [{"state": "fail", "intermediate_values": [7]}]}', "no pair"),
        ("{", "s.json: "),
    ],
)
def test_a_broken_json_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(LogUnreadable, match=said):
        table.read(path)


def test_a_log_is_no_table(tmp_path: Path) -> None:
    for name, text in (("m.csv", "step,loss\n1,2\n"), ("m.json", '{"loss": [1, 2]}')):
        path = tmp_path / name
        path.write_text(text)
        assert not table.recognises(path, text.encode())
