"""Logs of a point or a few on each line, among lines of words."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import ClassVar

import msgspec
import numpy as np

from lrdoctor.readers import Reader
from lrdoctor.readers._lines import LONGEST, Chunk, Lines
from lrdoctor.readers._tags import Tags
from lrdoctor.run import Block

_SURE = 0.97
Point = tuple[str, int, float, float]
"""Tag, step, value and wall time; NaN for no wall time."""


class _State(msgspec.Struct):
    rest: bytes
    number: int
    skipping: bool
    tags: list[str]
    former: bytes
    told: int
    x_axis: str = "step"


class TextLines(Reader):
    """Reads line by line; a subclass says what points a line holds."""

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._lines = Lines()
        self._tags = Tags(self)
        self._former = b""
        self.at = 1
        """The number of the line that is being read, from 1."""

    @abstractmethod
    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        """What a line holds, or what is wrong with it; "" for words.

        Args:
            former: the line before.
        """

    def feed(self, data: bytes) -> Iterator[Block]:
        for chunk in self._lines.feed(data):
            if chunk.too_long:
                self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            else:
                yield from self._chunk(chunk)

    def finish(self) -> Iterator[Block]:
        # A cut figure is a figure too, so a line without an end cannot be trusted.
        self.at, line = self._lines.number, self._lines.last()
        if self._lines.skipping or (line.strip() and self.points(line, self._former)):
            self.tell(self.at, "unfinished last line")
        return iter(())

    @property
    def settled(self) -> bool:
        return self._lines.empty

    def state(self) -> bytes:
        lines = self._lines
        held = _State(bytes(lines.rest), lines.number, lines.skipping, self._tags.known,
                      self._former, self.told, self.x_axis)  # fmt: skip
        return msgspec.msgpack.encode(held)

    @classmethod
    def restore(cls, state: bytes) -> TextLines:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._lines = Lines(held.rest, held.number, held.skipping)
        reader._tags = Tags(reader, held.tags)
        reader._former, reader.told, reader.x_axis = held.former, held.told, held.x_axis
        return reader

    def _chunk(self, chunk: Chunk) -> Iterator[Block]:
        found: dict[str, list[tuple[int, float, float]]] = {}
        for self.at, line in enumerate(chunk.lines(), chunk.first):
            told = self.points(line, self._former) if line.strip() else ""
            self._former = line
            if isinstance(told, str):
                if told:
                    self.tell(self.at, told)
                continue
            for tag, *point in told:
                found.setdefault(tag, []).append(tuple(point))  # type: ignore[arg-type]
        for raw, points in found.items():
            name = self._tags.admit(raw)
            if name is not None:
                steps, values, walls = zip(*points, strict=True)
                timed = np.array(walls)
                yield Block(name, np.array(steps, np.int64), np.array(values, np.float64),
                            None if np.isnan(timed).all() else timed)  # fmt: skip


class LinesAlike(TextLines):
    """Logs whose figures stand in lines of one form, which no other log has."""

    form: ClassVar[re.Pattern[bytes]]
    """Searched for in a file's first bytes, and in each line."""

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return _SURE if cls.form.search(head) else 0.0

    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        found = self.form.search(line)
        if found is None:
            return ""
        return self.points_of([part.decode(errors="replace") for part in found.groups()])

    @abstractmethod
    def points_of(self, groups: Sequence[str]) -> Sequence[Point]:
        """What a line of the form holds, by the groups of its pattern."""


def complete(head: bytes) -> list[bytes]:
    """The complete lines of a file's first bytes that are not blank."""
    lines = head.splitlines()
    if not head.endswith((b"\n", b"\r")):
        lines = lines[:-1]  # may be cut
    return [line for line in lines if line.strip()]
