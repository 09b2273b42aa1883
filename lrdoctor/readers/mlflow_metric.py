"""MLflow's file store: one file a metric, lines of ``time value step`` without a header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

import msgspec
import numpy as np

from lrdoctor.readers import Reader
from lrdoctor.readers._lines import LONGEST, Chunk, Lines
from lrdoctor.readers._tags import Tags
from lrdoctor.run import Block

_LINE = re.compile(
    rb"\s*(\d{12,14})\s+([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|nan|inf(?:inity)?))\s+(-?\d{1,18})\s*",
    re.IGNORECASE,
)


class _State(msgspec.Struct):
    rest: bytes
    number: int
    skipping: bool
    told: int


class MlflowMetric(Reader):
    """Milliseconds, value and step on each line. The file's name is the metric's."""

    patterns = ("*",)

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._lines = Lines()

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        lines = [line for line in head.splitlines()[:20] if line.strip()]
        if len(lines) > 1 and not head.endswith(b"\n"):
            lines.pop()  # may be cut
        return 0.9 if lines and all(_LINE.fullmatch(line) for line in lines) else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        for chunk in self._lines.feed(data):
            yield from self._chunk(chunk)

    def finish(self) -> Iterator[Block]:
        # A cut step is a step too, so a line without an end cannot be trusted.
        number, line = self._lines.number, self._lines.last()
        if line.strip() or self._lines.skipping:
            self.tell(number, "unfinished last line")
        return iter(())

    def state(self) -> bytes:
        lines = self._lines
        held = _State(bytes(lines.rest), lines.number, lines.skipping, self.told)
        return msgspec.msgpack.encode(held)

    @classmethod
    def restore(cls, state: bytes) -> MlflowMetric:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._lines = Lines(held.rest, held.number, held.skipping)
        reader.told = held.told
        return reader

    def _chunk(self, chunk: Chunk) -> Iterator[Block]:
        if chunk.too_long:
            self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            return
        rows = []
        for number, line in enumerate(chunk.lines(), chunk.first):
            told = _LINE.fullmatch(line)
            if told is not None:
                rows.append((float(told[1]) / 1e3, float(told[2]), int(told[3])))
            elif line.strip():
                self.tell(number, "not a line of time, value and step")
        tag = Tags(self).admit(self.file_name or "value")
        if rows and tag is not None:
            walls, values, steps = zip(*rows, strict=True)
            yield Block(tag, np.array(steps, np.int64), np.array(values), np.array(walls))
