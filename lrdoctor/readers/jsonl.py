"""JSON lines, as mmengine, detectron2, LLaMA-Factory, W&B exports and people write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import ClassVar

import msgspec

from lrdoctor import metrics
from lrdoctor.readers import Reader, _records, _records_bulk
from lrdoctor.readers._axis import AxisState
from lrdoctor.readers._lines import LONGEST, Chunk, Lines, count
from lrdoctor.readers._live import LiveRow
from lrdoctor.readers._rows import Rows
from lrdoctor.run import Block

Record = Mapping[str, _records.Json]

_PREAMBLE = 16
"""Lines of settings that a log may begin with and still be read in bulk at once."""
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

    patterns: ClassVar[tuple[str, ...]] = ("*.jsonl", "*.ndjson", "*.json", "*.log", "*.txt")

    def __init__(self) -> None:
        super().__init__()
        self._lines = Lines()
        self._rows = Rows(self)
        self._bulk = _records_bulk.Bulk()
        self._live: LiveRow | None = None

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        named = path.suffix.lower() in _NAMED
        values = first_values(head)
        records = [value for value in values if isinstance(value, dict)]
        if 2 * len(records) < len(values) or not records:
            return 0.3 if named else 0.0
        if figures_in(records):
            # One object on one line may also be a document that holds its figures in lists.
            return 0.95 if named else 0.9 if len(records) > 1 else 0.5
        return 0.3 if named else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        live = self._live
        if live is not None and self._lines.completes(data):
            figures = _records.plain(value_of(data), live.names)
            if figures is not None:
                self._lines.number += 1
                return iter(live.blocks(figures))
        return self._feed(data)

    def _feed(self, data: bytes) -> Iterator[Block]:
        self._live = None
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
            if self._records_in(line) is None:
                self.tell(number, "unfinished last line")
            else:
                yield from self._chunk(Chunk(number, line + b"\n"))

    def records(self, value: _records.Json) -> Sequence[Record] | None:
        """The rows that one line's value holds; None where it is none of this format."""
        return [value] if isinstance(value, dict) else None

    @property
    def settled(self) -> bool:
        return self._lines.empty

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
        first, body = chunk.first, chunk.body
        if len(body) >= _records_bulk.LEAST and self._is_plain:
            while not self._rows.axis.decided and first < chunk.first + _PREAMBLE and body:
                # One line at a time until one has told what the columns are.
                end = body.index(b"\n") + 1
                yield from self._line_by_line(Chunk(first, body[:end]))
                first, body = first + 1, body[end:]
            if self._rows.axis.decided and body:
                yield from self._in_bulk(first, body)
                return
        yield from self._line_by_line(Chunk(first, body))

    def _in_bulk(self, first: int, body: bytes) -> Iterator[Block]:
        for part in self._bulk.parts(body):
            if isinstance(part, bytes):
                yield from self._line_by_line(Chunk(first, part))
                first += count(part)
            else:
                self._live = None
                yield from self._rows.blocks(part.columns, part.count, None, part.places)
                first += part.count

    @property
    def _is_plain(self) -> bool:
        """Whether each line's object is one row, as it stands."""
        return type(self).records is Jsonl.records

    def _line_by_line(self, chunk: Chunk) -> Iterator[Block]:
        records: list[Record] = []
        for number, line in enumerate(chunk.lines(), chunk.first):
            found = self._records_in(line)
            if found is not None:
                records += found
            elif line.strip():
                self.tell(number, f"no JSON object: {line[:40].decode(errors='replace')!r}")
        yield from _records.blocks(self._rows, records)
        if len(records) == 1 and self._is_plain and self._rows.axis.decided:
            self._live = _records.live_row(self._rows, self.run, records[0])

    def _records_in(self, line: bytes) -> Sequence[Record] | None:
        return self.records(value_of(line))


def figures_in(values: Iterable[_records.Json]) -> bool:
    """Whether one of a file's first values is a row of figures."""
    records = (value for value in values if isinstance(value, dict))
    return any(_records.tells_metrics(record) and not _is_message(record) for record in records)


def _is_message(record: Record) -> bool:
    """Whether a program tells something in words (``{"level": "warn", "msg": …, "step": 7}``), as
    W&B's own service does, without a loss or an accuracy."""
    worded = isinstance(record.get("level"), str) and isinstance(record.get("msg"), str)
    return worded and not any(
        metrics.kind(name) in ("loss", "accuracy") for name, _ in _records.leaves("", record)
    )


@lru_cache(maxsize=4)
def first_values(head: bytes) -> tuple[_records.Json, ...]:
    """What the first lines of a file say, complete ones only where there are several.

    Every framework's own reader of JSON lines asks it of the same bytes.
    """
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    if len(lines) > 1 and not head.endswith((b"\n", b"\r")):
        lines.pop()  # may be cut
    return tuple(map(value_of, lines))


def value_of(line: bytes) -> _records.Json:
    """What a line of JSON says; None where it is none."""
    try:
        return _records.parse(line)
    except ValueError:
        return None
