"""SQLite's write-ahead log: the pages that were committed but are not in the database file yet.

The format is that of sqlite.org/fileformat2.html, section 4: a header of 32 bytes, then frames of
24 bytes and a page. A frame holds if its salts are the header's and its checksum, which runs over
all frames before it, is right; what follows the last commit does not count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

HEADER, FRAME = 32, 24
_LITTLE, _BIG = 0x377F0682, 0x377F0683
"""How the words are read that the checksums run over; everything else is big-endian."""

U32 = NDArray[np.uint32]


def salts(header: bytes) -> bytes:
    """What tells this log from those before it; empty where there is none."""
    return header[16:24] if len(header) >= HEADER else b""


def committed(log: bytes, page_size: int) -> tuple[dict[int, bytes], int]:
    """The newest committed state of each page that the log holds, and how many pages there are.

    Returns:
        Pages by number, from 1; the database's size in pages, 0 where nothing was committed.
    """
    pages: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    count = 0
    for number, commit, page in _frames(log, page_size):
        pending[number] = page
        if commit:
            pages |= pending
            pending, count = {}, commit
    return pages, count


def _frames(log: bytes, page_size: int) -> Iterator[tuple[int, int, bytes]]:
    """Page number, the size after a commit or 0, and the page, of each frame that holds."""
    if len(log) < HEADER:
        return
    magic, _, size = struct.unpack_from(">III", log)
    if magic not in (_LITTLE, _BIG) or size != page_size:
        return
    order = "<u4" if magic == _LITTLE else ">u4"
    sums = _summed(np.frombuffer(log, order, 6).reshape(1, 6), (0, 0))
    if tuple(struct.unpack_from(">II", log, 24)) != sums[0]:
        return
    width = FRAME + page_size
    frames = np.frombuffer(log, np.uint8, (len(log) - HEADER) // width * width, HEADER)
    frames = frames.reshape(-1, width)
    # The checksum runs over the first 8 bytes of a frame's head and over its page.
    proved = np.concatenate([frames[:, :8], frames[:, FRAME:]], axis=1)
    words = np.ascontiguousarray(proved).view(order)
    for place, told in enumerate(_summed(words, sums[0])):
        at = HEADER + place * width
        number, commit, *stored = struct.unpack_from(">IIIIII", log, at)
        right = log[at + 8 : at + 16] == salts(log) and tuple(stored[2:]) == told
        if not right or not number:
            return
        yield number, commit, log[at + FRAME : at + width]


def _summed(words: NDArray[np.uint32], start: tuple[int, int]) -> list[tuple[int, int]]:
    """The running checksum after each row of words.

    SQLite adds two words at a time, ``s0 += a + s1; s1 += b + s0``, modulo 2^32. That is linear,
    so that a row's part is one product with fixed factors.

    Args:
        words: shape (rows, n), n even.
    """
    factors, (p, q, r) = _factors(words.shape[1] // 2)
    parts = words.astype(np.uint32) @ factors
    s0, s1 = start
    sums = []
    for a, b in parts.tolist():
        s0, s1 = (p * s0 + q * s1 + a) % 2**32, (q * s0 + r * s1 + b) % 2**32
        sums.append((s0, s1))
    return sums


@lru_cache(maxsize=8)
def _factors(pairs: int) -> tuple[U32, tuple[int, int, int]]:
    """What each word counts for in both sums, shape (2·pairs, 2); and what the sums so far do.

    One pair takes (s0, s1) to M·(s0, s1) + (a, a + b) with M = ((1, 1), (1, 2)), whose powers are
    symmetric.
    """
    factors = np.zeros((pairs, 2, 2), np.uint32)
    p, q, r = 1, 0, 1
    for pair in range(pairs - 1, -1, -1):
        factors[pair] = ((p + q) % 2**32, (q + r) % 2**32), (q, r)
        p, q, r = (p + q) % 2**32, (q + r) % 2**32, (q + 2 * r) % 2**32
    return factors.reshape(2 * pairs, 2), (p, q, r)
