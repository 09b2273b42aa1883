"""What one commit writes of runs and files. Row numbers are asked for once, then remembered."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lrdoctor.store import points, schema
from lrdoctor.store.name import held
from lrdoctor.store.record import FileState, RunChange, head
from lrdoctor.store.sqlite import made

_OF_FILE = FileState.__struct_fields__

_CHANGE_FILE = f"UPDATE file SET {schema.change(_OF_FILE)} WHERE log = :of AND path = :at"
_ADD_FILES = schema.insertion("file", ("log", "position", *_OF_FILE))
_DROP_FILES = "DELETE FROM file WHERE log = :of"
_ADD_LOG = "INSERT INTO log (key) VALUES (:key)"
_FIND_LOG = "SELECT number FROM log WHERE key = :key"
_FIND_ID = "SELECT number FROM run WHERE id = :id"
_FIND_RUN = "SELECT number, id, updated_at FROM run WHERE log = :of AND run = :inside"


@cache
def _add_run(columns: tuple[str, ...]) -> str:
    return schema.insertion("run", columns)


@cache
def _change_run(columns: tuple[str, ...]) -> str:
    return f"UPDATE run SET {schema.change(columns)} WHERE number = :this"


@dataclass(slots=True)
class _Known:
    """What is remembered of a run."""

    number: int
    """Its row's."""
    id: str
    updated_at: float


class RunWriter:
    """Writes changes of runs. ``forget`` after a failed transaction."""

    def __init__(self) -> None:
        self._points = points.PointWriter()
        self._logs: dict[str, int] = {}
        """Row numbers of the logs by key, as far as this writer met them."""
        self._known: dict[tuple[int, str], _Known] = {}
        """The runs by log and name inside that, likewise."""
        self._paths: dict[int, list[str]] = {}
        """Files of the logs by row number, as far as this writer wrote them."""

    def forget(self) -> None:
        """What is remembered may not be what the database holds: ask it again."""
        self._points.forget()
        self._logs.clear()
        self._known.clear()
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

    def _found(self, connection: sqlite3.Connection, log: int, run: str) -> _Known | None:
        if (log, run) not in self._known:
            found = connection.execute(_FIND_RUN, {"of": log, "inside": run}).fetchone()
            if found is None:
                return None
            self._known[log, run] = _Known(*found)
        return self._known[log, run]

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
        known = self._found(connection, log, change.run)
        if known is None and change.formerly is not None:
            known = self._found(connection, log, change.formerly)
            self._known.pop((log, change.formerly), None)
            row["run"] = change.run
        if known is None:
            id = _new_id(connection, change)
            grew = change.observed_at if change.updated_at is None else change.updated_at
            row |= {"log": log, "run": change.run, "id": id, "updated_at": grew}
            row["head"] = _head(change, version, id, grew)
            number = made(connection.execute(_add_run(tuple(row)), row))
            known = self._known[log, change.run] = _Known(number, id, grew)
            self._points.begin(number)
        else:
            if change.updated_at is not None:
                known.updated_at = change.updated_at
            row["head"] = _head(change, version, known.id, known.updated_at)
            connection.execute(_change_run(tuple(row)), {"this": known.number, **row})
            if change.fresh:
                self._points.clear(connection, known.number)
        self._points.append(connection, known.number, change.blocks)
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


def _head(change: RunChange, version: int, id: str, updated_at: float) -> bytes:
    return head(id, version, change.observed_at, updated_at, change.growing, change.gone)


def _new_id(connection: sqlite3.Connection, change: RunChange) -> str:
    """An opaque id that a store made anew gives this run again: links and remarks stay good."""
    place = f"{change.key}\0{change.run}".encode("utf-8", "surrogateescape")
    id = hashlib.blake2b(place, digest_size=9, person=b"lrdoctor run").hexdigest()
    taken = connection.execute(_FIND_ID, {"id": id}).fetchone()
    # A run that was renamed inside its log has kept the id of its former place.
    return id if taken is None else secrets.token_hex(9)
