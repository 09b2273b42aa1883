"""Chainer's ``log``, as its ``LogReport`` rewrites it at every trigger."""

from __future__ import annotations

import re
from pathlib import PurePath

from lrdoctor.readers._document_dialect import DocumentDialect

_ENTRY = re.compile(rb"\[\s*\{([^{}]*)\}")
_KEYS = (b'"elapsed_time"', b'"iteration"', b'"epoch"')


class Chainer(DocumentDialect):
    """Chainer's ``log``: objects with epoch, iteration and elapsed time beside the figures."""

    patterns = ("log", "*.json", "*.log")

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        entry = _ENTRY.match(start)
        return entry is not None and all(key in entry[1] for key in _KEYS)
