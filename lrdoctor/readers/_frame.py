"""TFRecord framing: where the records of an event file begin.

A record is its length (8 bytes), that field's masked CRC-32C (4), the payload, its CRC (4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _crc
from lrdoctor.run import Ints

HEADER, TRAILER = 12, 4
LARGEST = 16 << 20
"""Bytes of one payload; scalars need some hundred, and a larger one is passed over unread."""
SHORT = 256

_LENGTHS = np.arange(SHORT, dtype="<u8").view(np.uint8).reshape(-1, 8)
_CRC_OF_SHORT = np.array([_crc.masked(int(c)) for c in _crc.of_lengths(_LENGTHS)], np.uint32)


def length_at(data: bytes, at: int) -> int | None:
    """The payload's length of the record that begins there; None where its checksum is wrong."""
    raw = data[at : at + 8]
    stored = int.from_bytes(data[at + 8 : at + HEADER], "little")
    if _crc.masked(_crc.value(raw)) != stored:
        return None
    return int.from_bytes(raw, "little")


def short_records(data: bytes) -> tuple[Ints, Ints]:
    """Places that look like the beginning of a record with a short payload, without a loop.

    A length below 256 leaves seven zero bytes in its field, and so a zero word at a multiple of
    four. Around each such word the four places where the field may begin are tried.

    Returns:
        Where they begin, rising, and the lengths of their payloads, both of shape (n,). They are
        candidates: a payload may hold the like. Only a chain of them, each beginning where the
        one before ends, is a run of records.
    """
    size = len(data)
    words = np.frombuffer(data, "<u4", size // 4)
    zeros = np.flatnonzero(words == 0) * 4
    longs = np.ndarray((size - 7,), "<u8", data, strides=(1,))
    crcs = np.ndarray((size - 3,), "<u4", data, strides=(1,))
    found = []
    for shift in range(1, 5):
        at = zeros - shift
        at = at[(at >= 0) & (at <= size - HEADER)]
        length = longs[at]
        at, length = at[length < SHORT], length[length < SHORT]
        right = crcs[at + 8] == _CRC_OF_SHORT[length]
        found.append(at[right])
    starts = np.sort(np.concatenate(found))
    return starts, longs[starts].astype(np.int64)


def resume(data: bytes, start: int) -> int | None:
    """The first place from ``start`` on whose next 12 bytes are a record's header."""
    if len(data) - start < HEADER:
        return None
    longs = np.ndarray((len(data) - HEADER + 1,), "<u8", data, strides=(1,))[start:]
    at = start + np.flatnonzero(longs <= LARGEST)
    raw = _bytes_at(data, at, 8)
    stored = _bytes_at(data, at + 8, 4).copy().view("<u4").ravel()
    right = np.flatnonzero(_crc.of_lengths(raw) == _crc.unmasked(stored))
    return int(at[right[0]]) if len(right) else None


def gather(data: bytes, starts: Ints, width: int) -> NDArray[np.uint8]:
    """Shape (n, width): the bytes from each place on. All must lie inside the data."""
    return _bytes_at(data, starts, width)


def _bytes_at(data: bytes, at: Ints, width: int) -> NDArray[np.uint8]:
    windows = np.ndarray((max(len(data) - width + 1, 0),), f"V{width}", data, strides=(1,))
    return windows[at].view(np.uint8).reshape(len(at), width)
