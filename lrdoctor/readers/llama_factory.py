"""LLaMA-Factory's ``trainer_log.jsonl``."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json


class LlamaFactory(JsonlDialect):
    """LLaMA-Factory's ``trainer_log.jsonl``: JSON lines by step, with the steps planned."""

    patterns = ("*.jsonl",)

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        own = {"current_steps", "total_steps", "percentage"}
        return isinstance(value, dict) and own <= value.keys()
