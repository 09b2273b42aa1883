"""The same records again and again, in the same order, as a training loop writes them.

Each turn of the loop is a row of a table. Nothing needs to be searched for: where one record of
the turn begins is known from the row's beginning, and the table is proved as a whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _frame
from lrdoctor.readers._layout import Kind, Layout
from lrdoctor.readers._parts import Parts
from lrdoctor.run import Ints

MANY = 64
"""So many turns repay what it costs to find the next ones."""
_SHARE = 4
"""A turn is taken up where it fills a quarter of the records that were looked at, or more."""
_LOOKS = 4
"""So many times a record may come in one turn."""


class Turns:
    """Knows the turn that was found last, and reads on for as long as it comes again."""

    def __init__(self, strict: bool = False) -> None:
        self._strict = strict
        self._turn: Layout | None = None

    def read(self, data: bytes, at: int, points: Parts) -> tuple[int, bool]:
        """Read the turns that begin there.

        Returns:
            Where the last sound one ends, and whether they were many, or all that there is.
        """
        turn = self._turn
        if turn is None:
            return at, False
        count = (len(data) - at) // turn.width
        rows = self._sound(turn, turn.rows(data, at))
        end = at + len(rows) * turn.width
        if len(rows):
            for start, figures in zip(turn.offsets, turn.read(rows), strict=True):
                points.add(range(at + start, end, turn.width), figures)
        if len(rows) == count:
            return self._unfinished(turn, data, end, points), True
        return end, len(rows) >= MANY

    def find(self, data: bytes, starts: Ints, sizes: Ints) -> int | None:
        """Find the turn of which these consecutive records are made, up to the last one.

        Returns:
            The place among them of the first that belongs to it; None where there is no turn.
        """
        last = Kind.of(_frame.record(data, int(starts[-1]))) if len(starts) else None
        if last is None:
            return None
        alike = np.flatnonzero(sizes == last.size)
        alike = alike[last.fits(_frame.gather(data, starts[alike], len(last.record)))]
        for before in alike[-2 : -2 - _LOOKS : -1].tolist():
            length = len(sizes) - 1 - before
            other = np.flatnonzero(sizes[length:] != sizes[:-length])
            first = int(other[-1]) + 1 if len(other) else 0
            if len(sizes) - first >= max(2 * length, len(sizes) // _SHARE):
                records = [
                    _frame.record(data, at) for at in starts[first : first + length].tolist()
                ]
                kinds = [kind for kind in map(Kind.of, records) if kind is not None]
                if len(kinds) == length:
                    self._turn = Layout(kinds)
                    return first
        return None

    def _unfinished(self, turn: Layout, data: bytes, at: int, points: Parts) -> int:
        """Read the first records of a turn, completed with those that it would go on with."""
        whole = int(np.searchsorted(turn.ends, len(data) - at, side="right"))
        if whole < 2:
            return at
        end = at + int(turn.ends[whole - 1])
        row = data[at:end] + turn.record[end - at :]
        rows = self._sound(turn, np.frombuffer(row, turn.row))
        if not len(rows):
            return at
        for start, figures in zip(turn.offsets[:whole], turn.read(rows), strict=False):
            points.add(range(at + start, at + start + 1), figures)
        return end

    def _sound(self, turn: Layout, rows: NDArray[np.void]) -> NDArray[np.void]:
        """The first rows, as far as they prove to be this turn."""
        sound = turn.proved(rows, self._strict) if len(rows) else None
        return rows if sound is None else rows[: int(np.argmin(sound))]
