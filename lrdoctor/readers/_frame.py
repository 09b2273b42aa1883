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

_LENGTHS = np.arange(SHORT, dtype="<u8")
_CRCS = _crc.of_lengths(_LENGTHS.view(np.uint8).reshape(-1, 8))
_CHECKSUMS = np.array([_crc.masked(int(c)) << 32 for c in _CRCS], np.uint64)
"""Of short lengths, as they stand in the upper half of a word. None is that of length 0."""
# Shifted by the place of one byte in eight, the top byte of this is that place.
_PLACE = np.uint64(0x0001020304050607)


def length_at(data: bytes | memoryview, at: int) -> int | None:
    """The payload's length of the record that begins there; None where its checksum is wrong."""
    raw = data[at : at + 8]
    stored = int.from_bytes(data[at + 8 : at + HEADER], "little")
    if _crc.masked(_crc.value(raw)) != stored:
        return None
    return int.from_bytes(raw, "little")


def record(data: bytes, at: int) -> bytes:
    """The whole record that begins there; its length must be right."""
    length = int.from_bytes(data[at : at + 8], "little")
    return data[at : at + HEADER + length + TRAILER]


def short_records(data: bytes, start: int, stop: int) -> tuple[Ints, Ints]:
    """Places that look like the beginning of a record with a short payload, without a loop.

    A length below 256 leaves seven zero bytes in its field, and so a zero word at a multiple of
    four, with the length as the last byte before it that is not zero.

    Args:
        start, stop: which bytes to look at.

    Returns:
        Where they begin, rising, and the lengths of their payloads, both of shape (n,). They are
        candidates: a payload may hold the like. Only a chain of them, each beginning where the
        one before ends, is a run of records.
    """
    first = start // 4
    words = np.frombuffer(data, "<u4", max(stop // 4 - first, 3), 4 * first)
    zeros = _zero_words(words[1:-2]) + 1
    before = words[zeros - 1]
    lower = [(before < np.uint32(1 << bits)).view(np.uint8) for bits in (8, 16, 24)]
    shift = ((lower[0] + lower[1] + lower[2]) << np.uint8(3)).astype(np.uint32)
    length = before >> (np.uint32(24) - shift)  # in bits: how far the header is from the words
    after = words[zeros + 1] | words[zeros + 2].astype(np.uint64) << np.uint64(32)
    right = after << (shift + np.uint64(8)) == _CHECKSUMS[length]
    starts = 4 * (first + zeros[right]) - 1 - (shift[right] >> np.uint32(3))
    return starts, length[right].astype(np.int64)


def resume(data: bytes | memoryview, start: int) -> int | None:
    """The first place from ``start`` on whose next 12 bytes are a record's header."""
    if len(data) - start < HEADER:
        return None
    longs = windows(data[: len(data) - TRAILER], 8, "<u8")[start:]
    at = start + np.flatnonzero(longs <= LARGEST)
    stored = windows(data, 4, "<u4")[at + 8]
    right = np.flatnonzero(_crc.of_lengths(gather(data, at, 8)) == _crc.unmasked(stored))
    return int(at[right[0]]) if len(right) else None


def windows(data: bytes | memoryview, width: int, code: str | None = None) -> NDArray:  # type: ignore[type-arg]
    """Shape (len(data) - width + 1,): the bytes from every place on, as one number or as they are.

    To be indexed with an array; ``take`` would first copy all of them.
    """
    return np.ndarray((len(data) - width + 1,), code or f"V{width}", data, strides=(1,))


def gather(data: bytes | memoryview, starts: Ints, width: int) -> NDArray[np.uint8]:
    """Shape (n, width): the bytes from each place on. All must lie inside the data."""
    return windows(data, width)[starts].view(np.uint8).reshape(len(starts), width)


def _zero_words(words: NDArray[np.uint32]) -> Ints:
    """Where words are zero, rising. They are sparse: eight are looked at in one."""
    zero = words == 0
    whole = len(zero) // 8 * 8
    eights = zero[:whole].view("<u8")
    at = np.flatnonzero(eights != 0)
    left = eights[at]
    found = [np.flatnonzero(zero[whole:]) + whole]
    while len(at):
        lowest = left & (~left + np.uint64(1))
        found.append(8 * at + ((lowest * _PLACE) >> np.uint64(56)).astype(np.int64))
        left ^= lowest
        more = left != 0
        at, left = at[more], left[more]
    return np.sort(np.concatenate(found))
