"""What one commit writes of runs and files. Row numbers are asked for once, then remembered."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from functools import cache

from sqlalchemy import bindparam, delete, insert, select, update

from lrdoctor.store import points, schema
from lrdoctor.store.name import held
from lrdoctor.store.record import FileState, RunChange
from lrdoctor.store.statement import Connection, Statement

_OF_FILE = FileState.__struct_fields__

# Statements of every commit, made once: to make one anew takes longer than to execute it.
_CHANGE_FILE = Statement(
    update(schema.file).where(
        schema.file.c.log == bindparam("of"), schema.file.c.path == bindparam("at")
    ),
    _OF_FILE,
)
_ADD_FILES = Statement(insert(schema.file))
_DROP_FILES = Statement(delete(schema.file).where(schema.file.c.log == bindparam("of")))
_ADD_LOG = Statement(insert(schema.log), ["key"])
_FIND_LOG = Statement(select(schema.log.c.number).where(schema.log.c.key == bindparam("key")))
_FIND_ID = Statement(select(schema.run.c.number).where(schema.run.c.id == bindparam("id")))
_FIND_RUN = Statement(
    select(schema.run.c.number).where(
        schema.run.c.log == bindparam("of"), schema.run.c.run == bindparam("inside")
    )
)


@cache
def _add_run(columns: tuple[str, ...]) -> Statement:
    return Statement(insert(schema.run), columns)


@cache
def _change_run(columns: tuple[str, ...]) -> Statement:
    return Statement(update(schema.run).where(schema.run.c.number == bindparam("this")), columns)


class RunWriter:
    """Writes changes of runs. ``forget`` after a failed transaction."""

    def __init__(self) -> None:
        self._points = points.PointWriter()
        self._logs: dict[str, int] = {}
        """Row numbers of the logs by key, as far as this writer met them."""
        self._numbers: dict[tuple[int, str], int] = {}
        """Row numbers of the runs by log and name inside that, likewise."""
        self._paths: dict[int, list[str]] = {}
        """Files of the logs by row number, as far as this writer wrote them."""

    def forget(self) -> None:
        """What is remembered may not be what the database holds: ask it again."""
        self._points.forget()
        self._logs.clear()
        self._numbers.clear()
        self._paths.clear()

    def log(self, connection: Connection, key: str) -> int | None:
        """The log's row number; None where it has no row."""
        if key not in self._logs:
            found = _FIND_LOG.run(connection, {"key": held(key)}).fetchone()
            if found is None:
                return None
            self._logs[key] = found[0]
        return self._logs[key]

    def _new_log(self, connection: Connection, key: str) -> int:
        number = _made(_ADD_LOG.run(connection, {"key": held(key)}))
        self._logs[key] = number
        return number

    def _number(self, connection: Connection, log: int, run: str) -> int | None:
        if (log, run) not in self._numbers:
            found = _FIND_RUN.run(connection, {"of": log, "inside": run}).fetchone()
            if found is None:
                return None
            self._numbers[log, run] = found[0]
        return self._numbers[log, run]

    def write(self, connection: Connection, change: RunChange, version: int) -> None:
        """Write one change, as part of this version of the store."""
        row: dict[str, object] = {
            "version": version,
            "name": change.name,
            "observed_at": change.observed_at,
            "growing": change.growing,
            "gone": change.gone,
            "listed": True,
        }
        if change.line is not None:
            row["line"], row["edition"] = change.line, change.edition
        if change.updated_at is not None:
            row["updated_at"] = change.updated_at
        log = self.log(connection, change.key)
        if log is None:
            log = self._new_log(connection, change.key)
        number = self._number(connection, log, change.run)
        if number is None and change.formerly is not None:
            number = self._number(connection, log, change.formerly)
            self._numbers.pop((log, change.formerly), None)
            row["run"] = change.run
        if number is None:
            row.setdefault("updated_at", change.observed_at)
            row |= {"log": log, "run": change.run, "id": _new_id(connection, change)}
            number = _made(_add_run(tuple(row)).run(connection, row))
            self._numbers[log, change.run] = number
            self._points.begin(number)
        else:
            _change_run(tuple(row)).run(connection, {"this": number, **row})
            if change.fresh:
                self._points.clear(connection, number)
        self._points.append(connection, number, change.blocks)
        if change.files is not None:
            self._set_files(connection, log, change.files)

    def _set_files(self, connection: Connection, log: int, files: Sequence[FileState]) -> None:
        paths = [file.path for file in files]
        told = [{name: getattr(file, name) for name in _OF_FILE} for file in files]
        for row in told:
            row["path"] = held(row["path"])
        if self._paths.get(log) == paths:
            _CHANGE_FILE.run_each(
                connection, [{"of": log, "at": row["path"], **row} for row in told]
            )
            return
        _DROP_FILES.run(connection, {"of": log})
        rows = [{"log": log, "position": at, **row} for at, row in enumerate(told)]
        _ADD_FILES.run_each(connection, rows)
        self._paths[log] = paths


def _new_id(connection: Connection, change: RunChange) -> str:
    """An opaque id that a store made anew gives this run again: links and remarks stay good."""
    place = f"{change.key}\0{change.run}".encode("utf-8", "surrogateescape")
    id = hashlib.blake2b(place, digest_size=9, person=b"lrdoctor run").hexdigest()
    taken = _FIND_ID.run(connection, {"id": id}).fetchone()
    # A run that was renamed inside its log has kept the id of its former place.
    return id if taken is None else secrets.token_hex(9)


def _made(cursor: sqlite3.Cursor) -> int:
    """The number of the row that an insert made."""
    assert cursor.lastrowid is not None
    return cursor.lastrowid
