"""The ingest process: fills the store, wakes on growth, and ends when it should."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from lrdoctor.errors import StoreError
from lrdoctor.follow.watch import Wake, Watch
from lrdoctor.ingest import Following
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store

DEADLINE = 60.0
"""Seconds in which any condition must come true, on a busy machine too."""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "logs" / "run"
    folder.mkdir(parents=True)
    (folder / "m.csv").write_text("step,loss\n" + rows(0, 40))
    return folder.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def start(root: Path, path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(*more: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "lrdoctor.ingest", "--store", path, *more, root],
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def rows(first: int, last: int) -> str:
    return "".join(f"{step},{1 / (1 + step):.4f}\n" for step in range(first, last))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "not within the deadline"
        time.sleep(0.01)


def count(path: Path) -> int:
    """Points of the one run; 0 while the store is not there."""
    try:
        with Store.open(path, read_only=True) as store:
            records = store.changed()[1]
            return len(store.points(records[0].id, "loss") or ()) if records else 0
    except StoreError:
        return 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_follows_a_growing_log_until_told_to_end(
    start: Start, root: Path, path: Path, number: signal.Signals
) -> None:
    process = start()
    until(lambda: count(path) == 40)
    with (root / "run" / "m.csv").open("a") as file:
        file.write(rows(40, 50))
    until(lambda: count(path) == 50)
    (root / "new").mkdir()
    (root / "new" / "m.csv").write_text("step,loss\n" + rows(0, 5))
    with Store.open(path, read_only=True) as store:
        until(lambda: {record.name for record in store.changed()[1]} == {"run", "new"})
    process.send_signal(number)
    _, told = process.communicate(timeout=DEADLINE)
    assert (process.returncode, told) == (0, "")


def test_without_events_it_looks_by_itself_and_gives_signs_of_life(
    start: Start, root: Path, path: Path
) -> None:
    start("--poll", "0.1")
    until(lambda: count(path) == 40)
    with Store.open(path, read_only=True) as store:
        before = store.status()
        assert before.started_at <= before.alive_at
        with (root / "run" / "m.csv").open("a") as file:
            file.write(rows(40, 50))
        until(lambda: count(path) == 50)
        until(lambda: store.status().alive_at > before.alive_at)
        assert store.status().done


def test_second_one_on_a_store_is_refused_in_one_line(start: Start, path: Path) -> None:
    with Store.open(path):
        process = start()
        _, told = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert told == (
        f"lrdoctor: the store {path} is being written by process {os.getpid()}: "
        "end it, or name another file with --store\n"
    )


def test_second_one_on_the_same_logs_waits_and_takes_over(
    start: Start, root: Path, path: Path
) -> None:
    first = start()
    until(lambda: count(path) == 40)
    second = start()
    assert second.stderr is not None
    assert second.stderr.readline() == (
        f"lrdoctor: process {first.pid} follows these logs already: what it reads is shown, "
        "and this process takes over when that one ends\n"
    )
    first.terminate()
    first.communicate(timeout=DEADLINE)
    with (root / "run" / "m.csv").open("a") as file:
        file.write(rows(40, 50))
    until(lambda: count(path) == 50)
    assert second.poll() is None


def test_wrong_settings_are_refused_in_one_line(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "lrdoctor.toml"
    config.write_text("nonsense = 1\n")
    process = start("--config", config)
    _, told = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert told.startswith(f"lrdoctor: {config}: unknown key 'nonsense'")
    assert told.count("\n") == 1


def test_damaged_store_is_set_aside_and_made_anew(start: Start, root: Path, path: Path) -> None:
    process = start()
    until(lambda: count(path) == 40)
    process.terminate()
    process.communicate(timeout=DEADLINE)
    path.write_bytes(b"\xff" * 50_000)
    for left in path.parent.glob("store.db-*"):
        left.unlink()
    process = start()
    until(lambda: count(path) == 40)
    with Store.open(path, read_only=True) as store:
        [notice] = store.status().notices
    assert "set aside as store.db.damaged-1, made anew from the logs" in notice
    process.terminate()
    _, told = process.communicate(timeout=DEADLINE)
    assert (process.returncode, told) == (0, f"lrdoctor: {notice}\n")


def test_store_damaged_under_it_is_set_aside_and_made_anew(
    start: Start, root: Path, path: Path
) -> None:
    start()
    until(lambda: count(path) == 40)
    with sqlite3.connect(path) as database:
        database.execute("drop table block")
    database.close()
    with (root / "run" / "m.csv").open("a") as file:
        file.write(rows(40, 50))
    until(lambda: path.with_name("store.db.damaged-1").exists())
    until(lambda: count(path) == 50)


def test_full_disk_is_told_to_readers_and_loses_nothing(
    start: Start, root: Path, path: Path
) -> None:
    process = start()
    until(lambda: count(path) == 40)
    with Store.open(path, read_only=True) as store:
        largest = max(file.stat().st_size for file in path.parent.glob("store.db*"))
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, hard))
        with (root / "run" / "m.csv").open("a") as file:
            file.write("".join(f"{step},{random.random()}\n" for step in range(40, 20_000)))
        until(lambda: any("the disk" in notice for notice in store.status().notices))
        assert count(path) == 40
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        until(lambda: count(path) == 20_000)
        until(lambda: store.status().notices == ())


def test_ends_with_the_process_that_started_it(root: Path, path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys; subprocess.Popen(sys.argv[1:]); sys.stdin.read()",
            *(sys.executable, "-m", "lrdoctor.ingest", "--store", path, root),
        ],
        stdin=subprocess.PIPE,
    )
    try:
        until(lambda: count(path) == 40)
    finally:
        parent.kill()
        parent.communicate()
    until(lambda: _free(path))


def test_point_now_and_then_waits_for_no_rest_and_many_cost_a_third_of_a_core(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, spent, rests = [100.0], [0.0], list[float]()

    def poll(_: Monitor, touched: Collection[str] | None = None, **__: object) -> list[str]:
        if touched is not None:
            spent[0] += 0.01
            now[0] += 0.02  # half of it waiting for a core
        return []

    def sleep(seconds: float) -> None:
        rests.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(Monitor, "poll", poll)
    monkeypatch.setattr(Monitor, "follows", lambda self, path: True)
    monkeypatch.setattr(Watch, "take", lambda self: Wake(frozenset(["m.csv"]), False))
    monkeypatch.setattr(Watch, "wait", lambda self, timeout: True)
    monkeypatch.setattr("lrdoctor.ingest.time.sleep", sleep)
    with Store.open(path) as store:
        following = Following(
            [str(root)], Monitor([root], store), clock=lambda: now[0], spent=lambda: spent[0]
        )
        for _ in range(50):
            following.look()
            following.wait()
            now[0] += 0.1
        assert not any(rests)
        began, used = now[0], spent[0]
        for _ in range(1000):
            following.look()
            following.wait()
        following.close()
    assert 0 < max(rests) <= 0.5
    assert (spent[0] - used) / (now[0] - began) == pytest.approx(1 / 3, rel=0.05)


def _free(path: Path) -> bool:
    try:
        Store.open(path).close()
    except StoreError:
        return False
    return True
