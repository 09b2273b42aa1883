"""What one commit writes of runs and files. Row numbers are asked for once, then remembered."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from functools import cache

from lrdoctor.store import points, schema
from lrdoctor.store.name import held
from lrdoctor.store.record import FileState, RunChange
from lrdoctor.store.sqlite import made

_OF_FILE = FileState.__struct_fields__

_CHANGE_FILE = f"UPDATE file SET {schema.change(_OF_FILE)} WHERE log = :of AND path = :at"
_ADD_FILES = schema.insertion("file", ("log", "position", *_OF_FILE))
_DROP_FILES = "DELETE FROM file WHERE log = :of"
_ADD_LOG = "INSERT INTO log (key) VALUES (:key)"
_FIND_LOG = "SELECT number FROM log WHERE key = :key"
_FIND_ID = "SELECT number FROM run WHERE id = :id"
_FIND_RUN = "SELECT number FROM run WHERE log = :of AND run = :inside"


@cache
def _add_run(columns: tuple[str, ...]) -> str:
    return schema.insertion("run", columns)


@cache
def _change_run(columns: tuple[str, ...]) -> str:
    return f"UPDATE run SET {schema.change(columns)} WHERE number = :this"


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

    def log(self, connection: sqlite3.Connection, key: str) -> int | None:
        """The log's row number; None where it has no row."""
        if key not in self._logs:
            found = connection.execute(_FIND_LOG, {"key": held(key)}).fetchone()
            if found is None:
                return None
            self._logs[key] = found[0]
        return self._logs[key]

    def _new_log(self, connection: sqlite3.Connection, key: str) -> int:
        number = made(connection.execute(_ADD_LOG, {"key": held(key)}))
        self._logs[key] = number
        return number

    def _number(self, connection: sqlite3.Connection, log: int, run: str) -> int | None:
        if (log, run) not in self._numbers:
            found = connection.execute(_FIND_RUN, {"of": log, "inside": run}).fetchone()
            if found is None:
                return None
            self._numbers[log, run] = found[0]
        return self._numbers[log, run]

    def write(self, connection: sqlite3.Connection, change: RunChange, version: int) -> None:
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
            number = made(connection.execute(_add_run(tuple(row)), row))
            self._numbers[log, change.run] = number
            self._points.begin(number)
        else:
            connection.execute(_change_run(tuple(row)), {"this": number, **row})
            if change.fresh:
                self._points.clear(connection, number)
        self._points.append(connection, number, change.blocks)
        if change.files is not None:
            self._set_files(connection, log, change.files)

    def _set_files(
        self, connection: sqlite3.Connection, log: int, files: Sequence[FileState]
    ) -> None:
        paths = [file.path for file in files]
        told = [{name: getattr(file, name) for name in _OF_FILE} for file in files]
        for row in told:
            row["path"] = held(row["path"])
        if self._paths.get(log) == paths:
            connection.executemany(
                _CHANGE_FILE, [{"of": log, "at": row["path"], **row} for row in told]
            )
            return
        connection.execute(_DROP_FILES, {"of": log})
        rows = [{"log": log, "position": at, **row} for at, row in enumerate(told)]
        connection.executemany(_ADD_FILES, rows)
        self._paths[log] = paths


def _new_id(connection: sqlite3.Connection, change: RunChange) -> str:
    """An opaque id that a store made anew gives this run again: links and remarks stay good."""
    place = f"{change.key}\0{change.run}".encode("utf-8", "surrogateescape")
    id = hashlib.blake2b(place, digest_size=9, person=b"lrdoctor run").hexdigest()
    taken = connection.execute(_FIND_ID, {"id": id}).fetchone()
    # A run that was renamed inside its log has kept the id of its former place.
    return id if taken is None else secrets.token_hex(9)
