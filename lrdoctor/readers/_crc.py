"""CRC-32C by its linearity: one record's checksum from a like record's, many at once.

crc(a xor b) = crc(a) xor L(b) for texts of one length, where L is linear over the bits. So the
checksum of a record that differs from another in few bytes is that one's, xor one table entry
for each differing byte. L of a byte that n bytes follow is ``TABLES[n]``.
"""

from __future__ import annotations

import google_crc32c
import numpy as np
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
FARTHEST = 256
_POLYNOMIAL = 0x82F63B78


def value(data: bytes | memoryview) -> int:
    """CRC-32C, unmasked."""
    return int(google_crc32c.value(bytes(data)))


def masked(crc: int) -> int:
    """The form in which TFRecord stores a checksum: rotated, and shifted by a constant."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def unmasked(stored: U32) -> U32:
    """Shape (n,); the inverse of ``masked``."""
    turned = stored - np.uint32(0xA282EAD8)
    return (turned >> np.uint32(17)) | (turned << np.uint32(15))


def _tables() -> U32:
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> 1) ^ np.uint32(_POLYNOMIAL), first >> 1)
    rows = [first]
    for _ in range(FARTHEST - 1):
        last = rows[-1]
        rows.append((last >> np.uint32(8)) ^ first[last & np.uint32(0xFF)])
    return np.array(rows, np.uint32)


TABLES = _tables()
"""Shape (distance to the end, byte)."""

_ZERO_LENGTH = value(bytes(8))


def of_lengths(raw: NDArray[np.uint8]) -> U32:
    """The checksums of length fields.

    Args:
        raw: shape (n, 8), little-endian lengths.
    """
    crc = np.full(len(raw), _ZERO_LENGTH, np.uint32)
    for place in range(8):
        crc ^= TABLES[7 - place][raw[:, place]]
    return crc
