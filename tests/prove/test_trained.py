"""The trainings of ``make prove`` themselves, a few steps each, where torch is installed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import lrdoctor

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from tests.prove import prove, tasks
from tests.prove.training import LOGS, OPTIMIZERS, Setup, train


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_training_leaves_a_log_that_tells_its_rate(
    tmp_path: Path, log: str, optimizer: str
) -> None:
    setup = Setup("t", optimizer, "cosine", log, 30, 16, clip=1.0, validated=True)
    end = train(tasks.diabetes(), setup, 1e-3, tmp_path)
    assert end.after < end.before + 1
    (told,) = lrdoctor.check([tmp_path])
    assert told.learning_rate.value == pytest.approx(1e-3, rel=0.1)
    assert told.metrics["train/loss"].count == 30
    assert told.optimizer == ("sgd" if optimizer == "momentum" else optimizer)


@pytest.mark.parametrize(("task", "setup"), [*prove.CPU, *prove.GPU])
def test_each_task_trains(tmp_path: Path, task: str, setup: Setup) -> None:
    small = Setup(setup.name, setup.optimizer, setup.schedule, setup.log, 4, 4, clip=setup.clip)
    ready = prove._task(task, "cpu", True)
    one, again = (train(ready, small, 1e-3, _made(tmp_path / name)) for name in "ab")
    assert one == again
    assert one.after != one.before


def test_a_training_that_breaks_ends_its_log(tmp_path: Path) -> None:
    end = train(tasks.diabetes(), Setup("t", "sgd", "constant", "csv", 100), 50.0, tmp_path)
    assert not end.after < 1e6
    assert (tmp_path / "metrics.csv").read_text().count("\n") < 100


@pytest.mark.parametrize("further", [["--workers", "2"], ["--gpu"]])
def test_it_runs_tiny(further: list[str]) -> None:
    command = [sys.executable, "-m", "tests.prove.prove", "--tiny", *further]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| lrdoctor |" in done.stdout


def test_what_is_not_done_in_time_is_left_out(tmp_path: Path) -> None:
    job = (("diabetes", Setup("t", "sgd", "constant", "csv", 10)), tmp_path / "0", True)
    assert prove._side_by_side([job, job], 2, time.perf_counter()) == []


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
