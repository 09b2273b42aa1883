"""YAML documents that hold a log: ``yaml.dump`` of a history, or a document an epoch."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import ClassVar

import yaml

from lrdoctor import metrics
from lrdoctor.readers import _yaml
from lrdoctor.readers._records import Json
from lrdoctor.readers.json_document import JsonDocument

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where libyaml is there; both make plain values only."""
_KEY = re.compile(
    rb"^[ -]*([\w./ -]{1,128}?)\s*:"
    rb"(?=[ \t]*(-?[\d.]|\r?\n[ ]*- +-?[\d.]|(?:&\w+ )?\[ *-?[\d.]))",
    re.MULTILINE,
)
_ALIAS = re.compile(rb"(?:^|[\s\[,:-])\*\w", re.MULTILINE)
_LARGEST = 16 << 20
"""Bytes; to decode as much takes a minute."""
_ENOUGH = 3
"""So many losses make a log; settings name one or two."""


class YamlDocument(JsonDocument):
    """YAML documents: lists of figures by name, or rows in a list or in documents of their own.

    It is read once it is known to grow no more: half of it may be a whole document, too.
    """

    patterns: ClassVar[tuple[str, ...]] = ("*.yaml", "*.yml")
    called = "YAML document"

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if path.suffix.lower() not in (".yaml", ".yml"):
            return 0.0
        names = [(n.decode(errors="replace"), first) for n, first in _KEY.findall(head)]
        losses = [first for name, first in names if metrics.kind(name) in ("loss", "accuracy")]
        listed = any(first[:1] in b"\r\n[&" for first in losses)
        return 0.8 if listed or len(losses) >= _ENOUGH else 0.0

    def may_be_whole(self, text: bytearray) -> bool:
        return False

    def decoded(self, text: bytes) -> Json:
        if _ALIAS.search(text):
            self.tell(None, "aliases in YAML are not followed: a few may stand for billions")
            return None
        if len(text) > _LARGEST:
            self.tell(None, f"YAML of more than {_LARGEST} bytes is not read")
            return None
        documents = _yaml.documents(text, _LOADER)
        return documents[0] if len(documents) == 1 else documents
