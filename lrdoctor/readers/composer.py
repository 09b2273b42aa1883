"""Composer's ``FileLogger``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import SURE, JsonlDialect
from lrdoctor.readers._records import Json
from lrdoctor.readers.jsonl import Record

_METRIC = re.compile(rb"\[metric\]\[batch=(\d{1,15})\]: (.{1,256}): (\S{1,40})\s*")
_LINE = re.compile(rb"^" + _METRIC.pattern, re.MULTILINE)


class Composer(JsonlDialect):
    """Composer's ``FileLogger``: ``[metric][batch=7]: loss/train/total: 0.1234``, four decimals.

    Batches are counted from 0. Other lines are passed over.
    """

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return SURE if _LINE.search(head) else 0.0

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return False  # its lines are no JSON

    def _records_in(self, line: bytes) -> Sequence[Record] | None:
        found = _METRIC.fullmatch(line)
        if found is None:
            return []
        batch, tag, value = (part.decode(errors="replace") for part in found.groups())
        return [{"batch": int(batch), tag: value}]
