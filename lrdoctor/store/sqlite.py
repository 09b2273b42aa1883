"""A store's database as one SQLite file: opened, guarded, with errors said in one line."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lrdoctor.errors import StoreDamaged, StoreError

APPLICATION = 0x6C726472
"""Marks the file as a store of lrdoctor's ("lrdr"), so that no other database is written to."""

BUSY_SECONDS = 5.0


def connect(path: Path, *, read_only: bool, once: bool) -> Engine:
    """An engine on the file; a writer makes the file, mode 0600, where there is none.

    Args:
        once: the file has been a store, whatever it looks like now.

    Raises:
        StoreDamaged: it was a store once.
        StoreError: no such file (reading), or it is no store.
    """
    try:
        if read_only:
            if once and not path.stat().st_size:
                raise StoreError(f"the store {path} is still being made: try again")
            _must_be_store(path, once)
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            if path.stat().st_size:
                _must_be_store(path, once)
    except OSError as error:
        raise StoreError(f"the store {path} cannot be opened: {error.strerror}") from error
    mode = "ro" if read_only else "rw"
    engine = create_engine(
        f"sqlite:///file:{quote(os.fsencode(path.resolve()))}?mode={mode}&uri=true",
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    # The driver's own transactions start late and only for writes: begun by hand, a reader sees
    # one moment and a writer holds its right from the start.
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "connect", _configure_reader if read_only else _configure_writer)
    event.listen(engine, "begin", lambda connection: driver(connection).execute(begin))
    return engine


def driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection: what SQLAlchemy does around a statement takes several times as
    long as SQLite's own work on it."""
    return connection.connection.dbapi_connection  # type: ignore[return-value]


def kept(engine: Engine) -> sqlite3.Connection:
    """A connection of the driver's own, which the caller closes.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    lent = engine.raw_connection()
    connection = lent.driver_connection
    lent.detach()  # the engine's pool has no place taken up for good
    assert isinstance(connection, sqlite3.Connection)
    return connection


@contextmanager
def writing(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """``transaction`` on such a connection, for who writes dozens of times a second.

    Raises:
        StoreDamaged, StoreError: see there.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    except sqlite3.Error as error:
        raise told(path, str(error)) from error


@contextmanager
def transaction(engine: Engine, path: Path) -> Iterator[Connection]:
    """All or nothing; readers see one moment.

    Raises:
        StoreDamaged: its pages do not fit together.
        StoreError: full disk, locked, no rights: said in one line.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise told(path, str(error.orig)) from error
    except sqlite3.Error as error:  # while connecting
        raise told(path, str(error)) from error
    except SQLAlchemyError as error:
        raise StoreError(f"the store {path}: {error}") from error


def vacuum(engine: Engine, path: Path) -> None:
    """Write the file anew without its free pages; what is in the log beside it goes into it.

    Raises:
        StoreError: no room for the copy, or somebody holds the file locked.
    """
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    except sqlite3.Error as error:
        raise told(path, str(error)) from error
    finally:
        raw.close()


def set_aside(path: Path) -> Path:
    """Move a damaged store out of the way, what it left beside it included. Returns where to.

    Raises:
        StoreError: it cannot be moved.
    """
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    try:
        for end in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    except OSError as error:
        raise StoreError(f"the damaged store {path} cannot be moved: {error.strerror}") from error
    return aside


_DAMAGED = ("malformed", "not a database", "no such table", "no such column")
"""How SQLite says of what it once wrote itself that it cannot be read."""


def told(path: Path, said: str) -> StoreError:
    """What SQLite said, in one line."""
    if any(each in said for each in _DAMAGED):
        return StoreDamaged(f"the store {path} is damaged ({said})")
    known = {
        "database or disk is full": "the disk is full; it goes on when there is room again",
        "disk I/O error": "the disk refuses (disk I/O error); it goes on when that ends",
        "database is locked": "another program holds it locked; it goes on when that ends",
    }
    return StoreError(f"the store {path}: {known.get(said, said)}")


def _must_be_store(path: Path, once: bool) -> None:
    with path.open("rb") as file:
        head = file.read(72)
    if head.startswith(b"SQLite format 3\0") and int.from_bytes(head[68:72]) == APPLICATION:
        return
    if once and not head.startswith(b"SQLite format 3\0"):
        raise StoreDamaged(f"the store {path} is damaged (its head is not SQLite's)")
    raise StoreError(f"{path} is no lrdoctor store: name another file with --store")


def _configure_writer(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
        connection.execute(f"PRAGMA application_id={APPLICATION}")
    connection.execute("PRAGMA journal_mode=WAL")
    # A killed process loses nothing. A power cut may lose the newest commits, points and offsets
    # together: the next start reads those bytes of the logs again.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=4000")
    connection.execute("PRAGMA journal_size_limit=67108864")


def _configure_reader(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")
