"""One block of points as bytes: two or three columns, each stored in the shortest of its forms.

Layout: a head (form of the steps, form of the values, form of the wall times, number of points),
the columns, and a CRC-32 of all that. Steps that rise evenly are their first and their stride.
"""

from __future__ import annotations

import struct
import threading
import zlib

import numpy as np
import zstandard
from numpy.typing import NDArray

from lrdoctor.errors import StoreError
from lrdoctor.run import Block

_HEAD = struct.Struct("<BBBI")
_PAIR = struct.Struct("<qq")
_LENGTH = struct.Struct("<I")
_CRC = struct.Struct("<I")
_POINT = struct.Struct("<BBBIIqqIdI")
"""A head and the columns of one point, up to its wall time."""
_WALL = struct.Struct("<d")

_ABSENT, _RAW, _DEFLATED, _EVEN, _DEFLATED_DIFFERENCES, _PACKED, _DIFFERENCES = range(7)
"""Deflate is what stores of form 2 and older hold."""

_WORTH_PACKING = 512
"""Bytes. A shorter column gains nothing from packing, and most columns hold one live point."""

_LEVEL = 3
"""Of Zstandard: as small as deflate's fastest level, packed and unpacked five times as fast."""


class _Codec(threading.local):
    """One for each thread: they cannot be shared."""

    def __init__(self) -> None:
        self.pack = zstandard.ZstdCompressor(_LEVEL).compress
        self.unpack = zstandard.ZstdDecompressor().decompress


_CODEC = _Codec()


def encode(block: Block) -> bytes:
    """The block's points as bytes; its tag is not among them. float64 and int64 are kept exactly.

    NaN payloads are kept too.
    """
    point = block.point
    whole = _columns(block) if point is None else _live(*point)
    return whole + _CRC.pack(zlib.crc32(whole))


def decode(tag: str, data: bytes) -> Block:
    """The block that ``encode`` made these bytes of.

    Raises:
        StoreError: the bytes were damaged.
    """
    if (
        len(data) < _HEAD.size + _CRC.size
        or zlib.crc32(data[: -_CRC.size]) != _CRC.unpack_from(data, len(data) - _CRC.size)[0]
    ):
        raise StoreError(
            f"a block of {tag!r} is damaged: lrdoctor store rebuild reads the logs again"
        )
    *forms, count = _HEAD.unpack_from(data)
    columns: list[bytes] = []
    at = _HEAD.size
    for _ in forms:
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        columns.append(data[at : at + length])
        at += length
    steps = _read_steps(forms[0], columns[0], count)
    values = _read_floats(forms[1], columns[1])
    walls = None if forms[2] == _ABSENT else _read_floats(forms[2], columns[2])
    return Block(tag, steps, values, walls)


def _columns(block: Block) -> bytes:
    forms: list[int] = []
    body = bytearray()
    for form, data in (_steps(block.steps), _floats(block.values), _floats(block.wall_times)):
        forms.append(form)
        body += _LENGTH.pack(len(data)) + data
    return _HEAD.pack(*forms, len(block)) + bytes(body)


def _live(step: int, value: float, wall: float | None) -> bytes:
    """``_columns`` of a single point."""
    form, last = (_ABSENT, b"") if wall is None else (_RAW, _WALL.pack(wall))
    told = _POINT.pack(_EVEN, _RAW, form, 1, _PAIR.size, step, 0, _WALL.size, value, len(last))
    return told + last


def _steps(steps: NDArray[np.int64]) -> tuple[int, bytes]:
    if len(steps) == 1:
        return _EVEN, _PAIR.pack(int(steps[0]), 0)
    gaps = np.diff(steps)
    if len(gaps) and bool((gaps == gaps[0]).all()):
        return _EVEN, _PAIR.pack(int(steps[0]), int(gaps[0]))
    # Differences wrap around beyond int64 and wrap back when they are summed: exact all the same.
    return _DIFFERENCES, _CODEC.pack(np.diff(steps, prepend=np.int64(0)).tobytes())


def _read_steps(form: int, data: bytes, count: int) -> NDArray[np.int64]:
    if form == _EVEN:
        first, stride = _PAIR.unpack(data)
        rising: NDArray[np.int64] = first + stride * np.arange(count, dtype=np.int64)
        return rising
    unpack = zlib.decompress if form == _DEFLATED_DIFFERENCES else _CODEC.unpack
    return np.cumsum(np.frombuffer(unpack(data), np.int64), dtype=np.int64)


def _floats(values: NDArray[np.float64] | None) -> tuple[int, bytes]:
    if values is None:
        return _ABSENT, b""
    raw = np.ascontiguousarray(values, np.float64).tobytes()
    return (_RAW, raw) if len(raw) < _WORTH_PACKING else (_PACKED, _CODEC.pack(raw))


def _read_floats(form: int, data: bytes) -> NDArray[np.float64]:
    if form == _PACKED:
        data = _CODEC.unpack(data)
    elif form == _DEFLATED:
        data = zlib.decompress(data)
    return np.frombuffer(data, np.float64)
