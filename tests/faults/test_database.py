"""A live database, as its tracker writes it: every point comes once, whatever happens between."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.monitor import Monitor
from lrdoctor.monitor.file import LogFile
from lrdoctor.resources import folder
from lrdoctor.store import Store

SAMPLE = folder("sample_logs") / "formats/mlflow-database/mlflow_database/store/mlflow.db"
INSERT = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?,?,?,?,?,0)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return Path(shutil.copy(SAMPLE, tmp_path / "logs" / "mlflow.db"))


@pytest.fixture(params=["wal", "delete"])
def writer(path: Path, request: pytest.FixtureRequest) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        connection.execute(f"PRAGMA journal_mode = {request.param}")
        connection.execute("PRAGMA wal_autocheckpoint = 50")
        yield connection


def kept(store: Store, path: Path) -> Counter[tuple[str, str, int, float]]:
    blocks, _ = store.restore(os.path.abspath(path))
    return Counter(
        (block.run, block.tag, step, value)
        for block in blocks
        for step, value in zip(block.steps.tolist(), block.values.tolist(), strict=True)
        if np.isfinite(value)
    )


def written(writer: sqlite3.Connection) -> Counter[tuple[str, str, int, float]]:
    rows = writer.execute(
        "SELECT e.name || '/' || r.name, r.run_uuid, key, step, value FROM metrics "
        "JOIN runs r USING (run_uuid) JOIN experiments e USING (experiment_id) "
        "WHERE r.lifecycle_stage = 'active' AND NOT is_nan AND abs(value) < 1e308"
    ).fetchall()
    (later,) = writer.execute("SELECT run_uuid FROM runs WHERE name = 'good'").fetchall()[1]
    return Counter(
        (f"{run} ({uuid[:8]})" if uuid == later else run, key, step, value)
        for run, uuid, key, step, value in rows
    )


def test_every_point_comes_once(path: Path, tmp_path: Path, writer: sqlite3.Connection):
    clock = itertools.count(int(path.stat().st_mtime) + 1, 2)
    runs = [uuid for (uuid,) in writer.execute("SELECT run_uuid FROM runs")][:3]
    random = np.random.default_rng(0)
    with Store.open(tmp_path / "store.db") as store:
        monitor = Monitor([path.parent], store, clock=clock.__next__)
        for look in range(24):
            committed = written(writer)
            writer.execute("BEGIN")
            for uuid in runs[: look % 4]:
                for step in range(100 + look * 3, 103 + look * 3):
                    row = ("train/loss", float(random.normal()), 1_700_000_000_000, uuid, step)
                    writer.execute(INSERT, row)
            monitor.poll([str(path)] if look % 3 else None)
            assert kept(store, path) == committed
            writer.execute("COMMIT" if look % 5 else "ROLLBACK")
            monitor.poll([str(path)])
            assert kept(store, path) == written(writer)
            if look % 7 == 6:
                monitor.close()
                monitor = Monitor([path.parent], store, clock=clock.__next__)
        assert kept(store, path).total() > 150


def test_only_the_run_that_grew_is_diagnosed_anew(
    path: Path, tmp_path: Path, writer: sqlite3.Connection
):
    now = path.stat().st_mtime + 10
    (uuid,) = writer.execute("SELECT run_uuid FROM runs WHERE name = 'diverged'").fetchone()
    with Store.open(tmp_path / "store.db") as store:
        monitor = Monitor([path.parent], store, clock=lambda: now)
        assert len(monitor.poll()) == 3
        writer.execute(INSERT, ("train/loss", 0.5, 1_700_000_000_000, uuid, 999))
        (diagnosis,) = monitor.poll([str(path)])
    assert diagnosis.run.endswith("second/diverged")


def test_deleted_run_goes(path: Path, tmp_path: Path, writer: sqlite3.Connection):
    now = path.stat().st_mtime + 10
    with Store.open(tmp_path / "store.db") as store:
        monitor = Monitor([path.parent], store, clock=lambda: now)
        monitor.poll()
        writer.execute("UPDATE runs SET lifecycle_stage = 'deleted' WHERE name = 'diverged'")
        monitor.poll()
        assert {run for run, *_ in kept(store, path)} == {run for run, *_ in written(writer)}


def test_broken_page_is_told_and_the_next_write_mends_it(path: Path, tmp_path: Path):
    now = path.stat().st_mtime + 10
    sound = path.read_bytes()
    path.write_bytes(sound[:2048] + os.urandom(len(sound) - 2048))
    with Store.open(tmp_path / "store.db") as store:
        monitor = Monitor([path], store, clock=lambda: now)
        (diagnosis,) = monitor.poll()
        assert diagnosis.status == "unreadable"
        path.write_bytes(sound)
        now += 3
        assert len(monitor.poll()) >= 3


def test_own_store_is_never_looked_into(path: Path, tmp_path: Path):
    """Closing any descriptor of it would let go of the locks that its writer holds."""
    with Store.open(path.parent / "store.db") as store:
        monitor = Monitor([path.parent, store.path], store, clock=lambda: path.stat().st_mtime)
        assert len(monitor.poll()) == 3
        assert monitor.diagnoses == []
        assert not monitor.wanted(str(store.path.resolve()))


def test_a_schema_far_from_the_beginning_still_tells_the_format(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE filler (x)")
        base.executemany("INSERT INTO filler VALUES (?)", [(b"x" * 1000,)] * 200)
        for n in range(40):
            base.execute(f"CREATE TABLE wide_{n} ({', '.join(f'c{i}' for i in range(90))})")
        base.execute("CREATE TABLE trial_intermediate_values (trial_id, step, intermediate_value)")
    base.close()
    assert b"trial_intermediate_values" not in path.read_bytes()[: 64 << 10]
    file = LogFile(str(path))
    file.pull(0.0, lambda: None)
    assert file.format == "optuna-database"
    file.finish()
    assert file.format == "optuna-database"
