"""The store: one process writes it, any number read it, and a kill at any instant harms nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection as Lent
from sqlalchemy import Engine, bindparam, insert, select, update

from lrdoctor.errors import StoreError
from lrdoctor.run import Block
from lrdoctor.store import care, lock, points, schema, sqlite
from lrdoctor.store.asked import Asked
from lrdoctor.store.care import Contents
from lrdoctor.store.lock import WriterLock
from lrdoctor.store.name import name_of
from lrdoctor.store.record import FileState, IngestStatus, KnownRun, RunChange, RunRecord
from lrdoctor.store.statement import Connection, Statement
from lrdoctor.store.writing import RunWriter

_RECORD = [schema.run.c[name] for name in RunRecord.__struct_fields__]

_VERSION = Statement(select(schema.meta.c.value).where(schema.meta.c.name == bindparam("of")))
_SET_VERSION = Statement(
    update(schema.meta).where(schema.meta.c.name == bindparam("of")).values(value=bindparam("now"))
)
_CHANGED = Statement(
    select(*_RECORD)
    .where(schema.run.c.version > bindparam("since"), schema.run.c.listed)
    .order_by(schema.run.c.version, schema.run.c.number)
)
_AFTER = Statement(
    select(schema.run.c.number, *_RECORD)
    .where(schema.run.c.number > bindparam("after"), schema.run.c.listed)
    .order_by(schema.run.c.number)
)
_READERS = Statement(
    select(schema.file.c.path, schema.file.c.reader).where(schema.file.c.log == bindparam("of"))
)
_RUNS_OF = Statement(
    select(schema.run.c.number, schema.run.c.run)
    .where(schema.run.c.log == bindparam("of"), ~schema.run.c.gone)
    .order_by(schema.run.c.number)
)
_ALL_FILES = Statement(
    select(
        schema.file.c.log, *(schema.file.c[n] for n in FileState.__struct_fields__ if n != "reader")
    ).order_by(schema.file.c.position)
)
_ALL_RUNS = Statement(
    select(
        schema.run.c.log, schema.log.c.key,
        *(schema.run.c[n] for n in KnownRun.__struct_fields__ if n not in ("key", "files")),
    )
    .join(schema.log)
    .order_by(schema.run.c.number)
)  # fmt: skip
_SHOWN = Statement(
    select(schema.run.c.number, schema.log.c.key, schema.run.c.listed).join(schema.log)
)
_ADD_STATUS = Statement(insert(schema.status))
_SET_STATUS = Statement(update(schema.status).values(value=bindparam("now")))


class Store:
    """Runs on disk. Made by ``Store.open``; every method may raise StoreError."""

    def __init__(self, path: Path, engine: Engine, lock: WriterLock | None) -> None:
        self.path = path
        self._engine = engine
        self._asked = Asked(engine, path, _VERSION, {"of": "version"})
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
        engine = sqlite.connect(path, read_only=True, once=_lock_of(path).exists())
        store = cls(path, engine, None)
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
            store = cls(path, sqlite.connect(path, read_only=False, once=once), held)
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
        self._engine.dispose()
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
            rows = _CHANGED.run(connection, {"since": since})
            return _version(connection), [_record(row) for row in rows]

    def pages(self, size: int) -> Iterator[list[RunRecord]]:
        """All listed runs in the order they were found, so many at a time.

        Each page is read in a transaction of its own: whoever takes long over one holds nothing.
        A run stands on one page, as it is when that is read, which may be after the first one.
        """
        after = -1
        while True:
            with (
                self._transaction() as connection,
                closing(_AFTER.run(connection, {"after": after})) as found,
            ):
                rows = found.fetchmany(size)  # no more of them are looked for
            if not rows:
                return
            after = rows[-1][0]
            yield [_record(row[1:]) for row in rows]

    def record(self, id: str) -> RunRecord | None:
        """One listed run; None where there is no such run."""
        query = select(*_RECORD).where(schema.run.c.id == id, schema.run.c.listed)
        with self._transaction() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record(row)

    def points(
        self, id: str, tag: str, first: int | None = None, last: int | None = None
    ) -> Block | None:
        """The points of one tag with ``first <= step <= last``; None for an unknown run or tag."""
        with self._transaction() as connection:
            run = connection.execute(
                select(schema.run.c.number).where(schema.run.c.id == id, schema.run.c.listed)
            ).scalar()
            return None if run is None else points.window(connection, run, tag, first, last)

    def status(self) -> IngestStatus:
        """What the writing process last said of itself; all zero where it never did."""
        with self._transaction() as connection:
            value = connection.execute(select(schema.status.c.value)).scalar()
        if value is None:
            return IngestStatus(alive_at=0.0, started_at=0.0)
        told = orjson.loads(value)
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
            with sqlite.writing(connection, self.path):
                version = _version(connection) if self._version is None else self._version
                if changes:
                    version += 1
                    _set_version(connection, version)
                for change in changes:
                    self._runs.write(connection, change, version)
                if status is not None:
                    _set_status(connection, status)
        except BaseException:
            self._forget()
            raise
        self._version = version
        return version

    def known(self) -> list[KnownRun]:
        """Every run in the store, listed or not, without points and reader states."""
        with self._transaction() as connection:
            files: dict[int, list[FileState]] = {}
            for row in _ALL_FILES.run(connection, {}):
                state = (name_of(row[1]), *row[2:-1], b"", row[-1])
                files.setdefault(row[0], []).append(FileState(*state))
            of = {log: tuple(states) for log, states in files.items()}
            return [
                KnownRun(name_of(key), name, seen, grew, bool(growing), bool(gone), run, by,
                         bool(listed), of.get(log, ()))
                for log, key, name, seen, grew, growing, gone, run, by, listed
                in _ALL_RUNS.run(connection, {})
            ]  # fmt: skip

    def restore(self, key: str) -> tuple[list[Block], dict[str, bytes]]:
        """All points of a log's runs that are not gone, as they were appended, one block a tag;
        reader states by path."""
        with self._transaction() as connection:
            log = self._runs.log(connection, key)
            if log is None:
                return [], {}
            states = {name_of(path): state for path, state in _READERS.run(connection, {"of": log})}
            runs = _RUNS_OF.run(connection, {"of": log}).fetchall()
            blocks = [
                replace(block, run=run) if run else block
                for number, run in runs
                for block in points.tags_of(connection, number)
            ]
            return blocks, states

    def list_only(self, keys: Collection[str]) -> None:
        """From now on readers see the runs of these logs and those that ``commit`` writes only."""
        table = schema.run
        self._forget()
        with self._transaction() as connection:
            shown = _SHOWN.run(connection, {})
            moved = [n for n, key, listed in shown if bool(listed) != (name_of(key) in keys)]
            if not moved:
                return
            version = _version(connection) + 1
            for number in moved:
                connection.execute(
                    update(table)
                    .where(table.c.number == number)
                    .values(listed=~table.c.listed, version=version)
                )
            _set_version(connection, version)

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
        sqlite.vacuum(self._engine, self.path)

    @cached_property
    def _writing(self) -> sqlite3.Connection:
        """The one writer's own."""
        return sqlite.kept(self._engine)

    def _forget(self) -> None:
        """What is remembered may not be what the database holds: ask it again."""
        self._runs.forget()
        self._version = None

    def _transaction(self) -> AbstractContextManager[Lent]:
        return sqlite.transaction(self._engine, self.path)


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + lock.SUFFIX)


def _record(row: Sequence[Any]) -> RunRecord:
    id, version, name, line, observed_at, updated_at, growing, gone = row
    flags = bool(growing), bool(gone)  # SQLite has numbers for them
    return RunRecord(id, version, name, line, observed_at, updated_at, *flags)


def _version(connection: Connection) -> int:
    found = _VERSION.run(connection, {"of": "version"}).fetchone()
    return 0 if found is None else int(found[0])


def _set_version(connection: Connection, version: int) -> None:
    _SET_VERSION.run(connection, {"of": "version", "now": version})


def _set_status(connection: Connection, status: IngestStatus) -> None:
    value = orjson.dumps(asdict(status))
    if not _SET_STATUS.run(connection, {"now": value}).rowcount:
        _ADD_STATUS.run(connection, {"number": 1, "value": value})
