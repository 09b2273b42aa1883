"""The store's tables, and the way from an older form of them to this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from lrdoctor.errors import StoreError
from lrdoctor.store.record import head
from lrdoctor.store.sqlite import has_table

SCHEMA = 6
"""The form of the tables below and of the blocks in them; grows with each change to either. From 2
to 3 only new blocks differ: they are packed by Zstandard. From 3 to 4 a run tells its edition, from
4 to 5 its head lies ready. From 5 to 6 new blocks have their cells beside them."""

_COARSE = """CREATE TABLE IF NOT EXISTS coarse (
    run INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kept BLOB NOT NULL,
    cells BLOB NOT NULL,
    PRIMARY KEY (run, tag, position))"""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (name VARCHAR NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
    # What is read together: one file mostly. Its files are read once for all of its runs.
    """CREATE TABLE IF NOT EXISTS log (
        number INTEGER NOT NULL PRIMARY KEY,
        key VARCHAR NOT NULL UNIQUE)""",
    # run: which run inside the log; "" for the only one. edition: which lrdoctor its diagnosis is
    # by; "" for one of before editions were told. head: see ``record.head``.
    """CREATE TABLE IF NOT EXISTS run (
        number INTEGER NOT NULL PRIMARY KEY,
        id VARCHAR NOT NULL UNIQUE,
        log INTEGER NOT NULL REFERENCES log (number),
        run VARCHAR NOT NULL,
        version BIGINT NOT NULL,
        name VARCHAR NOT NULL,
        line BLOB NOT NULL,
        observed_at FLOAT NOT NULL,
        updated_at FLOAT NOT NULL,
        growing BOOLEAN NOT NULL,
        gone BOOLEAN NOT NULL,
        listed BOOLEAN NOT NULL,
        edition VARCHAR NOT NULL DEFAULT '',
        head BLOB NOT NULL DEFAULT x'')""",
    "CREATE INDEX IF NOT EXISTS ix_run_version ON run (version)",
    "CREATE UNIQUE INDEX IF NOT EXISTS run_place ON run (log, run)",
    """CREATE TABLE IF NOT EXISTS file (
        log INTEGER NOT NULL REFERENCES log (number),
        path VARCHAR NOT NULL,
        position INTEGER NOT NULL,
        format VARCHAR NOT NULL,
        device BIGINT NOT NULL,
        inode BIGINT NOT NULL,
        offset BIGINT NOT NULL,
        size BIGINT NOT NULL,
        mtime_ns BIGINT NOT NULL,
        ctime_ns BIGINT NOT NULL,
        tail BLOB NOT NULL,
        notes BLOB NOT NULL,
        reader BLOB NOT NULL,
        PRIMARY KEY (log, path))""",
    # falls: somewhere a step goes back, so that later points overtake earlier ones.
    """CREATE TABLE IF NOT EXISTS tag (
        run INTEGER NOT NULL REFERENCES run (number),
        number INTEGER NOT NULL,
        name VARCHAR NOT NULL,
        falls BOOLEAN NOT NULL,
        PRIMARY KEY (run, number))""",
    "CREATE UNIQUE INDEX IF NOT EXISTS tag_name ON tag (run, name)",
    # first_step, last_step: lowest and highest; end_step: the last point's.
    """CREATE TABLE IF NOT EXISTS block (
        number INTEGER NOT NULL PRIMARY KEY,
        run INTEGER NOT NULL,
        tag INTEGER NOT NULL,
        position INTEGER NOT NULL,
        first_step BIGINT NOT NULL,
        last_step BIGINT NOT NULL,
        end_step BIGINT NOT NULL,
        size INTEGER NOT NULL,
        data BLOB NOT NULL)""",
    "CREATE UNIQUE INDEX IF NOT EXISTS block_place ON block (run, tag, position)",
    # The cells of a block that is not small; see ``coarse``. Blocks of before form 6 have none.
    _COARSE,
    """CREATE TABLE IF NOT EXISTS status (
        number INTEGER NOT NULL PRIMARY KEY,
        value BLOB NOT NULL)""",
)

_NUMBERS = "SELECT number FROM run"
_TOLD = "SELECT id, version, observed_at, updated_at, growing, gone FROM run WHERE number = ?"
_SET_HEAD = "UPDATE run SET head = ? WHERE number = ?"


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database, or see that they are of this form.

    Raises:
        StoreError: they are of a newer form than this lrdoctor knows.
    """
    found = schema_of(connection)
    if found is None:
        _make_tables(connection)
        first = (("schema", SCHEMA), ("version", 0))
        connection.executemany("INSERT INTO meta (name, value) VALUES (?, ?)", first)
        return
    refuse_newer(found)
    if found < SCHEMA:
        if found < 2:
            _to_2(connection)
        elif found < 4:
            connection.execute("ALTER TABLE run ADD COLUMN edition VARCHAR NOT NULL DEFAULT ''")
        if 2 <= found < 5:
            connection.execute("ALTER TABLE run ADD COLUMN head BLOB NOT NULL DEFAULT x''")
        if found < 5:
            set_heads(connection, [number for (number,) in connection.execute(_NUMBERS)])
        connection.execute(_COARSE)
        connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (SCHEMA,))


def set_heads(connection: sqlite3.Connection, runs: Iterable[int]) -> None:
    """Have the heads of these rows say what the rows do."""
    for number in runs:
        told = connection.execute(_TOLD, (number,)).fetchone()
        connection.execute(_SET_HEAD, (head(*told), number))


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


def _to_2(connection: sqlite3.Connection) -> None:
    """Logs get a table of their own: one may hold several runs."""
    held = {name: _rows(connection, name) for name in ("run", "file")}
    for name in ("file", "run"):
        connection.execute(f"DROP TABLE {name}")
    _make_tables(connection)
    for row in held["run"]:
        log = {"number": row["number"], "key": row.pop("key")}
        _insert(connection, "log", log)
        _insert(connection, "run", {**row, "log": row["number"], "run": ""})
    for row in held["file"]:
        _insert(connection, "file", {"log": row.pop("run"), **row})


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    found = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    connection.execute(insertion(table, row), row)


def insertion(table: str, columns: Iterable[str]) -> str:
    """The statement that adds a row of these columns, its parameters by name."""
    names = list(columns)
    told, values = ", ".join(names), ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({told}) VALUES ({values})"


def change(columns: Iterable[str]) -> str:
    """What an update sets where it sets these columns, its parameters by name."""
    return ", ".join(f"{name} = :{name}" for name in columns)


def schema_of(connection: sqlite3.Connection) -> int | None:
    """The form of the tables; None in an empty database."""
    if not has_table(connection, "meta"):
        return None
    found = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    return None if found is None else int(found[0])


def refuse_older(found: int) -> None:
    """Raises StoreError where a writer must first bring the form up to date."""
    if found < SCHEMA:
        raise StoreError("the store is of an older lrdoctor: watch its logs once with this one")


def refuse_newer(found: int) -> None:
    """Raises StoreError where the form is newer than this lrdoctor."""
    if found > SCHEMA:
        raise StoreError(
            f"the store is of form {found}, this lrdoctor knows up to {SCHEMA}: "
            "update lrdoctor, or name another file with --store"
        )
