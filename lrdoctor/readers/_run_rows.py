"""One line of a table of several runs: whose it is, and how far it says that run has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from lrdoctor import metrics
from lrdoctor.readers import Reader, _records, _run_ids
from lrdoctor.readers import _csv_header as headers
from lrdoctor.readers._cells import number
from lrdoctor.readers.csv import Csv
from lrdoctor.readers.jsonl import Jsonl

LARGEST = 64 << 10
"""Bytes of what may come before the first row."""


@dataclass(frozen=True, slots=True)
class Row:
    run: str = ""
    """"" where the line does not tell."""
    step: float | None = None
    before_all: bool = False
    """It tells of no run, and may tell of all."""


class Table(msgspec.Struct):
    """How to look at the lines of one file."""

    header: str = ""
    """Of a CSV file; "" for JSON lines."""
    preamble: bytes = b""
    """What must come before the rows of any run."""
    separator: str = ""

    @property
    def reader(self) -> type[Reader]:
        """Reads the lines of one run."""
        return Csv if self.header else Jsonl

    def names_runs(self, lines: Iterable[bytes]) -> bool:
        """Whether there is a column for it, by the header or the first lines."""
        if not self.header:
            return any(_run_ids.columns_of(_records.record(line) or ()) for line in lines)
        separators = [",", "\t", ";", "|", headers.SPACES]
        cells = (headers.cells(self.header, separator) or () for separator in separators)
        return any(len(names) > 1 and _run_ids.columns_of(names) for names in cells)

    def look(self, line: bytes) -> Row:
        """At a line without its end."""
        return self._row(line) if self.header else _json_row(line)

    def add(self, line: bytes) -> None:
        """A line that tells of all runs."""
        if len(self.preamble) + len(line) < LARGEST:
            self.preamble += line + b"\n"

    def _row(self, line: bytes) -> Row:
        text = line.decode(errors="replace")
        if not text.strip() or text.lstrip().startswith("#") or text == self.header:
            return Row()
        if not self.separator:
            self.separator = headers.separator_of(self.header, text)
        names = _names(self.header, self.separator)
        cells = headers.cells(text, self.separator)
        if cells is None or len(cells) < len(names) or tuple(cells) == names:
            return Row()
        told = dict(zip(names, cells, strict=False))
        ids, axes = _columns(names)
        steps = (number(told[name], self.separator != ",") for name in axes)
        return Row(_run_ids.run_of(ids, told), _first(steps))


def table_of(lines: Sequence[bytes]) -> Table | None:
    """How to look at a file that begins with these lines; None while it is not told."""
    for at, line in enumerate(lines):
        text = line.decode(errors="replace")
        if text.lstrip().startswith("{"):
            return Table()
        if text.strip() and not text.startswith("#"):
            return Table(text, b"".join(part + b"\n" for part in lines[: at + 1]))
    return None


def _json_row(line: bytes) -> Row:
    record = _records.record(line)
    if record is None:
        return Row()
    ids, axes = _columns(tuple(record))
    steps = (_records.figure(record[name]) for name in axes)
    return Row(_run_ids.run_of(ids, record), _first(steps), before_all=True)


@lru_cache(64)
def _names(header: str, separator: str) -> tuple[str, ...]:
    return tuple(headers.cells(header, separator) or ())


@lru_cache(256)
def _columns(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Those that tell runs apart, and those that may tell the step, best first."""
    return _run_ids.columns_of(names), [name for name, _ in metrics.axes(names)]


def _first(steps: Iterable[float | None]) -> float | None:
    return next((step for step in steps if step is not None), None)
