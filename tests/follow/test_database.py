"""Pictures of a SQLite database, compared with what SQLite itself makes of the same files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.follow import database

ROWS = "SELECT number, text FROM points ORDER BY number"


def rows_in(data: bytes) -> list[tuple[int, str]]:
    """By SQLite, of a database in memory, which must be sound."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(data)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute(ROWS).fetchall()


def picture(path: Path) -> bytes:
    return database.tail(str(path)).read(time.time()).data


@pytest.fixture(params=["wal", "delete", "truncate", "persist"])
def writer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[sqlite3.Connection]:
    """A database of one table in each of SQLite's ways to make a commit safe."""
    with closing(sqlite3.connect(tmp_path / "run.db", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {request.param}")
        connection.execute("PRAGMA cache_size = 5")  # pages go to disk before their commit
        connection.execute("CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)")
        yield connection


def add(writer: sqlite3.Connection, first: int, count: int = 1) -> None:
    rows = [(n, f"point {n} " * 20) for n in range(first, first + count)]
    writer.executemany("INSERT INTO points VALUES (?, ?)", rows)


def test_commit_is_seen_and_nothing_before_it(tmp_path: Path, writer: sqlite3.Connection):
    path = tmp_path / "run.db"
    for first in range(0, 1000, 200):
        before = writer.execute(ROWS).fetchall()
        writer.execute("BEGIN")
        add(writer, first, 200)
        writer.execute("UPDATE points SET text = text || '!' WHERE number % 7 = 0")
        assert rows_in(picture(path)) == before
        writer.execute("COMMIT")
        assert rows_in(picture(path)) == writer.execute(ROWS).fetchall()
    writer.execute("BEGIN")
    writer.execute("DELETE FROM points")
    assert len(rows_in(picture(path))) == 1000
    writer.execute("ROLLBACK")
    assert len(rows_in(picture(path))) == 1000


def test_writer_is_neither_locked_out_nor_disturbed(tmp_path: Path, writer: sqlite3.Connection):
    add(writer, 0, 10)
    beside = sorted(os.listdir(tmp_path))
    writer.execute("BEGIN EXCLUSIVE")
    assert len(rows_in(picture(tmp_path / "run.db"))) == 10
    add(writer, 10)
    writer.execute("COMMIT")
    assert len(rows_in(picture(tmp_path / "run.db"))) == 11
    assert set(os.listdir(tmp_path)) - {"run.db-journal"} == set(beside) - {"run.db-journal"}


def test_nothing_is_made_in_a_folder_that_is_only_read(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "run.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)")
        add(writer, 0, 10)
    assert os.listdir(tmp_path) == ["run.db"]
    assert len(rows_in(picture(tmp_path / "run.db"))) == 10
    assert os.listdir(tmp_path) == ["run.db"]


def test_log_cut_anywhere_is_what_sqlite_makes_of_it(tmp_path: Path):
    path, other = tmp_path / "run.db", tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("PRAGMA wal_autocheckpoint = 30")
        writer.execute("CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)")
        for first in range(0, 400, 10):
            add(writer, first, 10)
        log = Path(f"{path}-wal").read_bytes()
        assert len(log) > 20_000
        data = path.read_bytes()
    random = np.random.default_rng(0)
    seen = set()
    for cut in random.integers(0, len(log), 60).tolist():
        broken = bytearray(log[:cut])
        if cut % 3 == 0 and cut:
            broken[int(random.integers(0, cut))] ^= 1
        for folder in (tmp_path, other):
            (folder / "run.db").write_bytes(data)
            (folder / "run.db-wal").write_bytes(broken)
        ours = rows_in(picture(path))
        with closing(sqlite3.connect(other / "run.db")) as sqlite:
            assert ours == sqlite.execute(ROWS).fetchall()
        seen.add(len(ours))
    assert len(seen) > 5


def test_killed_writer_leaves_the_state_before_its_transaction(tmp_path: Path):
    path, copy = tmp_path / "run.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 5")
        writer.execute("CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)")
        add(writer, 0, 500)
        committed = path.read_bytes()
        writer.execute("BEGIN")
        writer.execute("UPDATE points SET text = upper(text)")
        add(writer, 500, 500)
        shutil.copy(path, copy)
        shutil.copy(f"{path}-journal", f"{copy}-journal")
    assert copy.read_bytes() != committed
    ours = rows_in(picture(copy))
    assert os.path.exists(f"{copy}-journal")
    with closing(sqlite3.connect(copy)) as sqlite:
        assert ours == sqlite.execute(ROWS).fetchall()
    assert len(ours) == 500


WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
connection.execute(f"PRAGMA journal_mode = {sys.argv[2]}")
connection.execute("PRAGMA synchronous = off")
connection.execute("PRAGMA wal_autocheckpoint = 20")
connection.execute("CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)")
connection.execute("CREATE TABLE total (count INTEGER)")
connection.execute("INSERT INTO total VALUES (0)")
number, end = 0, time.monotonic() + 2
while time.monotonic() < end:
    connection.execute("BEGIN")
    for number in range(number + 1, number + 20):
        connection.execute("INSERT INTO points VALUES (?, ?)", (number, "x" * (number % 300)))
    connection.execute("UPDATE total SET count = count + 19")
    connection.execute("COMMIT")
    time.sleep(0.003)
print(number)
"""


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_every_picture_of_a_busy_database_is_whole(tmp_path: Path, mode: str):
    path = tmp_path / "run.db"
    command = [sys.executable, "-c", WRITER, str(path), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        counts = []
        while writer.poll() is None:
            try:
                data = picture(path)
            except (BlockingIOError, FileNotFoundError):
                continue
            if len(data) > 4096 * 3:
                counts.append(consistent(data))
        assert writer.returncode == 0  # it never met a lock
        assert writer.stdout is not None
        written = int(writer.stdout.read())
    assert len(set(counts)) > 10
    assert counts == sorted(counts)
    assert consistent(picture(path)) == written


def consistent(data: bytes) -> int:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(data)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (count,) = connection.execute("SELECT count(*) FROM points").fetchone()
        (told,) = connection.execute("SELECT count FROM total").fetchone() or (0,)
    assert count == told
    return count


def test_growth_of_the_log_alone_is_seen(tmp_path: Path):
    path = tmp_path / "run.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)")
        tail = database.tail(str(path))
        tail.mark = tail.read(time.time() + 60).mark
        before = path.stat()
        assert not tail.look()
        add(writer, 0)
        assert path.stat().st_mtime_ns == before.st_mtime_ns
        assert tail.look()


@pytest.mark.parametrize("data", [b"step,loss\n1,2\n", database.MAGIC + b"7" * 200, b""])
def test_file_that_is_no_database_is_read_as_any_other(tmp_path: Path, data: bytes):
    path = tmp_path / "notes.db"
    path.write_bytes(data)
    piece = database.tail(str(path)).read(time.time())
    assert piece.data == piece.head == data


def test_database_that_no_reader_took_is_not_read_again_while_its_schema_stands(tmp_path: Path):
    path = tmp_path / "cache.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)")
        tail = database.tail(str(path))
        tail.mark = tail.read(time.time()).untaken
        add(writer, 0, 10)
        assert tail.read(time.time()).data == b""
        writer.execute("CREATE TABLE more (number INTEGER)")
        assert tail.read(time.time()).head == (
            database.MAGIC
            + b"CREATE TABLE points (number INTEGER PRIMARY KEY, text TEXT)\n"
            + b"CREATE TABLE more (number INTEGER)"
        )


def test_log_and_journal_belong_to_their_database():
    assert database.owner("a/mlflow.db-wal") == "a/mlflow.db"
    assert database.owner("a/mlflow.db-journal") == "a/mlflow.db"
    assert database.owner("a/mlflow.db-shm") is None
    assert database.owner("a/train.log-wal") is None
