"""A store's database as one SQLite file: opened, guarded, with errors said in one line."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from lrdoctor.errors import StoreDamaged, StoreError

APPLICATION = 0x6C726472
"""Marks the file as a store of lrdoctor's ("lrdr"), so that no other database is written to."""

BUSY_SECONDS = 5.0

IDLE = 8
"""Connections that wait for their next use at most: a web server has some threads."""


class Database:
    """One SQLite file, and connections to it: each is one thread's at a time."""

    def __init__(self, path: Path, *, read_only: bool, once: bool) -> None:
        """A writer makes the file, mode 0600, where there is none.

        Args:
            once: the file has been a store, whatever it looks like now.

        Raises:
            StoreDamaged: it was a store once.
            StoreError: no such file (reading), or it is no store.
        """
        self.path = path
        self._read_only = read_only
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
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
        self._uri = f"file:{quote(os.fsencode(path.resolve()))}?mode={mode}"

    def connection(self) -> sqlite3.Connection:
        """A new connection, which the caller closes.

        Raises:
            sqlite3.Error: the file cannot be opened.
        """
        # The driver's own transactions start late and only for writes: they are begun by hand.
        made = sqlite3.connect(self._uri, timeout=BUSY_SECONDS, isolation_level=None,
                               check_same_thread=False, uri=True)  # fmt: skip
        try:
            if self._read_only:
                made.execute("PRAGMA query_only=ON")
            else:
                _configure_writer(made)
        except BaseException:
            made.close()
            raise
        return made

    @contextmanager
    def transaction(self, own: sqlite3.Connection | None = None) -> Iterator[sqlite3.Connection]:
        """All or nothing; readers see one moment, a writer holds its right from the start.

        Args:
            own: a connection of the caller's, for who writes dozens of times a second.

        Raises:
            StoreDamaged: its pages do not fit together.
            StoreError: full disk, locked, no rights: said in one line.
        """
        try:
            connection = own or self._lent()
            try:
                with self._begun(connection):
                    yield connection
            finally:
                if own is None:
                    self._take_back(connection)
        except sqlite3.Error as error:
            raise told(self.path, str(error)) from error

    def vacuum(self) -> None:
        """Write the file anew without its free pages; what is in the log beside it goes into it.

        Raises:
            StoreError: no room for the copy, or somebody holds the file locked.
        """
        try:
            with closing(self.connection()) as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise told(self.path, str(error)) from error

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _begun(self, connection: sqlite3.Connection) -> Iterator[None]:
        connection.execute("BEGIN" if self._read_only else "BEGIN IMMEDIATE")
        try:
            yield
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def _lent(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()  # in one step, whatever other threads do
        except IndexError:
            return self.connection()

    def _take_back(self, connection: sqlite3.Connection) -> None:
        if self._closed or len(self._idle) >= IDLE or connection.in_transaction:
            connection.close()
        else:
            self._idle.append(connection)


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there is a table of this name."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def made(cursor: sqlite3.Cursor) -> int:
    """The number of the row that an insert made."""
    assert cursor.lastrowid is not None
    return cursor.lastrowid


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


def _configure_writer(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
        connection.execute(f"PRAGMA application_id={APPLICATION}")
    connection.execute("PRAGMA journal_mode=WAL")
    # A killed process loses nothing. A power cut may lose the newest commits, points and offsets
    # together: the next start reads those bytes of the logs again.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=4000")
    connection.execute("PRAGMA journal_size_limit=67108864")
