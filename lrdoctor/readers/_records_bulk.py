"""Many JSON objects at once, where each line holds one with numbers under keys that come again."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _native, _records
from lrdoctor.readers._rows import Column, Places
from lrdoctor.run import Floats

LEAST = 1 << 14
"""Bytes; fewer are read line by line."""
_PIECE = 1 << 17
"""Bytes whose numbers, as objects, still fit a core's cache: of more, reading costs twice."""
_PATIENCE = 4
"""So many bodies in a row that are not alike, and it is not tried again."""
_SHAPES = 8
"""Kinds of lines in one log: training, an evaluation now and then. The compiled reader takes no
more."""
_ODD = 16
"""Lines of one body that are read alone; where there are more, all that follow are."""

_NUMBER = re.compile(rb"(?<=:)([ \t]*)(?:-?(?:\d[\d.eE+-]*|Infinity)|NaN)(?=[ \t]*[,}])")
_NO_FIELD = re.compile(r"[\x00-\x1f\"\\]")
"""What msgspec takes in no field's name."""


@dataclass(frozen=True, slots=True)
class Table:
    """Consecutive rows that were read at once."""

    columns: Mapping[str, Column]
    """By name, in the rows' own order of names."""
    count: int
    """Rows; each is a line."""
    places: Places | None = None
    """Where the names stand in a row, if rows differ."""


class Bulk:
    """Reads lines by the keys of those before them."""

    def __init__(self) -> None:
        self._shapes: list[list[bytes]] = []
        self._names: list[list[str]] = []
        """Of each shape."""
        self._keys: list[str] = []
        self._finite: msgspec.json.Decoder[msgspec.Struct] | None = None
        self._any: msgspec.json.Decoder[msgspec.Struct] | None = None
        self._failures = 0

    def parts(self, body: bytes) -> Iterator[Table | bytes]:
        """Complete lines, in their order: as rows, or as they are where only the slow way can tell
        what a line says: it holds anything that is no number. Bare ``NaN`` counts as one."""
        if self._failures >= _PATIENCE:
            yield body
            return
        at = odd = 0
        while _native.THERE and at < len(body) and odd < _ODD:
            start = at
            if self._shapes:
                at, kinds, tables = _native.objects(body, start, self._shapes)
                if at > start:
                    yield self._table(kinds, tables)
            if at < len(body):
                line = body[at : body.index(b"\n", at) + 1]
                if not self._take_shape(line):
                    yield line
                    at, odd = at + len(line), odd + 1
        rest = body[at:]
        found = self._typed(rest) if rest else None
        if found is not None or not rest:
            self._failures = 0
        if rest:
            yield rest if found is None else found

    def _take_shape(self, line: bytes) -> bool:
        """Take up a line's shape; false where it has none, or one too many."""
        record = _records.record(line)
        names = list(record or ())
        if not record or _records.plain(record, names) is None or _records.CLOSING in record:
            return False
        pieces = _pieces(line)
        if len(pieces) != len(names) + 1 or pieces in self._shapes:
            # A key told twice, or what looks like a number inside of one; or its numbers are such
            # that readers of JSON differ on them.
            return False
        if len(self._shapes) == _SHAPES:
            return False
        self._shapes.append(pieces)
        self._names.append(names)
        return True

    def _table(self, kinds: NDArray[np.uint8], tables: Sequence[Floats]) -> Table:
        """Lines of some shapes as one table."""
        told = [kind for kind, table in enumerate(tables) if table.shape[1]]
        if len(told) == 1:
            columns = zip(self._names[told[0]], tables[told[0]], strict=True)
            return Table({name: Column(None, part) for name, part in columns}, len(kinds))
        rows = {kind: np.flatnonzero(kinds == kind) for kind in told}
        parts: dict[str, list[Column]] = {}
        for kind in sorted(told, key=lambda kind: int(rows[kind][0])):
            for name, values in zip(self._names[kind], tables[kind], strict=True):
                parts.setdefault(name, []).append(Column(rows[kind], values))

        def places(row: int) -> dict[str, int]:
            return {name: place for place, name in enumerate(self._names[kinds[row]])}

        columns_of = {name: _records.joined(found) for name, found in parts.items()}
        return Table(columns_of, len(kinds), places)

    def _typed(self, body: bytes) -> Table | None:
        """All of the lines where each has the keys of the first one."""
        if not self._learn(body[: body.index(b"\n") + 1]):
            return None
        parts = []
        start = 0
        while start < len(body):
            end = body.rfind(b"\n", start, start + _PIECE) + 1 or body.index(b"\n", start) + 1
            part = self._part(body[start:end])
            if part is None:
                self._failures += 1
                return None
            parts.append(part)
            start = end
        table = np.concatenate(parts).reshape(-1, len(self._keys)).T.copy()
        columns = {key: Column(None, part) for key, part in zip(self._keys, table, strict=True)}
        return Table(columns, table.shape[1])

    def _learn(self, line: bytes) -> bool:
        """Take up the keys of a line; false where there is no number under one of them."""
        try:
            found = msgspec.json.decode(line.replace(b"NaN", b"0"))
        except msgspec.DecodeError:
            return False
        if not isinstance(found, dict) or not found:
            return False
        if not all(type(cell) in (int, float) for cell in found.values()):
            return False
        if any(_NO_FIELD.search(key) for key in found):
            return False
        if list(found) != self._keys:
            self._keys = list(found)
            self._finite = _decoder(self._keys, float)
            self._any = _decoder(self._keys, float | None)
        return True

    def _part(self, text: bytes) -> Floats | None:
        """Shape (cells,), row by row."""
        nan = b"NaN" in text
        decoder = self._any if nan else self._finite
        if decoder is None or (nan and b"null" in text):
            return None
        try:
            rows = decoder.decode_lines(text.replace(b"NaN", b"null") if nan else text)
        except msgspec.DecodeError:
            return None
        cells = list(chain.from_iterable(map(msgspec.structs.astuple, rows)))
        if nan:
            return np.array(cells, np.float64)  # None becomes NaN
        return np.frombuffer(struct.pack(f"{len(cells)}d", *cells))


def _pieces(line: bytes) -> list[bytes]:
    """What stands before, between and behind the numbers of an object, spaces included."""
    borders = [0]
    for number in _NUMBER.finditer(line):
        borders += number.end(1), number.end()
    borders.append(len(line))
    return [line[a:b] for a, b in zip(borders[::2], borders[1::2], strict=True)]


def _decoder(keys: Sequence[str], cell: object) -> msgspec.json.Decoder[msgspec.Struct]:
    names = {f"field{place}": key for place, key in enumerate(keys)}
    row = msgspec.defstruct("Row", [(name, cell) for name in names], rename=names, gc=False,
                            forbid_unknown_fields=True)  # fmt: skip
    return msgspec.json.Decoder(row)
