"""Tells short records apart, very many at once: each one's kind by its size and two words of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _frame
from lrdoctor.readers._layout import Bytes, Kind, Layout
from lrdoctor.run import Ints

MOST = 4096
"""So many kinds are kept; records of any further one are read one by one."""
LOOKED_AT = 1024
"""So many records of one size are looked at; rarer kinds remain for the next time."""
REPAID = 8
"""So many records of a kind repay what it costs to learn it."""
SMALLEST = 16
"""A payload of fewer bytes is read alone: a word from any place in it must end before the next."""

Words = NDArray[np.uint64]
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)
"""Odd, so that what differs stays different."""


class Kinds:
    """The kinds of records seen so far. What they say of a record is a guess to be proved."""

    def __init__(self) -> None:
        self.known: list[Layout] = []
        """Each kind, as a row of its own."""
        self._at = np.zeros((2, _frame.SHORT), np.int64)  # by size: the words that tell apart
        self._masks = np.zeros((2, _frame.SHORT), np.uint64)
        self._keys = np.empty(0, np.uint64)  # rising
        self._ids = np.empty(0, np.int16)

    def guess(self, data: bytes, starts: Ints, sizes: Ints) -> NDArray[np.int16]:
        """Shape (n,): the place in ``known`` of each record's kind; -1 where none is like it."""
        ids = np.full(len(starts), -1, np.int16)
        if self.known:
            keys = self._keyed(data, starts, sizes)
            near = np.searchsorted(self._keys[:-1], keys)
            same = self._keys[near] == keys
            ids[same] = self._ids[near[same]]
        return ids

    def learn(self, data: bytes, starts: Ints, sizes: Ints) -> bool:
        """Take up the kinds of some records that were not told to be of any. True: new ones."""
        new: dict[int, list[Kind]] = {}
        room = MOST - len(self.known)
        for size in np.unique(sizes).tolist():
            places = starts[sizes == size][:LOOKED_AT]
            rows = _frame.gather(data, places, size + _frame.HEADER + _frame.TRAILER)
            for known in self._of_size(size):
                rows = rows[~known.fits(rows)]  # it is broken, or cannot be told from another
            while len(rows) >= REPAID and room:
                kind = Kind.of(rows[0].tobytes())
                alike = np.arange(len(rows)) == 0 if kind is None else kind.fits(rows)
                if kind is not None and np.count_nonzero(alike) >= REPAID:
                    new.setdefault(size, []).append(kind)
                    room -= 1
                rows = rows[~alike]
        for size, kinds in new.items():
            self.known.extend(Layout([kind]) for kind in kinds)
            self._tell_apart(size)
        if new:
            self._sort()
        return bool(new)

    def _keyed(self, data: bytes, starts: Ints, sizes: Ints) -> Words:
        keys: Words = sizes.astype(np.uint64) * _FACTORS[2]
        words = _frame.windows(data, 8, "<u8")
        for at, masks, factor in zip(self._at, self._masks, _FACTORS, strict=False):
            if masks.any():
                keys += (words[starts + (at[sizes] + _frame.HEADER)] & masks[sizes]) * factor
        return keys

    def _of_size(self, size: int) -> list[Kind]:
        return [layout.kinds[0] for layout in self.known if layout.kinds[0].size == size]

    def _tell_apart(self, size: int) -> None:
        """Choose the two words in which the kinds of one size differ the most."""
        alike = self._of_size(size)
        fixed = np.bitwise_and.reduce([~(kind.must ^ kind.may) for kind in alike])
        masks = _words(fixed[None])[0]
        words = _words(np.stack([kind.must for kind in alike])) & masks
        groups = np.zeros(len(alike), np.uint64)
        for turn in range(2):
            split = words * _FACTORS[turn] + groups[:, None]
            best = int(np.argmax(_distinct(split)))
            useful = turn == 0 or _distinct(split)[best] > _distinct(groups)
            self._at[turn, size] = best
            self._masks[turn, size] = masks[best] if useful else 0
            groups = split[:, best]

    def _sort(self) -> None:
        records = [layout.kinds[0].record.tobytes() for layout in self.known]
        starts = np.cumsum([0, *map(len, records)])[:-1]
        sizes = np.array([layout.kinds[0].size for layout in self.known])
        keys = self._keyed(b"".join(records), starts, sizes)
        order = np.argsort(keys)
        self._keys, self._ids = keys[order], order.astype(np.int16)


def _words(rows: Bytes) -> Words:
    """Shape (n, places): the words from each place in the payload on that end with the record."""
    payload = np.ascontiguousarray(rows[:, _frame.HEADER :])
    shape = (len(rows), payload.shape[1] - 7)
    return np.ndarray(shape, "<u8", payload, strides=(payload.shape[1], 1))


def _distinct(words: Words) -> Ints:
    """How many different ones there are along the first axis, less one."""
    ordered = np.sort(words, axis=0)
    changes: Ints = (ordered[1:] != ordered[:-1]).sum(axis=0)
    return changes
