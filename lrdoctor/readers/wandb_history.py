"""``wandb-history.jsonl``, and a run's history saved as JSON lines."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json

_KEYS = {"_step", "_timestamp"}


class WandbHistory(JsonlDialect):
    """W&B's history as JSON lines: an object a call of ``log``."""

    clocks = frozenset({"_timestamp"})

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return isinstance(value, dict) and value.keys() >= _KEYS and "_wandb" not in value
