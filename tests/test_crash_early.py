"""A training that dies before it prints its first figures."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

import lrdoctor
from lrdoctor.diagnosis import Action, Diagnosis, Status
from lrdoctor.ending import End
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store

TRACEBACK = 'Traceback (most recent call last):\n  File "main.py", line 3, in <module>\n    go()\n'
IMPORT = f"loading the model\n{TRACEBACK}ImportError: cannot import name 'a' from 'b'\n"
MEMORY = f"{TRACEBACK}torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n"
FIGURES = "".join(f"step {step}: loss {2 / step:.4f}\n" for step in range(1, 60))


def check(path: Path) -> dict[str, Diagnosis]:
    return {one.run: one for one in lrdoctor.check([str(path)])}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_log_that_is_named_tells_that_the_training_died_before_its_first_figures(
    tmp_path: Path,
) -> None:
    (told,) = check(write(tmp_path / "notes.log", IMPORT)).values()
    assert told.status is Status.CRITICAL
    assert told.points == 0
    assert told.last_step is None
    assert told.headline == "The training died of ImportError before its first figures."
    assert [one.rule for one in told.findings] == ["crash"]
    assert told.ending is not None
    assert told.ending.kind is End.EXCEPTION
    assert not told.problems
    assert told.checked == ()


def test_a_full_memory_at_the_first_batch_asks_for_a_smaller_one_and_no_checkpoint(
    tmp_path: Path,
) -> None:
    (told,) = check(write(tmp_path / "notes.log", MEMORY)).values()
    assert [one.action for one in told.advice] == [Action.SMALLER_BATCH]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (
            "slurmstepd: error: *** JOB 4 ON n CANCELLED AT 2026-03-01 DUE TO TIME LIMIT ***",
            "warning",
        ),
        (f"{TRACEBACK}KeyboardInterrupt", "too-short"),
    ],
)
def test_what_came_from_outside_is_milder(tmp_path: Path, said: str, status: str) -> None:
    (told,) = check(write(tmp_path / "train.log", f"{said}\n")).values()
    assert told.status == status
    assert told.headline.endswith("before its first figures.")


@pytest.mark.parametrize(
    "name", ["train.log", "my_training-2.txt", "slurm-712.out", "vit.o712", "stdout.log"]
)
def test_in_a_folder_it_is_known_by_a_training_s_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, IMPORT)
    assert [one.status for one in check(tmp_path).values()] == [Status.CRITICAL]


def test_in_a_folder_it_is_known_by_the_name_of_a_log_that_was_read(tmp_path: Path) -> None:
    write(tmp_path / "a" / "run_1.log", FIGURES)
    write(tmp_path / "b" / "run_2.log", IMPORT)
    write(tmp_path / "c" / "server.log", IMPORT)
    told = check(tmp_path)
    assert {name: one.status for name, one in told.items()} == {
        "a": Status.HEALTHY,
        "b": Status.CRITICAL,
    }


@pytest.mark.parametrize("name", ["server.log", "notes.txt", "README.md", "constraint.log"])
def test_another_text_of_a_folder_that_holds_a_traceback_is_no_training(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path / name, IMPORT)
    assert check(tmp_path) == {}


def test_the_errors_file_beside_an_empty_output_tells_it(tmp_path: Path) -> None:
    write(tmp_path / "slurm-7.out", "")
    write(tmp_path / "slurm-7.err", MEMORY)
    (told,) = check(tmp_path).values()
    assert told.ending is not None
    assert told.ending.kind is End.OUT_OF_MEMORY


@pytest.mark.parametrize("before", ["", "loading the model\n", IMPORT])
def test_watched_it_is_told_after_a_minute_and_void_once_figures_follow(
    tmp_path: Path, before: str
) -> None:
    path = write(tmp_path / "logs" / "train.log", before)
    now = path.stat().st_mtime + 1
    with Store.open(tmp_path / "store.db") as store:
        monitor = Monitor([str(path)], store, clock=lambda: now)

        def look(later: float) -> str:
            nonlocal now
            now += later
            monitor.poll()
            (record,) = store.changed()[1]
            return str(orjson.loads(record.line)["status"])

        assert look(1) == "unreadable"
        if before != IMPORT:
            assert look(300) == "unreadable"
            write(path, IMPORT)
            os.utime(path, (now, now))
            assert look(1) == "unreadable"
        assert look(61) == "critical"
        monitor = Monitor([str(path)], store, clock=lambda: now)
        assert look(1) == "critical"
        write(path, IMPORT + FIGURES)
        os.utime(path, (now, now))
        assert look(1) == look(61) == "healthy"
