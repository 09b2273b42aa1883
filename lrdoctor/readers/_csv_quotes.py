"""Rows of a CSV file whose quoted cells hold line ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

MOST_LINES = 100
"""A quote that is still open after so many lines was never meant to open a cell."""
LONGEST = 64 << 10
"""Bytes, likewise."""
_OPENING = re.compile(rb'(?:^|[,;\t|])[ ]*"')


class Held(msgspec.Struct):
    """A row whose last quoted cell is not closed yet."""

    lines: list[bytes] = []
    at: int = 0
    """The first one's number."""


def rows(held: Held, first: int, lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Whole rows, each with the number of its first line. ``held`` keeps one that goes on."""
    for at, line in enumerate(lines, first):
        if not held.lines:
            if not _leaves_open(line):
                yield at, line
                continue
            held.at = at
        held.lines.append(line)
        if closed(held):
            whole, held.lines = b"\n".join(held.lines), []
            yield held.at, whole
        elif len(held.lines) > MOST_LINES or sum(map(len, held.lines)) > LONGEST:
            yield from released(held)


def released(held: Held) -> list[tuple[int, bytes]]:
    """The held lines one by one, where no end of the row came."""
    lines, held.lines = held.lines, []
    return list(enumerate(lines, held.at))


def closed(held: Held, line: bytes = b"") -> bool:
    """Whether every quoted cell is closed, with one more line."""
    return (sum(each.count(b'"') for each in held.lines) + line.count(b'"')) % 2 == 0


def _leaves_open(line: bytes) -> bool:
    return line.count(b'"') % 2 == 1 and _OPENING.search(line) is not None
