"""Keras' ``History.history``, saved as JSON."""

from __future__ import annotations

import re
from pathlib import PurePath

from lrdoctor.readers._document_dialect import DocumentDialect

_LIST = re.compile(rb'"([^"\\]{1,256})"\s*:\s*\[')


class KerasHistory(DocumentDialect):
    """Keras' ``History.history``, saved as JSON: a list for each metric, a place for each epoch.

    Also with ``History.epoch`` beside it, as people wrap it.
    """

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        names = {name.decode(errors="replace") for name in _LIST.findall(start)}
        paired = all(name.removeprefix("val_") in names for name in names)
        own = path.name == "history.json" or any(name.startswith("val_") for name in names)
        return own and paired and "loss" in names and start.startswith(b"{")
