"""The bytes that one file gains, and whether it is still the same file.

The head of a log says nothing about its identity: two CSV logs share their header. A file is the
same as before when device and inode are, when it is no shorter than what was read of it, and when
the bytes just before that point are.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from lrdoctor.follow.find import SETTLED

PIECE = 4 << 20
"""Bytes of one piece at most."""

HEAD = 64 << 10
"""Bytes from a file's beginning by which its format is recognised."""

TAIL = 1 << 10
"""Bytes before the offset that must not have changed."""

_GAP = re.compile(rb"\0{4}")
"""A network file system may show a grown file before its bytes: as zeros. UTF-16 has no four."""

PAGE = 4 << 10
"""Bytes: what such a gap in a binary file reaches to, where not to the file's end. Zeros elsewhere
are data there."""

_ZEROS = bytes(16)
"""So many before a page's end may be a gap."""

_UNSETTLED = -1


class Mark(msgspec.Struct, frozen=True, gc=False):
    """How far a file was read, and what it looked like then."""

    device: int
    inode: int
    offset: int
    """Bytes taken from it."""
    size: int
    mtime_ns: int
    ctime_ns: int
    """-1: the file had changed so shortly before that its time stamps may hide a later change."""
    tail: bytes
    """Hash of the last bytes before ``offset``."""

    @classmethod
    def none(cls) -> Mark:
        """Of a file that was never opened: it resembles no file."""
        return cls(-1, -1, 0, -1, 0, _UNSETTLED, _hash(b""))


@dataclass(frozen=True, slots=True)
class Piece:
    """What one read gave."""

    data: bytes
    new: bool
    """The bytes are a new file's first ones: never read before, truncated, replaced, rewritten."""
    head: bytes | None
    """The file's beginning up to here, as long as that is no longer than ``HEAD``."""
    more: bool
    """The file held still more that can be read at once."""
    gap: bool
    """Zeros follow that may be a gap."""
    mark: Mark
    """To be kept once the bytes are taken."""

    @property
    def untaken(self) -> Mark:
        """To be kept instead where nobody could take the bytes: read them again when it changes."""
        return replace(self.mark, offset=0, tail=_hash(b""))


class Tail:
    """One file and how far it was read. Holds no descriptor between two reads."""

    __slots__ = ("mark", "path")

    head_is_beginning: ClassVar[bool] = True
    """Whether a piece's head is what the file begins with, of which a longer one tells more."""

    def __init__(self, path: str, mark: Mark | None = None) -> None:
        self.path = path
        self.mark = mark

    def look(self) -> bool:
        """Whether there may be anything to read. Costs one ``stat``.

        Raises:
            OSError: the file is gone (FileNotFoundError) or out of reach.
        """
        mark = self.mark
        state = os.stat(self.path)
        return mark is None or (
            (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev)
            != (mark.size, mark.mtime_ns, mark.ctime_ns, mark.inode, mark.device)
        )

    def read(
        self, now: float, *, text: bool = False, whole: bool = False, size: int = PIECE
    ) -> Piece:
        """The next bytes, at most ``size`` (and never fewer than ``HEAD`` of a new file).

        Args:
            now: UTC seconds.
            text: four zeros are no data, wherever they stand: a gap that the file system fills
                later. In a binary file only zeros up to a page's or the file's end may be one. The
                bytes from a gap on wait.
            whole: nothing waits: zeros are what the file holds.

        Raises:
            OSError: the file is gone, out of reach, or no regular file.
        """
        file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            state = os.fstat(file)
            if not stat.S_ISREG(state.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", self.path)
            return self._piece(file, state, now, None if whole else text, size)
        finally:
            os.close(file)

    def span(self, start: int, stop: int) -> Iterator[bytes]:
        """What the file holds there, in pieces; less where it is shorter."""
        while start < stop:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
            try:
                data = os.pread(file, min(PIECE, stop - start), start)
            finally:
                os.close(file)
            if not data:
                return
            yield data
            start += len(data)

    def _piece(
        self, file: int, state: os.stat_result, now: float, text: bool | None, size: int
    ) -> Piece:
        mark = self.mark
        known = (
            mark is not None
            and (mark.device, mark.inode) == (state.st_dev, state.st_ino)
            and mark.offset <= state.st_size
            and not _written_over(mark, state)
        )
        offset = mark.offset if mark is not None and known else 0
        start = 0 if offset < HEAD else offset
        data = os.pread(file, min(state.st_size, offset + size) - start, start)
        # Read last, so that a file which is replaced meanwhile shows; and alone, so that a long
        # piece need not be copied.
        former = os.pread(file, TAIL, start - TAIL) if start else b""
        if mark is not None and known and _hash(former or data[:offset]) != mark.tail:
            known, start, offset, former = False, 0, 0, b""
            data = os.pread(file, min(state.st_size, size), 0)
        whole = len(data)
        if text is not None:
            found = _gap(data, offset - start, start, text, at_end=start + whole >= state.st_size)
            data = data if found is None else data[:found]
        gap, end = len(data) < whole, start + len(data)
        settled = now - max(state.st_mtime, state.st_ctime) >= SETTLED and not gap
        mark = Mark(
            state.st_dev,
            state.st_ino,
            end,
            # Before a gap, the size of a shorter file: the next look finds it changed.
            end if gap else state.st_size,
            state.st_mtime_ns,
            state.st_ctime_ns if settled and end >= state.st_size else _UNSETTLED,
            _hash(data if len(data) >= TAIL else former + data),
        )
        return Piece(
            data=data[offset - start :],
            new=not known,
            head=data[:HEAD] if start == 0 and offset < HEAD else None,
            more=not gap and bool(data) and end < state.st_size,
            gap=gap,
            mark=mark,
        )


def _written_over(mark: Mark, state: os.stat_result) -> bool:
    """Whether a file of which nothing was left to read was written to and did not grow: before its
    last bytes, perhaps, which tell of themselves. Large ones are not read again for that."""
    return (
        mark.ctime_ns != _UNSETTLED
        and TAIL < mark.offset == state.st_size <= PIECE
        and mark.mtime_ns != state.st_mtime_ns
    )


def _gap(data: bytes, at: int, start: int, text: bool, at_end: bool) -> int | None:
    """Where in ``data``, from ``at`` on, a gap may begin; ``start``: where its file has it."""
    if text:
        found = _GAP.search(data, at)
        return None if found is None else found.start()
    borders = range(at + (-(start + at)) % PAGE or at + PAGE, len(data) + 1, PAGE)
    for end in (*borders, *([len(data)] if at_end else ())):
        if end - at >= len(_ZEROS) and data.endswith(_ZEROS, at, end):
            gap = max(at, len(data[:end].rstrip(b"\0")))
            return gap if start + gap else None  # nothing but zeros: so it is told
    return None


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data[-TAIL:], digest_size=16).digest()
