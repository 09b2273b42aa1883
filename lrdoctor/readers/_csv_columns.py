"""A CSV file's cells into figures, column by column, and what each column held so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from lrdoctor import metrics
from lrdoctor.readers import _csv_bulk
from lrdoctor.readers._cells import BLANK, number
from lrdoctor.readers._rows import Column

Row = tuple[int, list[str]]
"""A line's number and its cells."""


class Held(msgspec.Struct):
    """What a column held so far."""

    figures: bool = False
    line: int = 0
    """Of the first word, while no figure has come; 0 for none."""
    word: str = ""
    count: int = 0


class Columns:
    """Turns cells into figures.

    A column that holds words only is passed over quietly; a word among figures is noted.
    """

    def __init__(self, note: Callable[[int, int, int, str], None], held: dict[str, Held]) -> None:
        self._note = note
        """Called with the line that brought a fault up, the column, the line of the fault, what."""
        self.held = held

    def of(self, name: str) -> Held:
        held = self.held.get(name)
        if held is None:
            held = self.held[name] = Held()
        return held

    def settled(self, names: Sequence[str]) -> bool:
        """Whether each of these has held figures, and none holds words."""
        return all(self.of(name).figures and not self.of(name).count for name in names)

    def bulk(self, body: bytes, separator: str, names: Sequence[str]) -> dict[str, Column] | None:
        """The columns of plain rows; None where they must be looked at line by line."""
        wordy = {name for name in names if self.of(name).count}
        if wordy:
            return self._beside_words(body, separator, names, wordy)
        found = _csv_bulk.cells(body, separator, len(names))
        if found is None:
            return None
        figures, filled = found
        columns = {}
        for place, name in enumerate(names):
            rows = None if filled is None else np.flatnonzero(filled[place])
            self.of(name).figures |= rows is None or len(rows) > 0
            if name:  # one of blanks only is there all the same
                values = figures[place] if rows is None else figures[place, rows]
                columns[name] = Column(rows, values)
        return columns

    def _beside_words(
        self, body: bytes, separator: str, names: Sequence[str], wordy: set[str]
    ) -> dict[str, Column] | None:
        found = _csv_bulk.words(body, separator, len(names))
        if found is None or any(metrics.is_phase(name) for name in wordy):
            return None
        columns, counts = {}, {}
        for name, column in zip(names, found, strict=True):
            if isinstance(column, int):
                counts[name] = column
            elif column[1].any() or name not in wordy:
                rows = np.flatnonzero(column[1])
                columns[name] = Column(rows, column[0][rows])
        if not wordy >= set(counts) or wordy & set(columns):
            return None  # a column is not what it was
        for name, count in counts.items():
            self.of(name).count += count
        for name, told in columns.items():
            self.of(name).figures |= len(told.values) > 0
        columns.pop("", None)
        return columns

    def slow(self, names: Sequence[str], rows: Sequence[Row], comma: bool) -> dict[str, Column]:
        """The columns of rows, cell by cell; one of words only is left out.

        Args:
            comma: whether a comma may stand for the decimal point.
        """
        columns = {}
        for place, name in enumerate(names):
            if name:
                column = self._slow(name, place, rows, comma)
                if len(column.values) or not self.of(name).count:
                    columns[name] = column
        return columns

    def _slow(self, name: str, place: int, rows: Sequence[Row], comma: bool) -> Column:
        held = self.of(name)
        at: list[int] = []
        values: list[float] = []
        for index, (line, row) in enumerate(rows):
            cell = row[place]
            if cell in BLANK:
                continue
            value = number(cell, comma)
            if value is not None:
                if held.count:
                    self._note(line, place, held.line, _mixed(name, held))
                held.figures, held.count = True, 0
                at.append(index)
                values.append(value)
            elif held.figures:
                self._note(line, place, line, f"column {name!r}: {cell[:40]!r} is no number")
            else:
                held.line, held.word = (held.line, held.word) if held.count else (line, cell[:40])
                held.count += 1
        return Column(np.array(at, np.int64), np.array(values))


def _mixed(name: str, held: Held) -> str:
    return f"column {name!r}: {held.count} cells before its first number hold words: {held.word!r}"
