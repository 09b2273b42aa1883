"""JSON lines, as mmengine, detectron2, LLaMA-Factory, W&B exports and people write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from lrdoctor.readers import Reader, _records
from lrdoctor.readers._axis import AxisState
from lrdoctor.readers._lines import LONGEST, Chunk, Lines
from lrdoctor.readers._rows import Rows
from lrdoctor.run import Block

_NAMED = (".jsonl", ".ndjson", ".jsonlines")


class _State(msgspec.Struct):
    rest: bytes
    number: int
    skipping: bool
    axis: AxisState
    tags: list[str]
    planned: int | None
    told: int


class Jsonl(Reader):
    """One JSON object a line; nested names are joined by ``/``.

    Bare ``NaN`` and ``Infinity``, which ``json.dumps`` writes for a diverged loss, are data, and so
    are numbers written as strings. Objects before the first that names a metric or an axis are
    settings. A line that is no object is a fault.
    """

    patterns = ("*.jsonl", "*.ndjson", "*.json", "*.log", "*.txt")

    def __init__(self) -> None:
        super().__init__()
        self._lines = Lines()
        self._rows = Rows(self)

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        named = path.suffix.lower() in _NAMED
        lines = [line for line in head.splitlines()[:20] if line.strip()]
        if not lines:
            return 0.3 if named else 0.0
        if len(lines) > 1 and not head.endswith((b"\n", b"\r")):
            lines.pop()  # may be cut
        records = [record for record in map(_object, lines) if record is not None]
        if 2 * len(records) < len(lines) or not records:
            return 0.3 if named else 0.0
        if any(_records.tells_metrics(record) for record in records):
            # One object on one line may also be a document that holds its figures in lists.
            return 0.95 if named else 0.9 if len(records) > 1 else 0.5
        return 0.3 if named else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        for chunk in self._lines.feed(data):
            if chunk.too_long:
                self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            else:
                yield from self._chunk(chunk)

    def finish(self) -> Iterator[Block]:
        number, line = self._lines.number, self._lines.last()
        if self._lines.skipping:
            self.tell(number, f"a line of more than {LONGEST} bytes is passed over")
        elif line.strip():
            if _object(line) is None:
                self.tell(number, "unfinished last line")
            else:
                yield from self._chunk(Chunk(number, line + b"\n"))

    def state(self) -> bytes:
        lines, rows = self._lines, self._rows
        return msgspec.msgpack.encode(
            _State(bytes(lines.rest), lines.number, lines.skipping, rows.axis.state,
                   rows.tags.known, self.settings.planned_steps, self.told)
        )  # fmt: skip

    @classmethod
    def restore(cls, state: bytes) -> Jsonl:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._lines = Lines(held.rest, held.number, held.skipping)
        reader._rows = Rows(reader, held.axis, held.tags)
        reader._rows.plan(held.planned)
        reader.told = held.told
        return reader

    def _chunk(self, chunk: Chunk) -> Iterator[Block]:
        records = []
        for number, line in enumerate(chunk.lines(), chunk.first):
            record = _object(line)
            if record is not None:
                records.append(record)
            elif line.strip():
                self.tell(number, f"no JSON object: {line[:40].decode(errors='replace')!r}")
        yield from _records.blocks(self._rows, records)


def _object(line: bytes) -> dict[str, object] | None:
    try:
        value = _records.parse(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
