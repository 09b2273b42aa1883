"""A framework's own JSON document, told from others by how it begins."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import PurePath

from lrdoctor.readers.json_document import JsonDocument

SURE = 0.98
"""Surer than any reader of JSON lines, which one line may also be."""


class DocumentDialect(JsonDocument):
    """Any JSON document reader's subclass that takes only what one framework writes."""

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return SURE if cls.wrote(path, head.lstrip(b"\xef\xbb\xbf \t\r\n")) else 0.0

    @classmethod
    @abstractmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        """Whether the framework wrote this beginning, a bracket first."""
