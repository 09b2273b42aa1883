"""The store: one process writes it, any number read it, and a kill at any instant harms nothing."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import orjson
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from lrdoctor.errors import StoreError
from lrdoctor.run import Block
from lrdoctor.store import points, schema, sqlite
from lrdoctor.store.lock import WriterLock
from lrdoctor.store.record import FileState, IngestStatus, KnownRun, RunChange, RunRecord

_RECORD = [schema.run.c[name] for name in RunRecord.__slots__]
_KNOWN = [schema.run.c.number, *(schema.run.c[n] for n in KnownRun.__slots__ if n != "files")]
_FILE = [schema.file.c[name] for name in FileState.__slots__ if name != "reader"]


class Store:
    """Runs on disk. Made by ``Store.open``; every method may raise StoreError."""

    def __init__(self, path: Path, engine: Engine, lock: WriterLock | None) -> None:
        self.path = path
        self._engine = engine
        self._lock = lock
        self._points = points.PointWriter()
        self._numbers: dict[str, int] = {}
        """Row numbers of the runs by key, as far as this writer met them."""
        self._paths: dict[int, list[str]] = {}
        """Files of the runs by row number, as far as this writer wrote them."""
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
        if read_only:
            engine = sqlite.connect(path, read_only=True)
            store = cls(path, engine, None)
            with store._transaction() as connection:
                found = schema.schema_of(connection)
            if found is None:
                raise StoreError(f"the store {path} is still being made: try again")
            schema.refuse_newer(found)
            return store
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = WriterLock(path.with_name(path.name + ".lock"))
        except OSError as error:
            raise StoreError(f"the store {path} cannot be opened: {error.strerror}") from error
        try:
            store = cls(path, sqlite.connect(path, read_only=False), lock)
            with store._transaction() as connection:
                schema.prepare(connection)
        except BaseException:
            lock.release()
            raise
        return store

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
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
        with self._transaction() as connection:
            return _version(connection)

    def changed(self, since: int = 0) -> tuple[int, list[RunRecord]]:
        """The present version, and the listed runs that changed after version ``since``."""
        table = schema.run
        query = (
            select(*_RECORD)
            .where(table.c.version > since, table.c.listed)
            .order_by(table.c.version, table.c.number)
        )
        with self._transaction() as connection:
            return _version(connection), [_record(row) for row in connection.execute(query)]

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
        return IngestStatus(
            **{**told, "roots": tuple(told["roots"]), "notices": tuple(told["notices"])}
        )

    # What the one writer does.

    def commit(self, changes: Sequence[RunChange], status: IngestStatus | None = None) -> int:
        """Points, reader states, offsets and diagnoses of these runs, all in one transaction.

        Returns the new version. After an error nothing was written, and the same call may be made
        again.
        """
        try:
            with self._transaction() as connection:
                version = _version(connection) if self._version is None else self._version
                if changes:
                    version += 1
                    _set_version(connection, version)
                for change in changes:
                    self._write(connection, change, version)
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
            for row in connection.execute(
                select(schema.file.c.run, *_FILE).order_by(schema.file.c.position)
            ):
                told = {**row._mapping, "reader": b""}
                files.setdefault(told.pop("run"), []).append(FileState(**told))
            return [
                KnownRun(row.key, row.name, row.observed_at, row.updated_at,
                         row.growing, row.gone, tuple(files.get(row.number, ())))
                for row in connection.execute(select(*_KNOWN).order_by(schema.run.c.number))
            ]  # fmt: skip

    def restore(self, key: str) -> tuple[list[Block], dict[str, bytes]]:
        """All points of a run as they were appended, one block a tag; reader states by path."""
        with self._transaction() as connection:
            number = self._number(connection, key)
            if number is None:
                return [], {}
            table = schema.file
            states = {
                row.path: row.reader
                for row in connection.execute(
                    select(table.c.path, table.c.reader).where(table.c.run == number)
                )
            }
            return points.tags_of(connection, number), states

    def list_only(self, keys: Collection[str]) -> None:
        """From now on readers see these runs and those that ``commit`` writes, and no others."""
        table = schema.run
        self._forget()
        with self._transaction() as connection:
            shown = connection.execute(select(table.c.number, table.c.key, table.c.listed)).all()
            moved = [row.number for row in shown if row.listed != (row.key in keys)]
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

    def _forget(self) -> None:
        """What is remembered may not be what the database holds: ask it again."""
        self._points.forget()
        self._numbers.clear()
        self._paths.clear()
        self._version = None

    def _transaction(self) -> AbstractContextManager[Connection]:
        return sqlite.transaction(self._engine, self.path)

    def _number(self, connection: Connection, key: str) -> int | None:
        if key not in self._numbers:
            table = schema.run
            found = connection.execute(select(table.c.number).where(table.c.key == key)).scalar()
            if found is None:
                return None
            self._numbers[key] = found
        return self._numbers[key]

    def _write(self, connection: Connection, change: RunChange, version: int) -> None:
        table = schema.run
        row: dict[str, object] = {
            "version": version,
            "name": change.name,
            "observed_at": change.observed_at,
            "updated_at": change.updated_at,
            "growing": change.growing,
            "gone": change.gone,
            "listed": True,
        }
        if change.line is not None:
            row["line"] = change.line
        number = self._number(connection, change.key)
        if number is None:
            row |= {"key": change.key, "id": secrets.token_hex(9)}
            number = connection.execute(insert(table).returning(table.c.number), row).scalar_one()
            self._numbers[change.key] = number
        else:
            connection.execute(update(table).where(table.c.number == number), row)
        if change.fresh:
            self._points.clear(connection, number)
        self._points.append(connection, number, change.blocks)
        if change.files is not None:
            self._set_files(connection, number, change.files)

    def _set_files(self, connection: Connection, run: int, files: Sequence[FileState]) -> None:
        table = schema.file
        paths = [file.path for file in files]
        told = [{name: getattr(file, name) for name in FileState.__slots__} for file in files]
        if self._paths.get(run) == paths:
            for row in told:
                this = (table.c.run == run) & (table.c.path == row["path"])
                connection.execute(update(table).where(this), row)
            return
        connection.execute(delete(table).where(table.c.run == run))
        if told:
            rows = [{"run": run, "position": at, **row} for at, row in enumerate(told)]
            connection.execute(insert(table), rows)
        self._paths[run] = paths


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(**row._mapping)


def _version(connection: Connection) -> int:
    table = schema.meta
    found = connection.execute(select(table.c.value).where(table.c.name == "version")).scalar()
    return 0 if found is None else found


def _set_version(connection: Connection, version: int) -> None:
    table = schema.meta
    connection.execute(update(table).where(table.c.name == "version").values(value=version))


def _set_status(connection: Connection, status: IngestStatus) -> None:
    value = orjson.dumps(asdict(status))
    made = connection.execute(update(schema.status).values(value=value))
    if not made.rowcount:
        connection.execute(insert(schema.status), {"number": 1, "value": value})
