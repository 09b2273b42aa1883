"""``lrdoctor sweep`` on the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from lrdoctor import cli, sweep
from lrdoctor.sweep import storage
from tests.sweep.conftest import begin, run

Say = Callable[..., tuple[int, str, str]]
StudyOf = Callable[..., optuna.Study]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    def run_it(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lrdoctor", "sweep", *map(str, words)])
        code = cli.main()
        told = capsys.readouterr()
        return code, told.out, told.err

    return run_it


@pytest.fixture
def study(tmp_path: Path, study_of: StudyOf) -> tuple[Path, optuna.Study]:
    path = tmp_path / "s.log"  # written to much faster than a database
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    made = study_of(optuna.storages.JournalStorage(backend))
    run(made, 1e-4, 0.01, 0.1)
    begin(made, 1e-5, 60)
    return path, made


def test_show(say: Say, study: tuple[Path, optuna.Study]) -> None:
    path, made = study
    code, out, err = say("show", path)
    assert (code, err) == (0, "")
    prose = " ".join(out.split())
    assert "4 trials: 3 complete, 1 running." in prose
    (best,) = (line for line in out.splitlines() if line.endswith("best"))
    assert best.split()[0] == str(made.best_trial.number)
    told = sweep.summarise(sweep.load([path]))
    assert told.suggestion.reason in prose
    assert json.loads(say("show", path, "--json")[1]) == told.to_dict()


def test_prune(say: Say, study: tuple[Path, optuna.Study]) -> None:
    path, _ = study
    code, out, _ = say("prune", path, "--least", 20, "--factor", 2)
    assert code == 0
    assert "Rungs at 20, 40, 80, 160; 1 in 2 goes on." in out
    assert "STOP   study/trial 3: At rung 1 (step 40)" in out
    assert "arXiv 1810.05934" in out
    told = json.loads(say("prune", path, "--hyperband", "--least", 20, "--json")[1])
    assert [bracket["rungs"] for bracket in told["brackets"]] == [[20, 60, 180], [60, 180], [180]]
    assert [one["number"] for one in told["running"]] == [3]


def test_export_import_and_ask(say: Say, study: tuple[Path, optuna.Study], tmp_path: Path) -> None:
    path, made = study
    table, target = tmp_path / "t.csv", tmp_path / "t.db"
    assert say("export", path, "--to", table) == (0, f"4 trials written to {table}\n", "")
    code, out, _ = say("import", table, "--to", target, "--into", "copy")
    assert (code, out.split(";")[0]) == (0, "3 trials added to the study 'copy'")
    assert [trial.value for trial in sweep.load([target]).trials] == [
        trial.value for trial in made.trials[:3]
    ]
    code, out, _ = say("ask", target, "--json")
    told = json.loads(out)
    if told["value"] is None:
        assert told["waiting"] is None
    else:
        kept = optuna.load_study(study_name="copy", storage=f"sqlite:///{target}")
        asked = kept.ask().suggest_float("lr", 1e-6, 10, log=True)
        assert asked == pytest.approx(told["value"], rel=1e-5)


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_whoever_reads_a_table_that_is_exported_anew_sees_the_former_whole(
    say: Say, study: tuple[Path, optuna.Study], tmp_path: Path, suffix: str
) -> None:
    table = tmp_path / f"t.{suffix}"
    table.write_text("the former")
    with table.open() as reader:
        assert say("export", study[0], "--to", table)[0] == 0
        assert reader.read() == "the former"
    assert len(sweep.load([str(table)]).trials) == 4
    assert not list(tmp_path.glob(".*.part"))


def test_ask_queues_what_the_next_worker_tries(say: Say, study_of: StudyOf, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    made = study_of(f"sqlite:///{path}")
    run(made, 1e-5)
    code, out, _ = say("ask", path)
    assert code == 0
    assert out.endswith("Queued; 1 waiting.\n")
    rate = made.ask().suggest_float("lr", 1e-6, 10, log=True)
    assert rate > 1e-4


def test_follow_tells_what_changed(study: tuple[Path, optuna.Study]) -> None:
    path, made = study
    command = [sys.executable, "-m", "lrdoctor", "sweep", "show", str(path), "--follow",
               "--every", "0.2", "--json"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            made.enqueue_trial({"lr": 0.05})
            states = [trial["state"] for trial in json.loads(process.stdout.readline())["trials"]]
            assert [trial["state"] for trial in first["trials"]] == states[:-1]
            assert states[-1] == "waiting"
        finally:
            process.terminate()


def test_without_optuna_what_needs_it_says_so(
    say: Say, study: tuple[Path, optuna.Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = study
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert say("show", path)[0] == 0
    code, out, err = say("export", path, "--to", "other.db")
    assert (code, out) == (2, "")
    assert err == "lrdoctor: this needs Optuna: pip install 'lrdoctor[sweep]'\n"
    monkeypatch.delitem(sys.modules, "lrdoctor.sweep.sampler", raising=False)
    with pytest.raises(sweep.storage.UsageError, match="this needs Optuna"):
        _ = sweep.NextRateSampler


def test_names_out_of_a_study_are_text(say: Say, study_of: StudyOf, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    study = study_of(f"sqlite:///{path}", study_name="\x1b[31mred\n")
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        study.set_metric_names(["\x1b]0;title\x07"])
    run(study, 0.1)
    _, out, _ = say("show", path)
    assert "\\x1b[31mred\\x0a" in out
    assert "\x1b" not in out


def test_choices_that_a_study_has_not_are_told(say: Say, tmp_path: Path) -> None:
    table, target = tmp_path / "t.csv", tmp_path / "t.db"
    head = "number,name,value,state,params_lr,params_kind\n"
    rows = ["0,a,1,COMPLETE,0.1,adam", "1,b,1,COMPLETE,0.1,sgd", "2,c,1,COMPLETE,0.1,lion"]
    table.write_text("\n".join([head.strip(), *rows[:2], ""]))
    assert say("import", table, "--to", target)[0] == 0
    table.write_text("\n".join([head.strip(), "5,e,1,COMPLETE,0.1,sgd", ""]))
    assert say("import", table, "--to", target)[:2] == (0, "1 trial added to the study 't'\n")
    table.write_text("\n".join([head.strip(), *rows, ""]))
    code, _, err = say("import", table, "--to", target)
    assert code == 2
    assert "the parameters of the study 't' are others" in err
    assert err.count("\n") == 1


def test_a_target_of_no_kind_is_refused(say: Say, study: tuple[Path, optuna.Study]) -> None:
    code, out, err = say("export", study[0], "--to", "somewhere")
    assert (code, out) == (2, "")
    assert "name a .csv, a .json" in err


def test_rates_are_queued_in_studies_only(say: Say, tmp_path: Path) -> None:
    code, out, err = say("ask", tmp_path)
    assert (code, out) == (2, "")
    assert "no storage of Optuna's" in err


def test_the_other_direction_is_refused(
    say: Say, study: tuple[Path, optuna.Study], tmp_path: Path
) -> None:
    target = f"sqlite:///{tmp_path / 't.db'}"
    optuna.create_study(storage=target, study_name="up", direction="maximize")
    code, _, err = say("export", study[0], "--to", target, "--into", "up")
    assert code == 2
    assert "the study 'up' does not minimize" in err


@pytest.mark.parametrize("command", ["show", "prune", "export", "import", "ask"])
def test_help_shows_an_example(say: Say, command: str) -> None:
    code, out, _ = say(command, "--help")
    assert code == 0
    assert f"Example: lrdoctor sweep {command}" in out


def test_importing_the_commands_loads_no_optuna() -> None:
    code = "import sys, lrdoctor.cli, lrdoctor.sweep; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert storage.is_storage("mysql://host/db")
