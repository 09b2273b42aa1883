"""A framework's own JSON lines, told from others by the names in them."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import PurePath

from lrdoctor.readers import _records
from lrdoctor.readers.jsonl import Jsonl, first_values

SURE = 0.97
"""Surer than the reader of just any JSON lines."""


class JsonlDialect(Jsonl):
    """Any JSON lines reader's subclass that takes only what one framework writes."""

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return SURE if any(cls.wrote(path, value) for value in first_values(head)) else 0.0

    @classmethod
    @abstractmethod
    def wrote(cls, path: PurePath, value: _records.Json) -> bool:
        """Whether the framework wrote this line; asked of the first ones. None: it is no JSON."""
