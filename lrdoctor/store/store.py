"""The store: one process writes it, any number read it, and a kill at any instant harms nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from pathlib import Path
from typing import Self

from lrdoctor.errors import StoreError
from lrdoctor.run import Block, Cells
from lrdoctor.store import care, lock, rows, schema, sqlite
from lrdoctor.store import points as stored
from lrdoctor.store.asked import Asked
from lrdoctor.store.care import Contents
from lrdoctor.store.lock import WriterLock
from lrdoctor.store.record import (
    IngestStatus,
    KnownRun,
    RunChange,
    RunEntry,
    RunRecord,
)
from lrdoctor.store.sqlite import Database
from lrdoctor.store.writing import RunWriter


class Store:
    """Runs on disk. Made by ``Store.open``; every method may raise StoreError."""

    def __init__(self, database: Database, lock: WriterLock | None) -> None:
        self.path = database.path
        self._database = database
        self._asked = Asked(database, rows.VERSION, {"of": "version"})
        self._lock = lock
        self._runs = RunWriter()
        self._version: int | None = None
        """What the one writer knows without asking."""

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False) -> Store:
        """Open the store in this file. A writer makes it where there is none (mode 0600).

        Raises:
            StoreError: there is none (reading), another process writes it (writing), it is of a
                newer lrdoctor, or it is no store at all.
        """
        path = Path(path).expanduser()
        return cls._to_read(path) if read_only else cls._to_write(path)

    @classmethod
    def _to_read(cls, path: Path) -> Store:
        once = _lock_of(path).exists()
        store = cls(Database(path, read_only=True, once=once), None)
        try:
            with store._transaction() as connection:
                found = schema.schema_of(connection)
            if found is None:
                raise StoreError(f"the store {path} is still being made: try again")
            schema.refuse_newer(found)
            schema.refuse_older(found)
        except BaseException:
            store.close()  # it is tried again and again
            raise
        return store

    @classmethod
    def _to_write(cls, path: Path) -> Store:
        once = _lock_of(path).exists()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = WriterLock(_lock_of(path))
        except OSError as error:
            raise StoreError(f"the store {path} cannot be opened: {error.strerror}") from error
        store: Store | None = None
        try:
            store = cls(Database(path, read_only=False, once=once), held)
            with store._transaction() as connection:
                schema.prepare(connection)
        except BaseException:
            if not once:  # it is no store, and shall not look like one
                _lock_of(path).unlink(missing_ok=True)
            if store is not None:
                store.close()
            held.release()
            raise
        return store

    @staticmethod
    def set_aside(path: str | Path) -> Path:
        """Move a damaged store out of the way. Returns where to.

        Raises:
            StoreError: it cannot be moved.
        """
        return sqlite.set_aside(Path(path).expanduser())

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._asked.close()
        if "_writing" in self.__dict__:
            self._writing.close()
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What the readers of a store ask.

    def version(self) -> int:
        """Grows with every committed change to a run. Cheap: one row by its key."""
        return self._asked.answer()

    def changed(self, since: int = 0) -> tuple[int, list[RunRecord]]:
        """The present version, and the listed runs that changed after version ``since``."""
        with self._transaction() as connection:
            return rows.version(connection), rows.changed(connection, since)

    def pages(self, size: int) -> Iterator[list[RunEntry]]:
        """All listed runs whose logs are there in the order they were found, so many at a time.

        Each page is read in a transaction of its own: whoever takes long over one holds nothing.
        A run stands on one page, as it is when that is read, which may be after the first one.
        """
        after = -1
        while True:
            with self._transaction() as connection:
                entries, after = rows.page(connection, after, size)
            if not entries:
                return
            yield entries

    def record(self, id: str) -> RunRecord | None:
        """One listed run; None where there is no such run."""
        with self._transaction() as connection:
            return rows.record(connection, id)

    def points(
        self, id: str, tag: str, first: int | None = None, last: int | None = None
    ) -> Block | None:
        """The points of one tag with ``first <= step <= last``; None for an unknown run or tag."""
        with self._transaction() as connection:
            run = rows.number_of(connection, id)
            return None if run is None else stored.window(connection, run, tag, first, last)

    def cells(
        self, id: str, tag: str, first: int | None, last: int | None, points: int,
        wanted: Sequence[int],
    ) -> Cells | None:  # fmt: skip
        """The same points in cells, for a look at many of them as ``points`` points; None where
        they are to be read one by one. See ``coarse.window``."""
        with self._transaction() as connection:
            run = rows.number_of(connection, id)
            if run is None:
                return None
            return stored.cells(connection, run, tag, first, last, points, wanted)

    def status(self) -> IngestStatus:
        """What the writing process last said of itself; all zero where it never did."""
        with self._transaction() as connection:
            told = rows.status(connection)
        if told is None:
            return IngestStatus(alive_at=0.0, started_at=0.0)
        notices = tuple(told["notices"])
        trouble, said_at = lock.trouble(_lock_of(self.path))
        if trouble:
            notices, told["alive_at"] = (trouble, *notices), max(told["alive_at"], said_at)
        return IngestStatus(**{**told, "roots": tuple(told["roots"]), "notices": notices})

    def contents(self) -> Contents:
        """Figures of the store."""
        with self._transaction() as connection:
            return care.contents(connection)

    def editions(self) -> dict[str, int]:
        """How many runs whose logs are there were diagnosed by each lrdoctor."""
        with self._transaction() as connection:
            return care.editions(connection)

    def damages(self) -> list[str]:
        """What is wrong with it, one line each; empty for a sound store. Reads all of it."""
        with self._transaction() as connection:
            return list(care.damages(connection))

    # What the one writer does.

    def complain(self, trouble: str) -> None:
        """Tell readers why nothing can be committed just now; "" once it can again.

        It is one of the notices of ``status`` until then.
        """
        if self._lock is not None:
            with suppress(OSError):  # then not even this can be said: readers see it fall silent
                self._lock.say(trouble)

    def commit(self, changes: Sequence[RunChange], status: IngestStatus | None = None) -> int:
        """Points, reader states, offsets and diagnoses of these runs, all in one transaction.

        Returns the new version. After an error nothing was written, and the same call may be made
        again.
        """
        try:
            connection = self._writing
            with self._database.transaction(connection):
                version = rows.version(connection) if self._version is None else self._version
                if changes:
                    version += 1
                    rows.set_version(connection, version)
                for change in changes:
                    self._runs.write(connection, change, version)
                if status is not None:
                    rows.set_status(connection, status)
        except BaseException:
            self._forget()
            raise
        self._version = version
        return version

    def known(self) -> list[KnownRun]:
        """Every run in the store, listed or not, without points and reader states."""
        with self._transaction() as connection:
            return rows.known(connection)

    def restore(self, key: str) -> tuple[list[Block], dict[str, bytes]]:
        """All points of a log's runs that are not gone, as they were appended, one block a tag;
        reader states by path."""
        with self._transaction() as connection:
            log = self._runs.log(connection, key)
            if log is None:
                return [], {}
            return rows.restored(connection, log)

    def list_only(self, keys: Collection[str]) -> None:
        """From now on readers see the runs of these logs and those that ``commit`` writes only."""
        self._forget()
        with self._transaction() as connection:
            rows.list_only(connection, keys)

    def forget_gone(self, before: float) -> int:
        """Let go of runs whose logs had gone before this time. Returns how many."""
        self._forget()
        with self._transaction() as connection:
            return care.forget_gone(connection, before)

    def forget_offsets(self) -> None:
        """Have every log read from its beginning by the next monitor; runs keep their ids."""
        self._forget()
        with self._transaction() as connection:
            care.forget_offsets(connection)

    def compact(self) -> None:
        """Merge small blocks and give the file's free room back to the system."""
        self._forget()
        with self._transaction() as connection:
            care.merge(connection)
        self._database.vacuum()

    @cached_property
    def _writing(self) -> sqlite3.Connection:
        """The one writer's own."""
        return self._database.connection()

    def _forget(self) -> None:
        """What is remembered may not be what the database holds: ask it again."""
        self._runs.forget()
        self._version = None

    def _transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._database.transaction()


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + lock.SUFFIX)
