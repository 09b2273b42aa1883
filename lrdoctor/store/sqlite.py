"""A store's database as one SQLite file: opened, guarded, with errors said in one line."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lrdoctor.errors import StoreError

APPLICATION = 0x6C726472
"""Marks the file as a store of lrdoctor's ("lrdr"), so that no other database is written to."""

BUSY_SECONDS = 5.0


def connect(path: Path, *, read_only: bool) -> Engine:
    """An engine on the file; a writer makes the file, mode 0600, where there is none.

    Raises:
        StoreError: no such file (reading), or it is no store.
    """
    try:
        if read_only:
            _must_be_store(path)
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            if path.stat().st_size:
                _must_be_store(path)
    except OSError as error:
        raise StoreError(f"the store {path} cannot be opened: {error.strerror}") from error
    mode = "ro" if read_only else "rw"
    engine = create_engine(
        f"sqlite:///file:{quote(str(path.resolve()))}?mode={mode}&uri=true",
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    # The driver's own transactions start late and only for writes: begun by hand, a reader sees
    # one moment and a writer holds its right from the start.
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "connect", _configure_reader if read_only else _configure_writer)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@contextmanager
def transaction(engine: Engine, path: Path) -> Iterator[Connection]:
    """All or nothing; readers see one moment.

    Raises:
        StoreError: full disk, locked, damaged, no rights: said in one line.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise StoreError(f"the store {path}: {_reason(str(error.orig))}") from error
    except sqlite3.Error as error:  # while connecting
        raise StoreError(f"the store {path}: {_reason(str(error))}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the store {path}: {error}") from error


def _reason(said: str) -> str:
    known = {
        "database or disk is full": "the disk is full; it goes on when there is room again",
        "database is locked": "another program holds it locked; it goes on when that ends",
        "database disk image is malformed": "damaged; delete it, the logs fill it again",
    }
    return known.get(said, said)


def _must_be_store(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(72)
    if not head.startswith(b"SQLite format 3\0") or int.from_bytes(head[68:72]) != APPLICATION:
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
