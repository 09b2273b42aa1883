"""What people say of runs: notes, mutes with a reason, acknowledgements; beside the store.

The store has one writer, the process that reads the logs. People write from the web processes, so
that what they write lies in a file of its own, found again by the runs' ids. Remarks are only ever
added: what is withdrawn is withdrawn by a remark, and a cursor tells what came since.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from lrdoctor.diagnosis import Json
from lrdoctor.errors import RemarkRefused, StoreDamaged
from lrdoctor.store import schema, sqlite
from lrdoctor.store.sqlite import Database

SUFFIX = ".remarks"
"""Added to the store's name."""
MOST_OF_RUN = 500
"""Standing remarks of one run: more than people write, fewer than a page can bear."""
MOST = 50_000
"""Remarks of one file. At their longest they take 100 MB."""


UNSETTLED = 2_000_000_000
"""Nanoseconds within which a file may change again without a new time stamp: the coarsest file
systems that are met stamp every 2 s."""


class Kind(StrEnum):
    """What a remark does."""

    NOTE = "note"
    ACKNOWLEDGE = "acknowledge"
    """Somebody has seen what is found and looks after it."""
    MUTE = "mute"
    """What is found shall not alarm, for the reason that the text gives."""
    WITHDRAW = "withdraw"
    """The remark ``of`` no longer stands; the text of a note goes with it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding, as far as a remark on it has to know it again: a finding that was made once stays
    among those of its run, with the same onset, however the run goes on."""

    rule: str
    severity: str
    """At the time of the remark."""
    metric: str
    onset_step: int


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark of one person on one run."""

    run: str
    """The run's id."""
    kind: Kind
    made_at: float
    """UTC seconds."""
    author: str = ""
    """As the author gave it; nobody checks it. "" for somebody."""
    text: str = ""
    """A note's text, a mute's reason."""
    covers: tuple[Trouble, ...] = ()
    """Of a mute or acknowledgement: what was found at that time."""
    only: bool = False
    """Just that is covered; else whatever its rules find on this run that is no worse."""
    until: float | None = None
    """UTC seconds at which a mute ends of itself; None: only when it gets worse."""
    of: int | None = None
    """The number of the remark that is withdrawn."""
    number: int = 0
    """Its place in the order of all remarks, from 1; 0: not yet kept."""

    def to_dict(self) -> dict[str, Json]:
        return {
            "number": self.number,
            "run": self.run,
            "kind": self.kind.value,
            "made_at": self.made_at,
            "author": self.author,
            "text": self.text,
            "covers": [asdict(one) for one in self.covers],
            "only": self.only,
            "until": self.until,
            "of": self.of,
        }


_TABLES = (
    """CREATE TABLE IF NOT EXISTS remark (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        run VARCHAR NOT NULL,
        kind VARCHAR NOT NULL,
        made_at FLOAT NOT NULL,
        author VARCHAR NOT NULL,
        text VARCHAR NOT NULL,
        covers VARCHAR NOT NULL,
        only BOOLEAN NOT NULL,
        until FLOAT,
        "of" INTEGER)""",
    "CREATE INDEX IF NOT EXISTS ix_remark_run ON remark (run)",
)
_OF_REMARK = tuple(name for name in Remark.__slots__ if name != "number")
_ADD = schema.insertion("remark", _OF_REMARK)
_ALL = f"""SELECT number, {", ".join(_OF_REMARK)} FROM remark
    WHERE number > :since AND (:run IS NULL OR run = :run) ORDER BY number"""


class Remarks:
    """The remarks in the file beside the store at ``store``; made with the first remark.

    Every web process may add some. Every method may raise StoreError and may block for a moment.
    """

    def __init__(self, store: Path) -> None:
        self.path = store.with_name(store.name + SUFFIX)
        self._lock = threading.Lock()
        self._open: tuple[tuple[int, int], Database] | None = None
        self._known: tuple[int, Mapping[str, tuple[Remark, ...]]] = (0, MappingProxyType({}))
        self._seen: object = None
        """The stamp of the file that is known."""

    def since(self, number: int) -> list[Remark]:
        """All remarks after this number, withdrawals included, in order."""
        database = self._reading()
        if database is None:
            return []
        with database.transaction() as connection:
            return _all(connection, number)

    def standing(self) -> tuple[int, Mapping[str, tuple[Remark, ...]]]:
        """The newest number, and by run what was said and not withdrawn, in order. Cheap: the file
        is only read after it has changed."""
        stamp = self._stamp()
        if stamp is not None and stamp == self._seen:
            return self._known
        database = self._reading()
        if database is None:
            return 0, MappingProxyType({})
        with database.transaction() as connection:
            newest = _newest(connection)
            known = self._known
            if known[0] != newest:
                known = self._known = newest, _by_run(_all(connection, 0))
        self._seen = stamp
        return known

    def add(self, remark: Remark) -> Remark:
        """Keep a remark; returns it with its number.

        Raises:
            RemarkRefused: there are too many, or what it withdraws does not stand.
        """
        try:
            return self._add(remark)
        except StoreDamaged:
            # As with a damaged store: kept for whoever can mend it, and begun anew.
            self.close()
            sqlite.set_aside(self.path)
            return self._add(remark)

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        with self._lock:
            if self._open is not None:
                self._open[1].close()
                self._open = None
            self._known, self._seen = (0, MappingProxyType({})), None

    def _add(self, remark: Remark) -> Remark:
        database = Database(self.path, read_only=False, once=self.path.exists())
        try:
            with database.transaction() as connection:
                for statement in _TABLES:
                    connection.execute(statement)
                _refuse(connection, remark)
                row = {name: getattr(remark, name) for name in _OF_REMARK}
                row["covers"] = orjson.dumps([astuple(one) for one in remark.covers]).decode()
                number = sqlite.made(connection.execute(_ADD, row))
                if remark.of is not None:
                    _erase(connection, remark.of)
            return replace(remark, number=number)
        finally:
            database.close()

    def _stamp(self) -> tuple[tuple[int, int, int], ...] | None:
        """What changes whenever somebody writes; None: that may just be happening."""
        stamps = []
        for end in ("", "-wal"):
            with suppress(FileNotFoundError):
                found = os.stat(f"{self.path}{end}")
                stamps.append((found.st_ino, found.st_size, found.st_mtime_ns))
        newest = max((stamp[2] for stamp in stamps), default=0)
        return tuple(stamps) if time.time_ns() - newest > UNSETTLED else None

    def _reading(self) -> Database | None:
        """For readers: the file as it is now; None where there is none, or nothing in it yet."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self.close()
            return None
        if not found.st_size:
            return None
        file = (found.st_dev, found.st_ino)
        with self._lock:
            if self._open is None or self._open[0] != file:
                if self._open is not None:
                    self._open[1].close()
                self._open = file, Database(self.path, read_only=True, once=True)
                self._known, self._seen = (0, MappingProxyType({})), None
            return self._open[1]


def _refuse(connection: sqlite3.Connection, remark: Remark) -> None:
    if _newest(connection) >= MOST:
        raise RemarkRefused(f"there are {MOST:,} remarks: no more can be kept")
    standing = _by_run(_all(connection, 0, remark.run)).get(remark.run, ())
    if remark.kind is Kind.WITHDRAW:
        if remark.of not in [one.number for one in standing]:
            raise RemarkRefused("this remark has been withdrawn already")
    elif len(standing) >= MOST_OF_RUN:
        raise RemarkRefused(f"this run has {MOST_OF_RUN} remarks: withdraw some first")


def _erase(connection: sqlite3.Connection, number: int) -> None:
    """Whoever takes a note back means that nobody shall read it any more."""
    connection.execute("PRAGMA secure_delete=ON")
    erased = "UPDATE remark SET text = '' WHERE number = ? AND kind = ?"
    connection.execute(erased, (number, Kind.NOTE.value))


def _newest(connection: sqlite3.Connection) -> int:
    # The rows of a file that another process is just making are not there yet.
    if not sqlite.has_table(connection, "remark"):
        return 0
    (found,) = connection.execute("SELECT max(number) FROM remark").fetchone()
    return found or 0


def _all(connection: sqlite3.Connection, since: int, run: str | None = None) -> list[Remark]:
    if not sqlite.has_table(connection, "remark"):
        return []
    names = ("number", *_OF_REMARK)
    found = connection.execute(_ALL, {"since": since, "run": run})
    return [_of(dict(zip(names, row, strict=True))) for row in found]


def _of(row: Mapping[Any, Any]) -> Remark:
    try:
        covers = tuple(Trouble(*one) for one in orjson.loads(row["covers"]))
        told = {"kind": Kind(row["kind"]), "covers": covers, "only": bool(row["only"])}
    except (TypeError, ValueError) as error:  # that of a damaged JSON text is one, too
        raise StoreDamaged(f"remark {row['number']} is damaged ({error})") from error
    return Remark(**{**row, **told})


def _by_run(remarks: Sequence[Remark]) -> dict[str, tuple[Remark, ...]]:
    withdrawn = {one.of for one in remarks if one.kind is Kind.WITHDRAW}
    standing: dict[str, list[Remark]] = {}
    for one in remarks:
        if one.kind is not Kind.WITHDRAW and one.number not in withdrawn:
            standing.setdefault(one.run, []).append(one)
    return {run: tuple(said) for run, said in standing.items()}
