"""CSV of any separator and header, as Keras, Lightning, Ultralytics, fastai and people write it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor import metrics
from lrdoctor.readers import Reader
from lrdoctor.readers import _csv_header as headers
from lrdoctor.readers import _csv_quotes as quotes
from lrdoctor.readers._axis import AxisState
from lrdoctor.readers._cells import BLANK, number
from lrdoctor.readers._csv_bulk import row_reader
from lrdoctor.readers._csv_columns import Columns, Held, Row
from lrdoctor.readers._csv_end import REMEMBERED, LastCells
from lrdoctor.readers._lines import LONGEST, Chunk, Lines, count, without_zeros
from lrdoctor.readers._live import LiveRow
from lrdoctor.readers._rows import Rows
from lrdoctor.readers._tags import MOST_TAGS
from lrdoctor.run import Block

_OTHER_FORMATS = (".json", ".jsonl", ".ndjson", ".py", ".md", ".yaml", ".yml", ".html", ".xml",
                  ".sh", ".toml", ".cfg", ".ini", ".rst")  # fmt: skip


_MOST_COMMENTS = 32
"""Further up stands what a file is about, not what its columns are called."""


class _State(msgspec.Struct):
    rest: bytes = b""
    number: int = 1
    skipping: bool = False
    comments: list[str] = []
    """The last lines that began with ``#``, until there are names: one of them may tell these."""
    header: str | None = None
    """The header line, until the first row is there to tell the separator."""
    separator: str = ""
    names: list[str] | None = None
    words: dict[str, Held] = {}
    quoted: quotes.Held = msgspec.field(default_factory=quotes.Held)
    lengths: list[int] = []
    """Of the last cell, as it stands in the file, in the latest rows."""
    axis: AxisState | None = None
    tags: list[str] = []
    planned: int | None = None
    told: int = 0


class Csv(Reader):
    """Rows of cells under a header; a blank or ``NA`` cell was not logged.

    Lines may end in any way, a header may return in mid-file, lines that begin with ``#`` are
    comments. Columns of words are passed over. A quoted cell may hold line ends. Without a header
    the columns are called ``1``, ``2``, ….
    """

    patterns: ClassVar[tuple[str, ...]] = ("*.csv", "*.tsv", "*.txt", "*.log", "*.dat")

    def __init__(self) -> None:
        super().__init__()
        self._load(_State())

    def _load(self, state: _State) -> None:
        self._s = state
        self._lines = Lines(state.rest, state.number, state.skipping)
        self._rows = Rows(self, state.axis, state.tags)
        self._live: LiveRow | None = None
        self._latest: deque[bytes] = deque(maxlen=REMEMBERED)
        """Lines that were read live, each with its end."""
        self._noted: list[tuple[int, int, int, str]] = []
        self._last_cells = LastCells(state.lengths)
        self._columns = Columns(lambda *fault: self._noted.append(fault), state.words)

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        suffix, head = path.suffix.lower(), without_zeros(head)
        if b"\0" in head or suffix in _OTHER_FORMATS:
            return 0.0
        named = suffix in (".csv", ".tsv")
        if _begins_log(head):
            return 0.95 if named else 0.6
        return 0.3 if named else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        live = self._live
        figures = None if live is None else self._read_row(data)
        if live is None or figures is None:
            return self._feed(data)
        self._lines.number += 1
        self._latest.append(data)
        return iter(live.blocks(figures))

    def _feed(self, data: bytes) -> Iterator[Block]:
        self._end_live()
        live = self._lines.completes(data) and not self._s.quoted.lines
        for chunk in self._lines.feed(data):
            if chunk.too_long:
                yield from self._release()
                self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            else:
                yield from self._chunk(chunk)
        if live and self._rows.axis.decided:
            self._begin_live()

    def finish(self) -> Iterator[Block]:
        self._end_live()
        number_of, line = self._lines.number, self._lines.last()
        if self._s.quoted.lines and not (line and quotes.closed(self._s.quoted, line)):
            yield from self._release()
        if self._lines.skipping:
            self.tell(number_of, f"a line of more than {LONGEST} bytes is passed over")
        elif line.strip() and not line.lstrip().startswith(b"#"):
            if self._s.quoted.lines or self._is_whole(line):
                yield from self._chunk(Chunk(number_of, line + b"\n"))
            else:
                self.tell(number_of, "unfinished last line")

    @property
    def settled(self) -> bool:
        return self._lines.empty and not self._s.quoted.lines

    def state(self) -> bytes:
        self._keep_lengths()
        state, lines = self._s, self._lines
        state.rest, state.number, state.skipping = bytes(lines.rest), lines.number, lines.skipping
        state.axis, state.tags = self._rows.axis.state, self._rows.tags.known
        state.planned, state.told = self.settings.planned_steps, self.told
        return msgspec.msgpack.encode(state)

    @classmethod
    def restore(cls, state: bytes) -> Csv:
        reader = cls()
        reader._load(msgspec.msgpack.decode(state, type=_State))
        reader._rows.plan(reader._s.planned)
        reader.told = reader._s.told
        return reader

    def _begin_live(self) -> None:
        """Have further rows read as plain ones, unless they may tell more."""
        names = self._s.names or ()
        if self._columns.settled(names):
            live = LiveRow(names, self._rows, self.run)
            if live.possible:
                self._live, self._read_row = live, row_reader(self._s.separator, len(names))

    def _keep_lengths(self) -> None:
        """Those of the rows that were read live, too."""
        self._remember([line[:-1] for line in self._latest])
        self._latest.clear()

    def _end_live(self) -> None:
        self._keep_lengths()
        self._live = None

    def _chunk(self, chunk: Chunk) -> Iterator[Block]:
        first, start = chunk.first, 0
        while start < len(chunk.body) and not self._rows.axis.decided:
            # One line at a time until the first row has told what the columns are.
            end = chunk.body.index(b"\n", start)
            yield from self._slowly(first, [chunk.body[start:end]])
            first, start = first + 1, end + 1
        body = chunk.body[start:]
        names = self._s.names or []
        plain = bool(body) and not self._s.quoted.lines
        columns = self._columns.bulk(body, self._s.separator, names) if plain else None
        if columns is None:
            yield from self._slowly(first, body.split(b"\n")[:-1])
        else:
            yield from self._rows.blocks(columns, count(body))
            self._remember(body.rsplit(b"\n", REMEMBERED + 1)[-REMEMBERED - 1 : -1])

    def _slowly(self, first: int, lines: Sequence[bytes]) -> Iterator[Block]:
        return self._each(quotes.rows(self._s.quoted, first, lines))

    def _release(self) -> Iterator[Block]:
        return self._each(quotes.released(self._s.quoted))

    def _each(self, lines: Iterable[tuple[int, bytes]]) -> Iterator[Block]:
        """Row by row; all under one header together."""
        rows: list[Row] = []
        taken: list[bytes] = []
        for at, raw in lines:
            row = self._row(at, raw)
            if row is None:
                continue
            names = self._s.names or []
            if headers.is_repeated(row, names):
                yield from self._figures(rows)
                rows = []
                self._name(at, row)
                self._rows.reopen()
            elif len(row) == len(names):
                rows.append((at, row))
                taken.append(raw)
            else:
                rows.append((at, self._ragged(at, row, len(names))))
        yield from self._figures(rows)
        self._remember(taken[-REMEMBERED:])
        # Told in the order of the lines, however many were read at once.
        for _, _, line, what in sorted(self._noted):
            self.tell(line, what)
        self._noted.clear()

    def _ragged(self, at: int, row: list[str], count: int) -> list[str]:
        """A row with the wrong number of cells: what of it can be trusted, the rest blank."""
        if count // 2 <= len(row) < count:
            # Where a row was torn its last cell may have lost digits.
            self._note(at, f"{len(row)} cells where the header has {count}: the last one and the "
                           "missing ones are passed over")  # fmt: skip
            return row[:-1] + [""] * (count - len(row) + 1)
        self._note(at, f"{len(row)} cells where the header has {count}: passed over")
        return [""] * count

    def _note(self, at: int, what: str) -> None:
        """Hold back a fault of line ``at``."""
        self._noted.append((at, -1, at, what))

    def _row(self, at: int, raw: bytes) -> list[str] | None:
        """The cells of a data row; None for a line that is none."""
        line = raw.decode(errors="replace")
        if headers.is_aside(line):
            if self._s.names is None and line.strip().startswith("#"):
                said = line.strip().lstrip("#").strip()
                self._s.comments = [*self._s.comments, said][-_MOST_COMMENTS:]
            return None
        if self._s.names is None and self._settle(self._s.header, line, at):
            return None
        row = headers.cells(line, self._s.separator)
        if row is None:
            self._note(at, "a quote is left open: passed over")
            return None
        return headers.fitted(row, len(self._s.names or ()))

    def _settle(self, header: str | None, line: str | None, at: int) -> bool:
        """Find out separator and names; true where ``line`` was used up as the header."""
        state = self._s
        if header is None:
            separator = headers.separator_of(line or "", line or "")
            first = headers.cells(line or "", separator) or []
            if headers.is_header(first):
                state.header = line
                return True
            commented = headers.of_comments(state.comments, first, separator)
            state.separator = separator
            if commented:
                self._name(at, commented)
            else:
                self._note(at, "no header row: the columns are called 1, 2, 3 …")
                self._name(at, [str(n) for n in range(1, len(first) + 1)])
            return False
        state.separator = headers.separator_of(header, line if line is not None else header)
        self._name(at, headers.cells(header, state.separator) or [header.strip()])
        state.header = None
        return False

    def _name(self, at: int, names: list[str]) -> None:
        self._s.names = headers.unique(names)
        if len(names) > MOST_TAGS:
            self._note(at, f"{len(names)} columns: those after the first {MOST_TAGS} are not read")
            self._s.names[MOST_TAGS:] = [""] * (len(names) - MOST_TAGS)

    def _figures(self, rows: list[Row]) -> Iterator[Block]:
        """Cells to figures, column by column."""
        columns = self._columns.slow(self._s.names or (), rows, self._s.separator != ",")
        yield from self._rows.blocks(columns, len(rows), self._validation(rows))

    def _validation(self, rows: list[Row]) -> NDArray[np.bool_] | None:
        for place, name in enumerate(self._s.names or ()):
            if name and metrics.is_phase(name):
                return np.array([metrics.split_of(row[place]) == "val" for _, row in rows])
        return None

    def _remember(self, lines: Sequence[bytes]) -> None:
        self._last_cells.remember(lines, self._s.separator)

    def _is_whole(self, line: bytes) -> bool:
        """Whether a line without an end has all its cells, and the last one to its usual length."""
        text = line.decode(errors="replace")
        separator = self._s.separator
        names = self._s.names
        if names is None:
            separator = headers.separator_of(self._s.header or text, text)
            names = headers.cells(self._s.header or text, separator) or []
        row = headers.cells(text, separator)
        if row is None or len(row) != len(names):
            return False
        if self._s.names is not None and number(row[-1], True) is None and row[-1] not in BLANK:
            return self._columns.of(names[-1]).count > 0
        return self._last_cells.usual(line, separator)


@lru_cache(maxsize=4)
def _begins_log(head: bytes) -> bool:
    """Every framework's own reader of CSV asks it of the same bytes."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    return headers.looks_like_log(text.splitlines()[:50])
