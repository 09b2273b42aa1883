"""The rows of runs, their logs and files: what a store is asked for, and what is set in them.

Each function works within the transaction of its connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

import orjson
from msgspec.structs import replace

from lrdoctor.run import Block
from lrdoctor.store import points, schema
from lrdoctor.store.name import name_of
from lrdoctor.store.record import FileState, IngestStatus, KnownRun, RunEntry, RunRecord

_RECORD = ", ".join(RunRecord.__struct_fields__)
_OF_FILE = ", ".join(name for name in FileState.__struct_fields__ if name != "reader")
_KNOWN = ", ".join(f"run.{n}" for n in KnownRun.__struct_fields__ if n not in ("key", "files"))

VERSION = "SELECT value FROM meta WHERE name = :of"
_SET_VERSION = "UPDATE meta SET value = :now WHERE name = :of"
_CHANGED = f"SELECT {_RECORD} FROM run WHERE version > :since AND listed ORDER BY version, number"
_ENTRIES = """SELECT number, id, head, line FROM run
    WHERE number > :after AND listed AND NOT gone ORDER BY number"""
_ONE = f"SELECT {_RECORD} FROM run WHERE id = :id AND listed"
_NUMBER = "SELECT number FROM run WHERE id = :id AND listed"
_READERS = "SELECT path, reader FROM file WHERE log = :of"
_RUNS_OF = "SELECT number, run FROM run WHERE log = :of AND NOT gone ORDER BY number"
_ALL_FILES = f"SELECT log, {_OF_FILE} FROM file ORDER BY position"
_ALL_RUNS = f"""SELECT run.log, log.key, {_KNOWN} FROM run JOIN log ON log.number = run.log
    ORDER BY run.number"""
_SHOWN = "SELECT run.number, log.key, run.listed FROM run JOIN log ON log.number = run.log"
_LIST = "UPDATE run SET listed = NOT listed, version = :version WHERE number = :number"
_STATUS = "SELECT value FROM status"
_ADD_STATUS = "INSERT INTO status (number, value) VALUES (:number, :value)"
_SET_STATUS = "UPDATE status SET value = :now"


def changed(connection: sqlite3.Connection, since: int) -> list[RunRecord]:
    """The listed runs that changed after this version."""
    return [_record(row) for row in connection.execute(_CHANGED, {"since": since})]


def page(connection: sqlite3.Connection, after: int, size: int) -> tuple[list[RunEntry], int]:
    """So many listed runs whose logs are there, behind the run of this number, and the number of
    the last of them."""
    with closing(connection.execute(_ENTRIES, {"after": after})) as found:
        rows = found.fetchmany(size)  # no more of them are looked for
    entries = [RunEntry(id, head, line) for _, id, head, line in rows]
    return entries, rows[-1][0] if rows else after


def record(connection: sqlite3.Connection, id: str) -> RunRecord | None:
    """One listed run; None where there is no such run."""
    row = connection.execute(_ONE, {"id": id}).fetchone()
    return None if row is None else _record(row)


def number_of(connection: sqlite3.Connection, id: str) -> int | None:
    """The number of a listed run; None where there is no such run."""
    row = connection.execute(_NUMBER, {"id": id}).fetchone()
    return None if row is None else int(row[0])


def status(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """What the writing process last said of itself; None where it never did."""
    found = connection.execute(_STATUS).fetchone()
    return None if found is None else orjson.loads(found[0])


def known(connection: sqlite3.Connection) -> list[KnownRun]:
    """Every run, listed or not, without points and reader states."""
    files: dict[int, list[FileState]] = {}
    for row in connection.execute(_ALL_FILES, {}):
        state = (name_of(row[1]), *row[2:-1], b"", row[-1])
        files.setdefault(row[0], []).append(FileState(*state))
    of = {log: tuple(states) for log, states in files.items()}
    return [
        KnownRun(name_of(key), name, seen, grew, bool(growing), bool(gone), run, by,
                 bool(listed), of.get(log, ()))
        for log, key, name, seen, grew, growing, gone, run, by, listed
        in connection.execute(_ALL_RUNS, {})
    ]  # fmt: skip


def restored(connection: sqlite3.Connection, log: int) -> tuple[list[Block], dict[str, bytes]]:
    """All points of a log's runs that are not gone, one block a tag; reader states by path."""
    states = {name_of(path): state for path, state in connection.execute(_READERS, {"of": log})}
    runs = connection.execute(_RUNS_OF, {"of": log}).fetchall()
    blocks = [
        replace(block, run=run) if run else block
        for number, run in runs
        for block in points.tags_of(connection, number)
    ]
    return blocks, states


def list_only(connection: sqlite3.Connection, keys: Collection[str]) -> None:
    """Show the runs of these logs and no others."""
    shown = connection.execute(_SHOWN, {})
    moved = [n for n, key, listed in shown if bool(listed) != (name_of(key) in keys)]
    if not moved:
        return
    now = version(connection) + 1
    rows = [{"version": now, "number": number} for number in moved]
    connection.executemany(_LIST, rows)
    schema.set_heads(connection, moved)
    set_version(connection, now)


def _record(row: Sequence[Any]) -> RunRecord:
    id, head, line, changed_in, name, observed_at, updated_at, growing, gone = row
    flags = bool(growing), bool(gone)  # SQLite has numbers for them
    return RunRecord(id, head, line, changed_in, name, observed_at, updated_at, *flags)


def version(connection: sqlite3.Connection) -> int:
    """Committed changes so far."""
    found = connection.execute(VERSION, {"of": "version"}).fetchone()
    return 0 if found is None else int(found[0])


def set_version(connection: sqlite3.Connection, now: int) -> None:
    connection.execute(_SET_VERSION, {"of": "version", "now": now})


def set_status(connection: sqlite3.Connection, told: IngestStatus) -> None:
    value = orjson.dumps(asdict(told))
    if not connection.execute(_SET_STATUS, {"now": value}).rowcount:
        connection.execute(_ADD_STATUS, {"number": 1, "value": value})
