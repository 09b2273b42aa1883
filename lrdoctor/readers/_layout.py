"""Rows of bytes that hold like records: proved sound as a whole, read column by column.

A training loop writes the same few events again and again: only wall time, step and figures
change. One record of a kind is parsed by hand and tells which bits of its likes must be set and
which may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _crc, _frame
from lrdoctor.readers._event import BrokenEvent, Event, Scalar, parse
from lrdoctor.run import Floats, Ints

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
_WIDE = 2048
"""Bytes over which a bitwise reduction along the rows runs at its full speed."""
_FEW = 8
"""Rows; of fewer all columns are taken at once."""
_LONGEST_STEP = 8
"""Bytes of a step that is read in bulk: it fits a word, and 2^56 steps are beyond any training."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one kind of record says in n rows. All arrays have shape (n,)."""

    steps: Ints
    wall_times: Floats
    scalars: tuple[tuple[Scalar, Floats], ...]


class Kind:
    """One kind of record.

    ``must`` and ``may`` have the record's shape: the bits that are set in each of its likes, and
    those that are in any. They are equal where a byte never changes.
    """

    def __init__(self, record: bytes, event: Event) -> None:
        self.event = event
        self.size = len(record) - _frame.HEADER - _frame.TRAILER
        self.record = np.frombuffer(record, np.uint8)
        self.must, self.may = self.record.copy(), self.record.copy()
        for start, stop in [*_spans(event), (self.size, self.size + _frame.TRAILER)]:
            self.must[_frame.HEADER + start : _frame.HEADER + stop] = 0
            self.may[_frame.HEADER + start : _frame.HEADER + stop] = 0xFF
        if event.step_at is not None:
            # A varint of this length: the high bit says that more follow.
            last = _frame.HEADER + event.step_at + event.step_size - 1
            self.must[last - event.step_size + 1 : last] = 0x80
            self.may[last] = 0x7F

    @classmethod
    def of(cls, record: bytes) -> Kind | None:
        """The kind of a whole record; None where a figure in it has no fixed place."""
        try:
            event = parse(record[_frame.HEADER : -_frame.TRAILER])
        except BrokenEvent:
            return None
        fixed = event.scalars and all(scalar.at is not None for scalar in event.scalars)
        if not fixed or event.others or event.step_size > _LONGEST_STEP:
            return None
        return cls(record, event)

    def fits(self, rows: Bytes) -> Mask:
        """Shape (n,): which rows of this size are of this kind, whatever their checksums say."""
        return _within(rows, self.must, ~self.may)


class Layout:
    """A row of one or more kinds of records, each beginning where the one before ends."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(kinds)
        self.record = b"".join(kind.record.tobytes() for kind in kinds)
        self.width = len(self.record)
        self.ends = np.cumsum([len(kind.record) for kind in kinds])
        """Shape (kinds,): where each record ends in the row."""
        self.offsets: tuple[int, ...] = (0, *self.ends[:-1].tolist())
        self.row = np.dtype((np.void, self.width))
        self._must = np.concatenate([kind.must for kind in kinds])
        self._may_not = ~np.concatenate([kind.may for kind in kinds])
        self._of_zeros = np.array([_crc.value(bytes(kind.size)) for kind in kinds], np.uint32)
        self._headers = [
            (start + at, int.from_bytes(self.record[start + at : start + at + 4], "little"))
            for start in {0, self.offsets[-1]}
            for at in range(0, _frame.HEADER, 4)
        ]
        # Where each thing stands, all those together that are read in the same way.
        payloads = [start + _frame.HEADER for start in self.offsets]
        self._stored = [at + kind.size for at, kind in zip(payloads, kinds, strict=True)]
        self._walls: list[tuple[int, int]] = []
        self._steps: dict[int, list[tuple[int, int]]] = {}
        self._values: dict[str, list[tuple[int, int, int]]] = {}
        for place, (start, kind) in enumerate(zip(payloads, kinds, strict=True)):
            event = kind.event
            if event.wall_at is not None:
                self._walls.append((place, start + event.wall_at))
            if event.step_at is not None:
                found = self._steps.setdefault(event.step_size, [])
                found.append((place, start + event.step_at))
            for index, scalar in enumerate(event.scalars):
                values = self._values.setdefault(scalar.dtype, [])
                values.append((place, index, start + (scalar.at or 0)))

    def rows(self, data: bytes, at: int) -> NDArray[np.void]:
        """As many rows as there are from ``at`` on whose first and last record begin rightly."""
        count = (len(data) - at) // self.width
        if not count:
            return np.empty(0, self.row)
        right = np.ones(count, bool)
        for start, word in self._headers:
            right &= np.ndarray((count,), "<u4", data, at + start, (self.width,)) == word
        return np.frombuffer(data, self.row, count if right.all() else int(np.argmin(right)), at)

    def proved(self, rows: NDArray[np.void], strict: bool) -> Mask | None:
        """Shape (n,): which rows are of this layout with right checksums; None: all are.

        The checksum of the exclusive-or of n records is the exclusive-or of theirs: one
        computation for all rows. Only the same bits wrong in an even number of like records
        escape it; ``strict`` computes every record's own, and so does a fold that fails.
        """
        matrix = rows.view(np.uint8).reshape(len(rows), self.width)
        low, high = _along(np.bitwise_and, matrix), _along(np.bitwise_or, matrix)
        alike: Mask | None = None
        if ((~low & self._must) | (high & self._may_not)).any():
            alike = _within(matrix, self._must, self._may_not)
            matrix = matrix[alike]
        stored = _crc.unmasked(_columns(matrix, self._stored, "<u4"))
        if not strict:
            folded = self._folded(_along(np.bitwise_xor, matrix), len(matrix))
            if np.array_equal(folded, np.bitwise_xor.reduce(stored, axis=1)):
                return alike
        sound: Mask = np.ones(len(matrix), bool)
        for place, (kind, start) in enumerate(zip(self.kinds, self.offsets, strict=True)):
            record = matrix[:, start : start + len(kind.record)]
            sound &= _each_crc(kind, record) == stored[place]
        if alike is None:
            return None if sound.all() else sound
        alike[alike] = sound
        return alike

    def read(self, rows: NDArray[np.void]) -> Iterator[Figures]:
        """What the rows say, kind by kind."""
        matrix = rows.view(np.uint8).reshape(len(rows), self.width)
        none = np.zeros(len(rows))
        walls = [none] * len(self.kinds)
        steps = [none.astype(np.int64)] * len(self.kinds)
        columns = _columns(matrix, [at for _, at in self._walls], "<f8")
        for (place, _), column in zip(self._walls, columns, strict=True):
            walls[place] = column
        for size, places in self._steps.items():
            # A payload is long enough for the word, with the checksum after it.
            words = _columns(matrix, [at for _, at in places], "<u4" if size <= 4 else "<u8")
            for (place, _), column in zip(places, _varints(words, size), strict=True):
                steps[place] = column
        scalars: list[list[tuple[Scalar, Floats]]] = [[] for _ in self.kinds]
        for code, figures in self._values.items():
            values = _columns(matrix, [at for _, _, at in figures], code).astype(np.float64)
            for (place, index, _), column in zip(figures, values, strict=True):
                scalars[place].append((self.kinds[place].event.scalars[index], column))
        for place, found in enumerate(scalars):
            yield Figures(steps[place], walls[place], tuple(found))

    def _folded(self, odd: Bytes, count: int) -> _crc.U32:
        text = odd.tobytes()
        crcs = [
            _crc.value(text[start + _frame.HEADER : start + _frame.HEADER + kind.size])
            for kind, start in zip(self.kinds, self.offsets, strict=True)
        ]
        folded = np.array(crcs, np.uint32)
        return folded if count % 2 else folded ^ self._of_zeros


def _within(rows: Bytes, must: Bytes, may_not: Bytes) -> Mask:
    """Shape (n,): whether all bits of a row are set that must be, and none that may not."""
    wrong = (~rows & must) | (rows & may_not)
    return np.logical_not(wrong.any(axis=1))


def _columns(matrix: Bytes, starts: Sequence[int], code: str) -> NDArray:  # type: ignore[type-arg]
    """Shape (columns, n): the numbers that begin at these places of every row."""
    count, width = matrix.shape
    kind = np.dtype(code)
    if count < _FEW:
        at = np.add.outer(np.array(starts), np.arange(kind.itemsize))
        return np.ascontiguousarray(matrix[:, at]).view(kind)[:, :, 0].T
    found = np.empty((len(starts), count), kind)
    for column, start in zip(found, starts, strict=True):
        column[:] = np.ndarray((count,), kind, matrix, start, (width,))
    return found


def _along(fold: np.ufunc, matrix: Bytes) -> Bytes:
    """``fold`` along the rows; short rows are first taken together as long ones."""
    count, width = matrix.shape
    group = max(1, _WIDE // width)
    whole = count // group * group
    if group == 1 or whole < _WIDE // 8:
        folded: Bytes = fold.reduce(matrix, axis=0)
        return folded
    wide = fold.reduce(matrix[:whole].reshape(-1, group * width), axis=0)
    return fold.reduce(np.concatenate([wide.reshape(group, width), matrix[whole:]]), axis=0)  # type: ignore[no-any-return]


def _spans(event: Event) -> Iterator[tuple[int, int]]:
    """Where in the payload the bytes stand that change."""
    for scalar in event.scalars:
        if scalar.at is not None:
            yield scalar.at, scalar.at + np.dtype(scalar.dtype).itemsize
    if event.wall_at is not None:
        yield event.wall_at, event.wall_at + 8
    if event.step_at is not None:
        yield event.step_at, event.step_at + event.step_size


def _varints(words: NDArray, size: int) -> Ints:  # type: ignore[type-arg]
    """The varints of so many bytes that the words begin with."""
    kind = words.dtype.type
    found = words & kind(0x7F)
    for byte in range(1, size):
        found |= (words & kind(0x7F << 8 * byte)) >> kind(byte)
    return found.astype(np.int64)  # type: ignore[no-any-return]


def _each_crc(kind: Kind, records: Bytes) -> _crc.U32:
    """Shape (n,): every payload's checksum, as if its unchanging bytes were the kind's."""
    own = kind.record[_frame.HEADER : _frame.HEADER + kind.size]
    crcs = np.full(len(records), _crc.value(own.tobytes()), np.uint32)
    every = np.arange(256, dtype=np.uint8)
    for at in np.flatnonzero(kind.must != kind.may)[: -_frame.TRAILER].tolist():
        table = _crc.TABLES[kind.size - 1 - (at - _frame.HEADER)][every ^ kind.record[at]]
        crcs ^= table[records[:, at]]
    return crcs
