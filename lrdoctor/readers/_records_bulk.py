"""Many JSON objects at once, where each line holds one and all hold numbers under the same keys."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np

from lrdoctor.readers._rows import Column
from lrdoctor.run import Floats

LEAST = 1 << 14
"""Bytes; fewer are read line by line."""
_PIECE = 1 << 17
"""Bytes whose numbers, as objects, still fit a core's cache: of more, reading costs twice."""
_PATIENCE = 4
"""So many bodies in a row that are not alike, and it is not tried again."""


class Bulk:
    """Reads lines by the keys of the first one."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._finite: msgspec.json.Decoder[msgspec.Struct] | None = None
        self._any: msgspec.json.Decoder[msgspec.Struct] | None = None
        self._failures = 0

    def columns(self, body: bytes) -> tuple[dict[str, Column], int] | None:
        """The columns of complete lines, and how many rows there are.

        Bare ``NaN`` counts as a number. None where a line holds other keys, anything that is no
        number, or infinity: then only the slow way can tell.
        """
        if self._failures >= _PATIENCE or not self._learn(body[: body.index(b"\n")]):
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
        self._failures = 0
        table = np.concatenate(parts).reshape(-1, len(self._keys)).T.copy()
        columns = {key: Column(None, part) for key, part in zip(self._keys, table, strict=True)}
        return columns, table.shape[1]

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


def _decoder(keys: Sequence[str], cell: object) -> msgspec.json.Decoder[msgspec.Struct]:
    names = {f"field{place}": key for place, key in enumerate(keys)}
    row = msgspec.defstruct("Row", [(name, cell) for name in names], rename=names, gc=False,
                            forbid_unknown_fields=True)  # fmt: skip
    return msgspec.json.Decoder(row)
