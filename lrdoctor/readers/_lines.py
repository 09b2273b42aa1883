"""Bytes, cut anywhere, into complete lines: ``\\n``, ``\\r\\n``, ``\\r\\r\\n`` and bare ``\\r``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

LONGEST = 1 << 20
"""Bytes of one line; a longer one is passed over and told."""
_SLICE = 1 << 20
_FEW = 1 << 12
"""Bytes; in more, NumPy counts ten times as fast."""
_ENDS = re.compile(rb"(?<!\r)\r+\n")
"""Tried once a run of ``\r``, however long, not once from each of them on."""
_ZEROS = re.compile(rb"^\0+(?=[^\0\n])", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Complete lines. ``first`` is the number of the first one, from 1."""

    first: int
    body: bytes
    """The lines, each ended by ``\\n``; empty where ``too_long``."""
    too_long: bool = False

    def lines(self) -> list[bytes]:
        return self.body.split(b"\n")[:-1]


class Lines:
    """Keeps the unfinished last line. The chunks' borders depend on the pieces, their lines do not.

    A line ends at its newline character; a bare ``\\r`` ends one only when the next byte is there,
    for it may be the first half of a line end.
    """

    def __init__(self, rest: bytes = b"", number: int = 1, skipping: bool = False) -> None:
        self.rest = bytearray(rest)
        """The unfinished line."""
        self.number = number
        """Its number, from 1."""
        self.skipping = skipping
        """It has outgrown ``LONGEST``: its bytes are not kept."""

    def feed(self, data: bytes) -> Iterator[Chunk]:
        for start in range(0, len(data), _SLICE):
            yield from self._feed(data[start : start + _SLICE])

    @property
    def empty(self) -> bool:
        """Whether the last line has its end."""
        return not (self.rest or self.skipping)

    def completes(self, data: bytes) -> bool:
        """Whether these bytes are one more whole line and no more: what a live log gains."""
        return (
            data.find(b"\n") == len(data) - 1 < _FEW
            and self.empty
            and self.number > 1
            and b"\r" not in data
        )

    def last(self) -> bytes:
        """The unfinished line, for a file that will grow no more."""
        rest, self.rest = bytes(self.rest).rstrip(b"\r"), bytearray()
        return without_zeros(rest.removeprefix(_BOM) if self.number == 1 else rest)

    def _feed(self, data: bytes) -> Iterator[Chunk]:
        text = data if not self.rest else bytes(self.rest + data)
        end = _end(text, len(text) - len(data))
        if end == 0:
            self.rest += data
            self._skip()
            return
        body = text[:end]
        self.rest = bytearray(memoryview(text)[end:])
        if b"\r" in body:
            body = _ENDS.sub(b"\n", body).replace(b"\r", b"\n")
        if self.number == 1:
            body = body.removeprefix(_BOM)
        yield from self._chunks(without_zeros(body))

    def _skip(self) -> None:
        """Stop keeping a line that is too long, but for what may be the first half of its end."""
        if len(self.rest) > LONGEST:
            self.skipping |= len(self.rest.rstrip(b"\r")) > LONGEST
            if self.skipping or self.rest.endswith(b"\r" * LONGEST):
                del self.rest[:-1]

    def _chunks(self, body: bytes) -> Iterator[Chunk]:
        if self.skipping:
            self.skipping = False
            yield Chunk(self.number, b"", too_long=True)
            self.number += 1
            body = body[body.index(b"\n") + 1 :]
        if len(body) > LONGEST:
            yield from self._checked(body)
        elif body:
            yield self._chunk(body)

    def _checked(self, body: bytes) -> Iterator[Chunk]:
        """A body that is long enough to hold a line which is too long."""
        start = 0
        while start < len(body):
            end = body.rfind(b"\n", start, start + LONGEST + 1) + 1
            if end:
                yield self._chunk(body[start:end])
            else:
                end = body.index(b"\n", start) + 1
                yield Chunk(self.number, b"", too_long=True)
                self.number += 1
            start = end

    def _chunk(self, body: bytes) -> Chunk:
        chunk = Chunk(self.number, body)
        self.number += count(body)
        return chunk


def without_zeros(body: bytes) -> bytes:
    """Lines without the zeros that they begin with: a power cut leaves the file longer than what
    had reached the disk, and the next writer goes on behind (XFS's FAQ tells of it)."""
    return _ZEROS.sub(b"", body) if b"\0" in body else body


def count(body: bytes) -> int:
    """How many lines."""
    if len(body) < _FEW:
        return body.count(b"\n")
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == ord("\n")))


def _end(text: bytes, new: int) -> int:
    """Where the last complete line ends; ``new`` is where the unseen bytes begin."""
    newline = text.rfind(b"\n", new) + 1
    last = len(text.rstrip(b"\r")) if text.endswith(b"\r") else len(text)
    bare = text.rfind(b"\r", max(new - 1, 0), last) + 1
    return max(newline, bare)
