"""One scalar a row, in CSV or JSON lines, as trackers and tbparse export many metrics at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

import msgspec
import numpy as np

from lrdoctor import metrics
from lrdoctor.readers import Reader, _records, _run_ids
from lrdoctor.readers import _csv_header as headers
from lrdoctor.readers._cells import BLANK
from lrdoctor.readers._lines import LONGEST, Lines, without_zeros
from lrdoctor.readers._tags import Tags
from lrdoctor.readers._text_lines import complete
from lrdoctor.run import Block

_SURE = 0.99
"""More than any reader to which the names' column would be words."""
_TAG = frozenset({"tag", "metric", "key", "name", "scalar", "metric_name", "metric_key"})
_VALUE = frozenset({"value", "metric_value", "scalar_value"})
_RUNS = frozenset({"dir_name", "run_hash"})
"""tbparse's and Aim's names of the run."""
_TENSORBOARD = {"wall time", "step", "value"}
_NAMED_FILE = re.compile(r"\.(csv|tsv|txt|jsonl|ndjson)", re.IGNORECASE)
_LOOKED_AT = 8192
"""Bytes."""


class _Columns(msgspec.Struct):
    """Where a row tells what; JSON lines by the same names."""

    names: list[str]
    separator: str
    """"" for JSON lines."""
    value: str
    axis: str
    tag: str | None
    """None: the file's name is the tag."""
    runs: list[str]
    wall: str | None


class _State(msgspec.Struct):
    rest: bytes = b""
    number: int = 1
    skipping: bool = False
    header: str | None = None
    columns: _Columns | None = None
    tags: dict[str, list[str]] = {}
    """By run."""
    told: int = 0


class ScalarTable(Reader):
    """A scalar a row: run, step, name and value; or without a name, which the file's tells."""

    patterns = ("*.csv", "*.tsv", "*.txt", "*.jsonl", "*.ndjson")

    def __init__(self) -> None:
        super().__init__()
        self._load(_State())

    def _load(self, state: _State) -> None:
        self._s = state
        self.told = state.told
        self._lines = Lines(state.rest, state.number, state.skipping)
        self._tags = {run: Tags(self, known) for run, known in state.tags.items()}
        if state.columns is not None:
            self.x_axis = metrics.axis([state.columns.axis])[1]

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        head = without_zeros(head)
        if not _NAMED_FILE.fullmatch(path.suffix) or b"\0" in head:
            return 0.0
        head = head.removeprefix(b"\xef\xbb\xbf")
        lines = [line.decode(errors="replace") for line in complete(head[:_LOOKED_AT])]
        shown = [line for line in lines if not headers.is_aside(line)]
        if len(shown) < 2:
            return 0.0
        columns = _columns(shown[0], shown[1])
        if columns is None:
            return 0.0
        if columns.tag is None:
            told = metrics.kind(path.stem) != "other"
            return _SURE if told and {n.lower() for n in columns.names} != _TENSORBOARD else 0.0
        rows = [_row(columns, line) for line in shown[1 if columns.separator else 0 :]]
        named = [row[columns.tag] for row in rows if row and isinstance(row.get(columns.tag), str)]
        return _SURE if any(metrics.kind(str(name)) != "other" for name in named) else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        for chunk in self._lines.feed(data):
            if chunk.too_long:
                self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            else:
                yield from self._chunk(chunk.first, chunk.lines())

    def finish(self) -> Iterator[Block]:
        # A cut figure is a figure too, so a line without an end cannot be trusted.
        number_of, line = self._lines.number, self._lines.last()
        if self._lines.skipping or line.strip():
            self.tell(number_of, "unfinished last line")
        return iter(())

    @property
    def settled(self) -> bool:
        return self._lines.empty

    def state(self) -> bytes:
        state, lines = self._s, self._lines
        state.rest, state.number, state.skipping = bytes(lines.rest), lines.number, lines.skipping
        state.tags = {run: tags.known for run, tags in self._tags.items()}
        state.told = self.told
        return msgspec.msgpack.encode(state)

    @classmethod
    def restore(cls, state: bytes) -> ScalarTable:
        reader = cls()
        reader._load(msgspec.msgpack.decode(state, type=_State))
        return reader

    def _chunk(self, first: int, lines: Sequence[bytes]) -> Iterator[Block]:
        found: dict[tuple[str, str], list[tuple[int, float, float]]] = {}
        for at, line in enumerate(lines, first):
            text = line.decode(errors="replace")
            if headers.is_aside(text) or self._is_header(text):
                continue
            point = self._point(text)
            if isinstance(point, str):
                self.tell(at, point)
            elif point is not None:
                found.setdefault(point[:2], []).append(point[2:])
        for (run, raw), points in found.items():
            tag = self._tags.setdefault(run, Tags(self)).admit(raw)
            if tag is not None:
                steps, values, walls = zip(*points, strict=True)
                timed = np.array(walls)
                yield Block(tag, np.array(steps, np.int64), np.array(values, np.float64),
                            None if np.isnan(timed).all() else timed, run)  # fmt: skip

    def _is_header(self, text: str) -> bool:
        """Take the header, and after it the first row, which tells the separator."""
        state = self._s
        if state.columns is not None:
            return text == state.header
        if text.lstrip().startswith("{"):
            state.columns = _columns(text, text)
        elif state.header is None:
            state.header = text
            return True
        else:
            state.columns = _columns(state.header, text)
        if state.columns is not None:
            self.x_axis = metrics.axis([state.columns.axis])[1]
        return False

    def _point(self, text: str) -> tuple[str, str, int, float, float] | str | None:
        """Run, tag, step, value and wall time of a row; what is wrong with it; None: no value."""
        columns = self._s.columns
        row = None if columns is None else _row(columns, text)
        if columns is None or row is None:
            return "no row of this table"
        if row.get(columns.value) in BLANK or row.get(columns.value) is None:
            return None
        value, step = _records.figure(row[columns.value]), _records.figure(row.get(columns.axis))
        if value is None:
            return f"no number: {str(row[columns.value])[:40]!r}"
        if step is None or not abs(step) < 2**53:
            return f"no step: {str(row.get(columns.axis))[:40]!r}"
        tag = PurePath(self.file_name).stem if columns.tag is None else str(row.get(columns.tag))
        run = _run_ids.run_of(columns.runs, {n: str(row.get(n) or "") for n in columns.runs})
        wall = None if columns.wall is None else _records.figure(row.get(columns.wall))
        return run, tag, math.floor(step), value, _seconds(wall)


def _columns(header: str, row: str) -> _Columns | None:
    """What the columns mean; None where they are not those of such a table."""
    separator = ""
    if header.lstrip().startswith("{"):
        record = _records.record(header.encode(errors="replace"))
        names = list(record or ())
    else:
        separator = headers.separator_of(header, row)
        names = headers.cells(header, separator) or []
    by_name = {name.lower().replace(".", "_"): name for name in names}
    value = next((by_name[n] for n in by_name if n in _VALUE), None)
    tag = next((by_name[n] for n in by_name if n in _TAG), None)
    axis = metrics.axis(names)[0]
    if value is None or axis is None:
        return None
    runs = [*_run_ids.columns_of(names), *(by_name[n] for n in by_name if n in _RUNS)]
    wall = next((name for name in names if metrics.is_wall_time(name)), None)
    told = {value, tag, axis, wall, *runs}
    if tag is None and any(not _is_aside(name) for name in names if name not in told):
        return None  # columns of their own: a table of another kind
    return _Columns(names, separator, value, axis, tag, runs, wall)


def _is_aside(name: str) -> bool:
    """Whether a column is another axis or the index that pandas writes."""
    return not name or name.startswith("Unnamed") or metrics.axis([name])[0] is not None


def _row(columns: _Columns, line: str) -> Mapping[str, object] | None:
    if not columns.separator:
        return _records.record(line.encode(errors="replace"))
    cells = headers.cells(line, columns.separator)
    if cells is None or len(headers.fitted(cells, len(columns.names))) != len(columns.names):
        return None
    return dict(zip(columns.names, cells, strict=False))


def _seconds(wall: float | None) -> float:
    """A time of day in seconds; trackers count milliseconds, too. NaN for anything else."""
    if wall is None or not 1e9 <= wall < 1e13:
        return math.nan
    return wall / 1000 if wall >= 1e11 else wall
