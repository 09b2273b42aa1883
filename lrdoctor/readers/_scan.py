"""Very many records at once, wherever they stand.

Short records are found by their headers, followed from one to the next and told apart by their
kinds; the likes of one kind are then read as the rows of a table.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _frame
from lrdoctor.readers._kinds import SMALLEST, Kinds
from lrdoctor.readers._layout import Mask
from lrdoctor.readers._parts import Parts
from lrdoctor.readers._turns import Turns
from lrdoctor.run import Ints

LEAST = 4096
"""Bytes from which on reading in bulk is faster than record by record."""

_STRETCH = (1 << 16, 1 << 22)
"""Bytes looked through at once: few where turns may follow, many where they do not."""


class Scanner:
    """Reads records in bulk; it learns their kinds and turns as it goes, and keeps them.

    With ``strict`` every record's checksum is computed on its own.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.turns = Turns(strict)
        self.stretch = _STRETCH[0]
        self._kinds = Kinds()

    def adapt(self, many: bool) -> None:
        """Look through few bytes at once after many turns, and through ever more after few."""
        self.stretch = _STRETCH[0] if many else min(4 * self.stretch, _STRETCH[1])

    def scattered(self, data: bytes, starts: Ints, sizes: Ints, points: Parts) -> Ints:
        """Read records from anywhere; returns where those begin that are to be read one by one."""
        kinds = np.full(len(starts), -1, np.int16)
        self._guessed(data, starts, sizes, kinds, points)
        left = (kinds < 0) & (sizes >= SMALLEST)
        if left.any() and self._kinds.learn(data, starts[left], sizes[left]):
            self._guessed(data, starts, sizes, kinds, points)
        return starts[kinds < 0]

    def _guessed(
        self, data: bytes, starts: Ints, sizes: Ints, kinds: NDArray[np.int16], points: Parts
    ) -> None:
        """Read what is of a known kind, and note its kind in ``kinds``, where that is -1."""
        left = np.flatnonzero((kinds < 0) & (sizes >= SMALLEST))
        guess = self._kinds.guess(data, starts[left], sizes[left])
        order = np.argsort(guess, kind="stable")
        borders = np.flatnonzero(np.diff(guess[order])) + 1
        for members in np.split(order, borders):
            kind = int(guess[members[0]]) if len(members) else -1
            if kind >= 0:
                which = left[members]
                sound = self._likes(data, kind, starts[which], points)
                kinds[which if sound is None else which[sound]] = kind

    def _likes(self, data: bytes, kind: int, places: Ints, points: Parts) -> Mask | None:
        """Read records of one kind; returns which prove to be sound, None: all."""
        layout = self._kinds.known[kind]
        rows = _frame.windows(data, layout.width)[places]
        sound = layout.proved(rows, self.strict)
        if sound is not None:
            rows, places = rows[sound], places[sound]
        if len(rows):
            (figures,) = layout.read(rows)
            points.add(places, figures)
        return sound


class Bulk:
    """Follows the records of some bytes; those that it can read, it reads."""

    def __init__(self, scanner: Scanner, data: bytes, points: Parts) -> None:
        self._scanner, self._data, self._points = scanner, data, points
        self._chain: Chain | None = None
        self._tried = -1
        self.left: list[int] = []
        """Where the records begin that are to be read one by one."""

    def follow(self, at: int) -> int:
        """Pass over the records from there on that are read in bulk; returns where they end."""
        while True:
            if self._chain is None:
                at = self._turns(at)
                if len(self._data) - at < LEAST:
                    return at
                self._chain = self._look(at)
            if at < self._chain.stop:
                end = self._chain.follow(at)
                if end == at:
                    return at
                at = end
            if at >= self._chain.stop:
                self.close()

    def close(self) -> None:
        """Read the records that were passed over."""
        if self._chain is not None:
            starts, sizes = self._chain.records()
            if len(starts):
                left = self._scanner.scattered(self._data, starts, sizes, self._points)
                self.left.extend(left.tolist())
            self._chain = None

    def _turns(self, at: int) -> int:
        end, many = self._scanner.turns.read(self._data, at, self._points)
        self._scanner.adapt(many)
        return end

    def _look(self, at: int) -> Chain:
        """The records of the next bytes, up to where turns begin."""
        chain = Chain(self._data, at, at + self._scanner.stretch)
        starts, sizes = chain.run(at)
        first = self._scanner.turns.find(self._data, starts, sizes)
        if first is not None and starts[first] != self._tried:
            self._tried = int(starts[first])
            chain.stop = self._tried
        return chain


class Chain:
    """Short records that begin in a stretch of bytes, followed from one to the next."""

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        near = len(data) - stop < LEAST
        self.stop = len(data) if near else stop
        """Records that begin there or later are left to another chain."""
        seen = min(self.stop + _frame.HEADER + 4, len(data))
        starts, sizes = _frame.short_records(data, start, seen)
        ends = starts + sizes + (_frame.HEADER + _frame.TRAILER)
        inside = (starts < self.stop) & (ends <= len(data))
        self._starts, self._sizes, self._ends = starts[inside], sizes[inside], ends[inside]
        first = np.flatnonzero(self._starts[1:] != self._ends[:-1]) + 1
        self._firsts = [0, *first.tolist(), len(self._starts)]
        at = self._starts[self._firsts[:-1]].tolist() if len(self._starts) else []
        self._run_at = {place: run for run, place in enumerate(at)}
        self._runs: list[tuple[int, int]] = []

    def run(self, at: int) -> tuple[Ints, Ints]:
        """The unbroken run of records that begins there: places and sizes."""
        first, last = self._bounds(at)
        return self._starts[first:last], self._sizes[first:last]

    def follow(self, at: int) -> int:
        """Take the run of records that begins there, up to the stop; returns where it ends."""
        first, last = self._bounds(at)
        if first < last and self._starts[last - 1] >= self.stop:
            last = int(np.searchsorted(self._starts, self.stop))
        if first == last:
            return at
        self._runs.append((first, last))
        return int(self._ends[last - 1])

    def _bounds(self, at: int) -> tuple[int, int]:
        run = self._run_at.get(at)
        if run is not None:
            return self._firsts[run], self._firsts[run + 1]
        first = int(np.searchsorted(self._starts, at))
        if first == len(self._starts) or self._starts[first] != at:
            return 0, 0
        return first, self._firsts[bisect_right(self._firsts, first)]

    def records(self) -> tuple[Ints, Ints]:
        """Where the taken records begin and their payloads' sizes, both of shape (n,)."""
        if len(self._runs) == 1:
            taken = slice(*self._runs[0])
            return self._starts[taken], self._sizes[taken]
        among = np.zeros(len(self._starts), bool)
        for first, stop in self._runs:
            among[first:stop] = True
        return self._starts[among], self._sizes[among]
