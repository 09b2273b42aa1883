"""SQLite's rollback journal: what the pages held before a transaction that has not ended.

The format is that of sqlite.org/fileformat2.html, section 3: headers of one sector, each followed
by records of a page's number, its former content and a checksum. A journal is hot, which is to
say that its transaction has not ended, unless it is gone, empty or its header is not there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MAGIC = bytes.fromhex("d9d505f920a163d7")
HEADER = 28
_UNKNOWN = 0xFFFFFFFF
"""In place of the number of records, where the writer does not wait for the disk."""


def transaction(journal: bytes) -> bytes:
    """What tells this transaction from those before it; empty where none is under way."""
    return journal[12:16] if len(journal) >= HEADER and journal.startswith(_MAGIC) else b""


def originals(journal: bytes, page_size: int) -> tuple[dict[int, bytes], int]:
    """The pages as they were before, by number from 1, and how many pages there were.

    A journal whose records are not counted yet has changed nothing: the count is 0 then.
    """
    pages: dict[int, bytes] = {}
    count = 0
    for number, page, size in _records(journal, page_size):
        pages.setdefault(number, page)
        count = count or size
    return pages, count


def _records(journal: bytes, page_size: int) -> Iterator[tuple[int, bytes, int]]:
    at, width = 0, page_size + 8
    while transaction(journal[at : at + HEADER]):
        records, nonce, size, sector, told = struct.unpack_from(">IIIII", journal, at + 8)
        if told != page_size or not 32 <= sector <= 1 << 16:
            return
        start = at + sector
        if records == _UNKNOWN:
            records = (len(journal) - start) // width
        if not records:
            return
        for place in range(start, start + records * width, width):
            if place + width > len(journal):
                return
            (number,) = struct.unpack_from(">I", journal, place)
            page = journal[place + 4 : place + 4 + page_size]
            (checksum,) = struct.unpack_from(">I", journal, place + 4 + page_size)
            # Every 200th byte from the end counts, as in pager_cksum().
            if checksum != (nonce + sum(page[page_size - 200 : 0 : -200])) % 2**32:
                return
            yield number, page, size
        at = -(-(start + records * width) // sector) * sector
