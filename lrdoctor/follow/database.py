"""A SQLite database that somebody else is writing: a consistent picture of it, taken from outside.

SQLite itself is never let near the files. Opened in place, even read-only, it takes locks that make
a writer wait or fail, and in WAL mode it makes ``-shm`` and ``-wal`` where they are missing;
opened as immutable it does neither, but sees nothing of the ``-wal``. So the bytes are read, and
what the log or the journal beside them says is laid over them in memory. What comes out is a whole
database as of the last commit, which a reader opens in memory. No lock is needed for that:

- In WAL mode only a checkpoint writes to the database itself, and only pages that the log holds.
  The log is read after the database and replaces them all; had it been begun anew meanwhile, its
  salts would differ, and everything is read again.
- In the other modes a page is in the ``-journal`` before it is changed. The journal is read after
  the database and takes a transaction back that is under way; one that ended meanwhile has changed
  the counter in the header, and everything is read again. The counter is read first of all: one
  whose page had changed by then has its journal there when that is looked for, or had ended.

Where neither comes to rest, the next look tries again. See sqlite.org/wal.html and
sqlite.org/atomiccommit.html. One thing cannot be avoided (sqlite.org/howtocorrupt.html, 2.2): a
process loses its own locks on a file when it closes any descriptor of it, so that a training that
writes a database had better not have lrdoctor read the same one in its own process.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat

from lrdoctor.follow import _journal, _wal
from lrdoctor.follow.find import SETTLED
from lrdoctor.follow.tail import HEAD, Mark, Piece, Tail

MAGIC = b"SQLite format 3\0"
SUFFIXES = (".db", ".sqlite", ".sqlite3")
LARGEST = 1 << 30
"""Bytes of a database with what lies beside it: more is not taken into memory."""

_LOG, _JOURNAL = "-wal", "-journal"
_HEADER = 100
_ATTEMPTS = 5
_LONGEST_STATEMENT = 200
"""Characters of a table's definition that tell whose it is."""
_UNSETTLED = -1

_Looks = tuple[int, int, int, int, int]


def is_one(path: str) -> bool:
    """Whether a file of this name is read as a database."""
    return path.lower().endswith(SUFFIXES)


def owner(path: str) -> str | None:
    """The database that a file of this name is the log or journal of; None where it is neither."""
    for suffix in (_LOG, _JOURNAL):
        if path.endswith(suffix) and is_one(path.removesuffix(suffix)):
            return path.removesuffix(suffix)
    return None


def tail(path: str, mark: Mark | None = None) -> Tail:
    """What reads a file of this name."""
    return Database(path, mark) if is_one(path) else Tail(path, mark)


class Database(Tail):
    """Reads a database as one piece, anew whenever it or its log changes.

    A file that is none is read as any other.
    """

    __slots__ = ("_foreign",)

    head_is_beginning = False  # it is the schema, and whole

    def __init__(self, path: str, mark: Mark | None = None) -> None:
        super().__init__(path, mark)
        self._foreign: bytes | None = None  # version of a schema that no reader took

    def look(self) -> bool:
        mark = self.mark
        return mark is None or _looks(self.path) != (
            mark.size, mark.mtime_ns, mark.ctime_ns, mark.inode, mark.device
        )  # fmt: skip

    def read(
        self, now: float, *, text: bool = False, whole: bool = False, size: int = HEAD
    ) -> Piece:
        """The whole database, whatever ``size``. Its head is its schema, in words.

        Raises:
            BlockingIOError: its writer did not come to rest.
            OSError: the file is gone, out of reach, too large, or no regular file.
        """
        file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            header = os.pread(file, _HEADER, 0)
            if not _page_size(header):
                return super().read(now, text=text, whole=whole, size=size)
            looks = _looks(self.path)
            untaken = self.mark is not None and self.mark.offset == 0
            if untaken and header[40:44] == self._foreign:
                return _piece(now, looks, b"", None)
            data = _picture(self.path, file)
            self._foreign = header[40:44]
            return _piece(now, looks, data, _schema(data))
        finally:
            os.close(file)


def _piece(now: float, looks: _Looks, data: bytes, head: bytes | None) -> Piece:
    size, mtime_ns, ctime_ns, inode, device = looks
    settled = now - max(mtime_ns, ctime_ns) / 1e9 >= SETTLED
    mark = Mark(device, inode, len(data), size, mtime_ns, ctime_ns if settled else _UNSETTLED, b"")
    return Piece(data=data, new=True, head=head, more=False, gap=False, mark=mark)


def _looks(path: str) -> _Looks:
    """What changes when the database, its log or its journal does."""
    state = os.stat(path)
    size, mtime, ctime = state.st_size, state.st_mtime_ns, state.st_ctime_ns
    for suffix in (_LOG, _JOURNAL):
        try:
            beside = os.stat(path + suffix)
        except OSError:
            continue  # mostly there is none
        size += beside.st_size
        mtime, ctime = max(mtime, beside.st_mtime_ns), max(ctime, beside.st_ctime_ns)
    return size, mtime, ctime, state.st_ino, state.st_dev


def _picture(path: str, file: int) -> bytes:
    for _ in range(_ATTEMPTS):
        started = os.pread(file, _HEADER, 0)[24:28]  # before the journal: see above
        log = _beside(path + _LOG, _wal.HEADER)
        journal = _beside(path + _JOURNAL, _journal.HEADER)
        state = os.fstat(file)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        data = _whole(file, path)
        page_size = _page_size(data)
        if not page_size:
            continue  # overwritten just now
        if data[18:20] == b"\2\2":
            after = _beside(path + _LOG)
            whole = _wal.salts(after) == _wal.salts(log)
            whole &= bool(after) or _same(state, os.fstat(file))
            pages, count = _wal.committed(after, page_size) if whole else ({}, 0)
        else:
            after = _beside(path + _JOURNAL)
            under_way, before = _journal.transaction(after), _journal.transaction(journal)
            whole = under_way == before if before else True
            pages, count = _journal.originals(after, page_size) if whole else ({}, 0)
            # One that was under way before and after has not ended. Else the counter tells, which
            # a transaction under way may have changed: its journal holds the one before then.
            ended = os.pread(file, _HEADER, 0) if 1 not in pages else pages[1]
            whole &= before != b"" or ended[24:28] == started
            whole &= bool(under_way) or _same(state, os.fstat(file))
        if whole:
            return _merged(path, data, page_size, pages, count)
    raise BlockingIOError(errno.EAGAIN, "its writer is busy", path)


def _page_size(header: bytes) -> int:
    """0 where it is no header of a database."""
    if len(header) < _HEADER or not header.startswith(MAGIC):
        return 0
    size = int.from_bytes(header[16:18], "big")
    size = 1 << 16 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else 0


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _beside(path: str, most: int | None = None) -> bytes:
    """A log or journal, or just its beginning; empty where there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return b""
    try:
        regular = stat.S_ISREG(os.fstat(file).st_mode)
        return b"" if not regular else _whole(file, path) if most is None else os.read(file, most)
    finally:
        os.close(file)


def _whole(file: int, path: str) -> bytes:
    """All of a file, however much one system call gives."""
    size = os.fstat(file).st_size
    _check(size, path)
    parts, at = [], 0
    while at < size and (part := os.pread(file, size - at, at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _check(size: int, path: str) -> None:
    if size > LARGEST:
        raise OSError(errno.EFBIG, f"a database of more than {LARGEST >> 20} MiB", path)


def _merged(path: str, data: bytes, page_size: int, pages: dict[int, bytes], count: int) -> bytes:
    """The database with these pages in it, as a plain one that needs no log."""
    count = count or len(data) // page_size
    _check(count * page_size, path)
    whole = bytearray(data[: count * page_size].ljust(count * page_size, b"\0"))
    for number, page in pages.items():
        if number <= count:
            whole[(number - 1) * page_size : number * page_size] = page
    whole[18:20] = b"\1\1"
    # The size in pages, and that it was valid at the last change: readers count on it.
    whole[28:32], whole[92:96] = count.to_bytes(4, "big"), whole[24:28]
    return bytes(whole)


def _schema(data: bytes) -> bytes:
    """The beginnings of the tables' definitions, after the magic: they tell whose it is."""
    try:
        connection = sqlite3.connect(":memory:")
        try:
            connection.deserialize(data)
            found = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
            told = [" ".join(str(sql).split())[:_LONGEST_STATEMENT] for (sql,) in found]
        finally:
            connection.close()
    except (sqlite3.Error, OverflowError):
        told = []
    return (MAGIC + "\n".join(told).encode(errors="replace"))[:HEAD]
