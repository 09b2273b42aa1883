"""A training that dies while its printed log is watched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest

import lrdoctor
from lrdoctor.ending import End, Ending
from lrdoctor.monitor import Monitor, keeping
from lrdoctor.readers.console import Console
from lrdoctor.store import Store

TRACEBACK = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    go()\n'
DEATH = f"{TRACEBACK}RuntimeError: CUDA error: out of memory\n"


def figures(first: int, last: int) -> str:
    losses = 0.4 + np.exp(-np.arange(first, last) / 40)
    return "".join(f"step {step}: loss {loss:.4f}\n" for step, loss in enumerate(losses, first))


class Watched:
    """One log, its monitor, and what the store says of it."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.path = folder / "train.log"
        self.path.write_text(figures(1, 60))
        self.now = self.path.stat().st_mtime + 1
        self._store = store
        self.restart()

    def restart(self) -> None:
        self.monitor = Monitor([str(self.path)], self._store, clock=lambda: self.now)
        self.monitor.poll()

    def grow(self, text: str) -> None:
        with self.path.open("a") as file:
            file.write(text)
        self.look()

    def look(self, later: float = 1.0) -> None:
        self.now += later
        self.monitor.poll()

    @property
    def deaths(self) -> list[int]:
        (record,) = self._store.changed()[1]
        found = orjson.loads(record.line)["findings"]
        return [one["fired_step"] for one in found if one["rule"] == "crash"]

    @property
    def resumes(self) -> list[str]:
        (record,) = self._store.changed()[1]
        found = orjson.loads(record.line)["findings"]
        return [one["message"] for one in found if one["rule"] == "resume"]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    (tmp_path / "logs").mkdir()
    with Store.open(tmp_path / "store.db") as store:
        yield Watched(tmp_path / "logs", store)


def test_a_death_is_told_once_nothing_has_followed_for_a_minute(watched: Watched) -> None:
    watched.grow(DEATH)
    assert watched.deaths == []
    watched.look(later=61)
    assert watched.deaths == [59]


def test_an_error_that_the_training_survives_is_never_told(watched: Watched) -> None:
    watched.grow(f"{TRACEBACK}ValueError: bad batch\n")
    watched.grow(figures(60, 70))
    watched.look(later=61)
    assert watched.deaths == []


def test_a_death_is_void_where_the_log_goes_on_after_all(watched: Watched) -> None:
    watched.grow(DEATH)
    watched.look(later=61)
    watched.grow(figures(60, 70))
    assert watched.deaths == []


def test_a_resume_says_what_had_ended_the_run_before_it(watched: Watched) -> None:
    watched.grow(DEATH)
    watched.look(later=61)
    watched.restart()  # the reader's state tells it to the next process
    watched.grow(figures(40, 90))
    told = 'There the log had ended in "RuntimeError: CUDA error: out of memory".'
    (message,) = watched.resumes
    assert message.endswith(f"20 points of train/loss were overtaken. {told}")
    (checked,) = lrdoctor.check([str(watched.path)])
    assert [f.message for f in checked.findings if f.rule == "resume"] == [message]


def test_an_error_survived_long_before_a_resume_is_not_its_cause(watched: Watched) -> None:
    watched.grow(f"{TRACEBACK}ValueError: bad batch\n")
    watched.grow(figures(60, 70) + figures(50, 90))
    (message,) = watched.resumes
    assert message.endswith("20 points of train/loss were overtaken.")


def test_what_is_printed_after_it_leaves_it_standing(watched: Watched) -> None:
    watched.grow(DEATH)
    watched.look(later=61)
    watched.grow("train.sh: line 3:  4711 Killed                  python train.py\n")
    assert watched.deaths == [59]


def test_a_death_without_an_end_of_line_is_told_and_taken_back(watched: Watched) -> None:
    watched.grow(DEATH.rstrip())
    watched.look(later=61)
    assert watched.deaths == [59]
    watched.grow("\n" + figures(60, 70))
    assert watched.deaths == []


def test_it_outlives_the_process_that_read_it(watched: Watched) -> None:
    watched.grow(DEATH)
    watched.restart()
    watched.look(later=61)
    assert watched.deaths == [59]
    watched.restart()
    watched.look(later=200)
    assert watched.deaths == [59]


def test_a_check_tells_it_at_once_as_the_watch_does_later(watched: Watched) -> None:
    watched.grow(DEATH)
    watched.look(later=61)
    [checked] = lrdoctor.check([str(watched.path)])
    assert [one.fired_step for one in checked.findings if one.rule == "crash"] == watched.deaths


def test_a_log_that_was_read_before_deaths_were_told_is_read_anew(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "READS", 1)
    monkeypatch.setattr(Console, "ending", None)
    watched.restart()
    watched.grow(DEATH)
    watched.look(later=61)
    monkeypatch.undo()
    assert watched.deaths == []
    watched.restart()
    assert watched.deaths == [59]


@pytest.mark.parametrize(
    ("output", "errors"),
    [
        ("slurm-7.out", "slurm-7.err"),
        ("stdout.log", "stderr.log"),
        ("stdout", "stderr"),
        ("train.sh.o4711", "train.sh.e4711"),
    ],
)
def test_the_errors_file_beside_the_output_tells_it(
    tmp_path: Path, output: str, errors: str
) -> None:
    (tmp_path / output).write_text(figures(1, 60))
    (tmp_path / errors).write_text(f"a warning\n{DEATH}")
    [checked] = lrdoctor.check([str(tmp_path)])
    assert checked.ending == Ending(End.OUT_OF_MEMORY, "RuntimeError: CUDA error: out of memory")
    assert [one.fired_step for one in checked.findings if one.rule == "crash"] == [59]


def test_an_errors_file_that_ended_long_before_the_output_tells_nothing(tmp_path: Path) -> None:
    output, errors = tmp_path / "stdout.log", tmp_path / "stderr.log"
    output.write_text(figures(1, 60))
    errors.write_text(DEATH)
    before = output.stat().st_mtime - 61
    os.utime(errors, (before, before))
    assert lrdoctor.check([str(tmp_path)])[0].ending is None


def test_a_bar_that_goes_on_in_the_errors_file_says_that_the_training_survived(
    tmp_path: Path,
) -> None:
    bars = [f"{at * 10}%|###  | {at}/10 [00:0{at}<00:09,  1.0it/s]" for at in range(10)]
    (tmp_path / "stdout.log").write_text(figures(1, 60))
    errors = tmp_path / "stderr.log"
    errors.write_text(f"\r{bars[3]}{DEATH}\r{bars[3]}\n")
    assert lrdoctor.check([str(tmp_path)])[0].ending is not None
    errors.write_text(f"\r{bars[3]}{DEATH}\r{bars[4]}\r{bars[5]}\n")
    assert lrdoctor.check([str(tmp_path)])[0].ending is None


def test_an_errors_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "secret").write_text(DEATH)
    (tmp_path / "logs" / "stdout.log").write_text(figures(1, 60))
    (tmp_path / "logs" / "stderr.log").symlink_to(tmp_path / "secret")
    assert lrdoctor.check([str(tmp_path / "logs")])[0].ending is None


def test_a_death_told_beside_the_log_is_told_while_watching_too(watched: Watched) -> None:
    output = watched.path.rename(watched.path.with_name("stdout.log"))
    watched.path = output
    output.with_name("stderr.log").write_text(DEATH)
    watched.restart()
    watched.look(later=61)
    assert watched.deaths == [59]
