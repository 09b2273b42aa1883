"""Very many like events at once.

A training loop writes the same few events again and again: only wall time, step and figures
change. One event of a kind is parsed by hand and becomes a template; all its likes are then read
as columns of bytes. What is like is found by a 64-bit sum over the bytes that must not change, and
proved by each record's own checksum, computed as if those bytes were the template's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _crc, _frame
from lrdoctor.readers._event import BrokenEvent, Event, Scalar, parse
from lrdoctor.run import Floats, Ints

Bytes = NDArray[np.uint8]
_RANDOM = np.random.default_rng(0)
_FACTORS = _RANDOM.integers(1, 2**63, 64, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


@dataclass(frozen=True, slots=True)
class Likes:
    """Events of one kind, in file order."""

    places: Ints
    """Shape (n,): where their records begin."""
    steps: Ints
    wall_times: Floats
    scalars: tuple[tuple[Scalar, Floats], ...]
    """Each figure of the event, with its values of shape (n,)."""


class Template:
    """One kind of event: which of its bytes change, and what they mean."""

    def __init__(self, payload: bytes, event: Event) -> None:
        self.event = event
        self.size = len(payload)
        changing = _changing(event)
        width = -(-self.size // 8) * 8
        mask = np.zeros(width, np.uint8)
        mask[: self.size] = 0xFF
        mask[changing] = 0
        self.mask = mask.view("<u8")
        row = np.zeros((1, width), np.uint8)
        row[0, : self.size] = np.frombuffer(payload, np.uint8)
        self.key = _keys(row, self.mask)[0]
        self._crc = np.uint32(_crc.value(payload))
        every = np.arange(256, dtype=np.uint8)
        self._tables = [
            (at, _crc.TABLES[self.size - 1 - at][every ^ payload[at]]) for at in changing
        ]

    def read(self, rows: Bytes, stored: _crc.U32, places: Ints) -> tuple[Likes, Ints]:
        """The events of some rows, and the places of those that prove to be none of this kind."""
        crc = np.full(len(rows), self._crc)
        for at, table in self._tables:
            crc ^= table[rows[:, at]]
        good = crc == _crc.unmasked(stored)
        steps, plain = self._steps(rows)
        good &= plain
        others = places[~good]
        if len(others):
            rows, places, steps = rows[good], places[good], steps[good]
        scalars = tuple((s, _column(rows, s.at or 0, s.dtype)) for s in self.event.scalars)
        walls = np.zeros(len(rows))
        if self.event.wall_at is not None:
            walls = _column(rows, self.event.wall_at, "<f8")
        return Likes(places, steps, walls, scalars), others

    def _steps(self, rows: Bytes) -> tuple[Ints, NDArray[np.bool_]]:
        """Varints of the template's length, and whether each is one."""
        at, size = self.event.step_at, self.event.step_size
        steps = np.zeros(len(rows), np.uint64)
        plain = np.ones(len(rows), bool)
        if at is not None:
            for place in range(size):
                byte = rows[:, at + place]
                plain &= (byte >= 0x80) == (place < size - 1)
                steps |= (byte & 0x7F).astype(np.uint64) << np.uint64(7 * place)
        return steps.view(np.int64), plain


class Scanner:
    """Reads short records by templates, which it learns and keeps."""

    def __init__(self) -> None:
        self._templates: dict[int, list[Template]] = {}

    def read(self, data: bytes, starts: Ints, sizes: Ints) -> Iterator[Likes | Ints]:
        """Events in bulk, and the places of records that are left to be read one by one.

        Args:
            data: 8 bytes or more must follow the last of these records.
            starts, sizes: shape (n,), where the records begin and their payloads' sizes.
        """
        for size in np.unique(sizes).tolist():
            places = starts[sizes == size]
            if size == 0:
                yield places
                continue
            rows = _frame.gather(data, places + _frame.HEADER, -(-size // 8) * 8)
            crcs = np.ndarray((len(data) - 3,), "<u4", data, strides=(1,))
            stored = crcs[places + _frame.HEADER + size]
            yield from self._sized(data, size, places, rows, stored)

    def _sized(
        self, data: bytes, size: int, places: Ints, rows: Bytes, stored: _crc.U32
    ) -> Iterator[Likes | Ints]:
        known = self._templates.setdefault(size, [])
        left = np.ones(len(rows), bool)
        keys: dict[bytes, NDArray[np.uint64]] = {}
        turn = 0
        while left.any():
            if turn == len(known):
                template = _template(data, int(places[np.argmax(left)]), size)
                if template is None or len(known) >= _MOST_TEMPLATES:
                    break
                known.append(template)
            template = known[turn]
            turn += 1
            mask = template.mask.tobytes()
            if mask not in keys:
                keys[mask] = _keys(rows, template.mask)
            like = np.flatnonzero(left & (keys[mask] == template.key))
            if len(like):
                left[like] = False
                likes, others = template.read(rows[like], stored[like], places[like])
                yield likes
                if len(others):
                    yield others
        if left.any():
            yield places[left]


_MOST_TEMPLATES = 512
"""Of one payload size; beyond it, looking for the like costs more than reading one by one."""


def _template(data: bytes, place: int, size: int) -> Template | None:
    """A template from a record, where every figure in it has a fixed place."""
    payload = data[place + _frame.HEADER : place + _frame.HEADER + size]
    try:
        event = parse(payload)
    except BrokenEvent:
        return None
    plain = event.scalars and not event.others and all(s.at is not None for s in event.scalars)
    return Template(payload, event) if plain else None


def _changing(event: Event) -> list[int]:
    spans = [(s.at or 0, np.dtype(s.dtype).itemsize) for s in event.scalars]
    if event.wall_at is not None:
        spans.append((event.wall_at, 8))
    if event.step_at is not None:
        spans.append((event.step_at, event.step_size))
    return sorted(at + offset for at, size in spans for offset in range(size))


def _keys(rows: Bytes, mask: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A sum over each row's masked words. Rows that differ in one word differ in it."""
    words = rows.view("<u8")
    keys = np.zeros(len(rows), np.uint64)
    for place in range(words.shape[1]):
        keys += (words[:, place] & mask[place]) * _FACTORS[place]
    return keys


def _column(rows: Bytes, at: int, code: str) -> Floats:
    kind = np.dtype(code)
    raw = np.ascontiguousarray(rows[:, at : at + kind.itemsize])
    return raw.view(kind).ravel().astype(np.float64)
