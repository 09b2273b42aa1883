"""ms-swift's ``logging.jsonl``."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json

_STEP = "global_step/max_steps"
_OWN = frozenset({"train_speed(iter/s)", "train_speed(s/it)", "memory(GiB)"})


class MsSwift(JsonlDialect):
    """ms-swift's ``logging.jsonl``: JSON lines that tell their step as ``"5/40"``."""

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        if not isinstance(value, dict):
            return False
        return _STEP in value or bool(_OWN & value.keys() and "global_step" in value)
