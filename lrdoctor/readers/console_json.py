"""Console output whose every line a container's or a program's logging has wrapped in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from lrdoctor.readers._lines import LONGEST, Lines
from lrdoctor.readers._records import Json
from lrdoctor.readers.console import SURE_OF_CONSOLE, Console, prints_losses
from lrdoctor.readers.jsonl import figures_in, first_values, value_of
from lrdoctor.run import Block

_TEXTS = ("log", "MESSAGE", "message", "msg", "event", "textPayload", "line", "text")
"""Docker and Fluent Bit; journald; Python's JSON formatters and CloudWatch; zap, slog and pino;
structlog; Google Cloud; Loki. The first that holds words is what was printed."""
_PARTIAL = 16 << 10
"""Bytes at which Docker cuts a longer line in two (``defaultBufSize`` of its copier)."""


class _State(msgspec.Struct):
    rest: bytes
    number: int
    skipping: bool
    console: bytes


class ConsoleJson(Console):
    """Console output wrapped in JSON lines, as Docker, journald, Loki and structlog write it."""

    patterns = ("*.jsonl", "*.ndjson", "*.json", "*.log", "*.log.*")

    def __init__(self) -> None:
        super().__init__()
        self._lines = Lines()

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        values = first_values(head)
        wrapped = sum(_printed(value) is not None for value in values)
        if 2 * wrapped <= len(values) or figures_in(values):
            return 0.0
        chunks = [chunk.lines() for chunk in Lines().feed(head) if not chunk.too_long]
        text = b"".join(_unwrapped(line) for lines in chunks for line in lines)
        return SURE_OF_CONSOLE if prints_losses(text) else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        for chunk in self._lines.feed(data):
            if chunk.too_long:
                self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            else:
                yield from super().feed(b"".join(map(_unwrapped, chunk.lines())))

    def finish(self) -> Iterator[Block]:
        printed = _printed(value_of(self._lines.last()))
        yield from super().feed(printed or b"")
        yield from super().finish()

    def state(self) -> bytes:
        lines = self._lines
        return msgspec.msgpack.encode(
            _State(bytes(lines.rest), lines.number, lines.skipping, super().state())
        )

    @classmethod
    def restore(cls, state: bytes) -> ConsoleJson:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = super().restore(held.console)
        reader._lines = Lines(held.rest, held.number, held.skipping)
        return reader


def _unwrapped(line: bytes) -> bytes:
    """What was printed; a line that is no such object stands for itself."""
    printed = _printed(value_of(line))
    return line + b"\n" if printed is None else printed


def _printed(value: Json) -> bytes | None:
    """The line of a terminal in an object; None where it holds none."""
    if not isinstance(value, dict):
        return None
    for said in (value[name] for name in _TEXTS if name in value):
        if isinstance(said, str):
            text = said.encode(errors="replace")
        elif isinstance(said, list) and all(n in range(256) for n in said):
            text = bytes(map(int, said))  # journald's, where it has colours
        else:
            continue
        whole = text.endswith(b"\n") or len(text) >= _PARTIAL
        return text if whole else text + b"\n"
    return None
