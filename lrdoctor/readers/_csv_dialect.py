"""A framework's own CSV file, told from others by its columns' names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePath

from lrdoctor.readers import _csv_header as headers
from lrdoctor.readers.csv import Csv

SURE = 0.97
"""Surer than the reader of just any CSV file."""


class CsvDialect(Csv):
    """Any CSV reader's subclass that takes only what one framework writes."""

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if not super().recognises(path, head):
            return 0.0
        opening = _opening(head)
        return SURE if opening is not None and cls.wrote(path, *opening) else 0.0

    @classmethod
    @abstractmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        """Whether the framework wrote these columns and this first row."""

    def named(self, names: list[str]) -> list[str]:
        """The tags of these columns, where the framework tells them elsewhere too."""
        return names

    def _name(self, at: int, names: list[str]) -> None:
        super()._name(at, self.named(names))


@lru_cache(maxsize=4)
def _opening(head: bytes) -> tuple[list[str], list[str]] | None:
    """The columns' names and the first row; None where there is no row yet."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    lines = [line for line in text.splitlines()[:50] if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        return None
    separator = headers.separator_of(lines[0], lines[1])
    names, row = headers.cells(lines[0], separator), headers.cells(lines[1], separator)
    return None if names is None or row is None else (names, headers.fitted(row, len(names)))
