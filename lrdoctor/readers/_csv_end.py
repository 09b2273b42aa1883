"""How the rows of a CSV end: whether a last line without an end is whole."""

from __future__ import annotations

from collections.abc import Sequence

from lrdoctor.readers import _csv_header as headers

REMEMBERED = 32
"""Rows whose last cells tell how long one is."""


class LastCells:
    """The lengths of the latest rows' last cells, as they stand in the file."""

    def __init__(self, lengths: list[int]) -> None:
        """
        Args:
            lengths: those of a former process; kept up to date in place.
        """
        self._lengths = lengths

    def remember(self, lines: Sequence[bytes], separator: str) -> None:
        self._lengths += [_last_length(line, separator) for line in lines]
        del self._lengths[:-REMEMBERED]

    def usual(self, line: bytes, separator: str) -> bool:
        """Whether the last one of this line is no shorter than theirs: it may have lost digits."""
        return _last_length(line, separator) >= min(self._lengths, default=0)


def _last_length(line: bytes, separator: str) -> int:
    if separator == headers.SPACES:
        return len(line) - len(line.rstrip().rpartition(b" ")[0])
    return len(line) - line.rfind(separator.encode()) - 1
