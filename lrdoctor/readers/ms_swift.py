"""ms-swift's ``logging.jsonl``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json
from lrdoctor.readers.jsonl import Record

_STEP = "global_step/max_steps"
_HISTORY = "log_history"
_OWN = frozenset({"train_speed(iter/s)", "train_speed(s/it)", "memory(GiB)"})


class MsSwift(JsonlDialect):
    """ms-swift's ``logging.jsonl``: JSON lines that tell their step as ``"5/40"``.

    The last line holds Hugging Face's whole history once more, which is not read again.
    """

    patterns = ("*.jsonl",)

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        if not isinstance(value, dict):
            return False
        return _STEP in value or bool(_OWN & value.keys() and "global_step" in value)

    def records(self, value: Json) -> Sequence[Record] | None:
        if not isinstance(value, dict):
            return None
        record = {key: cell for key, cell in value.items() if key not in (_STEP, _HISTORY)}
        step, _, planned = str(value.get(_STEP, "")).partition("/")
        if step.isdecimal() and planned.isdecimal():
            record |= {"global_step": int(step), "max_steps": int(planned)}
        return [record]
