"""Many JSON objects at once, where each line holds one and all hold numbers under the same keys."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec
import numpy as np

from lrdoctor.readers import _native, _records
from lrdoctor.readers._rows import Column
from lrdoctor.run import Floats

LEAST = 1 << 14
"""Bytes; fewer are read line by line."""
_PIECE = 1 << 17
"""Bytes whose numbers, as objects, still fit a core's cache: of more, reading costs twice."""
_PATIENCE = 4
"""So many bodies in a row that are not alike, and it is not tried again."""

_NUMBER = re.compile(rb"(?<=:)([ \t]*)(?:-?(?:\d[\d.eE+-]*|Infinity)|NaN)(?=[ \t]*[,}])")
_NO_FIELD = re.compile(r"[\x00-\x1f\"\\]")
"""What msgspec takes in no field's name."""
Columns = Mapping[str, Column]


class Bulk:
    """Reads lines by the keys of the first one."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._finite: msgspec.json.Decoder[msgspec.Struct] | None = None
        self._any: msgspec.json.Decoder[msgspec.Struct] | None = None
        self._failures = 0

    def columns(self, body: bytes) -> tuple[Columns, int] | None:
        """The columns of complete lines, and how many rows there are.

        Bare ``NaN`` counts as a number. None where a line holds other keys or anything that is no
        number: then only the slow way can tell.
        """
        if self._failures >= _PATIENCE:
            return None
        first = body[: body.index(b"\n") + 1]
        found = (_spelt_alike(body, first) if _native.THERE else None) or self._typed(body, first)
        if found is None:
            return None
        self._failures = 0
        keys, table = found
        columns = {key: Column(None, part) for key, part in zip(keys, table, strict=True)}
        return columns, table.shape[1]

    def _typed(self, body: bytes, first: bytes) -> tuple[list[str], Floats] | None:
        """Keys, and figures of shape (keys, lines)."""
        if not self._learn(first):
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
        return self._keys, np.concatenate(parts).reshape(-1, len(self._keys)).T.copy()

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


def _spelt_alike(body: bytes, first: bytes) -> tuple[list[str], Floats] | None:
    """The same where all lines but for their numbers are byte for byte the first one."""
    record = _records.record(first)
    if not record or _records.plain(record, list(record)) is None:
        return None
    pieces = _pieces(first)
    if len(pieces) != len(record) + 1:
        return None  # a key told twice, or what looks like a number inside of one
    table = _native.objects(body, pieces)
    return None if table is None else (list(record), table)


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
