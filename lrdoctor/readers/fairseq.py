"""fairseq's ``--log-format json``, on its standard output or in its ``--log-file``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import SURE, JsonlDialect
from lrdoctor.readers._records import Json
from lrdoctor.readers.jsonl import Record

_OWN = re.compile(rb'\{"epoch": \d+, "[^\n]*"(?:(?:train|valid)_)?num_updates": "')
_BODY = re.compile(rb'\{"epoch": .*\}(?=\s*\Z)')
_STEPS = ("num_updates", "train_num_updates", "valid_num_updates")


class Fairseq(JsonlDialect):
    """fairseq's JSON log lines, their figures written as strings of few digits.

    Lines within an epoch name a metric ``loss``, those at its end ``train_loss`` and
    ``valid_loss``; all are placed by the number of updates. Other lines are passed over.
    """

    patterns = ("*.log", "*.txt", "*.out", "*.json", "*.jsonl", "stdout*")

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return SURE if _OWN.search(head) else 0.0

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return isinstance(value, dict) and any(step in value for step in _STEPS)

    def records(self, value: Json) -> Sequence[Record] | None:
        if not isinstance(value, dict):
            return None
        step = next((value[name] for name in _STEPS if name in value), None)
        record = {key: cell for key, cell in value.items() if key not in _STEPS}
        return [record if step is None else {"num_updates": step, **record}]

    def _records_in(self, line: bytes) -> Sequence[Record] | None:
        body = _BODY.search(line)
        return super()._records_in(body[0]) if body else []
