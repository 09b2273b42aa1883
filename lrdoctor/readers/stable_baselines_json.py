"""``progress.json`` of Stable-Baselines3 and OpenAI's baselines."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor import metrics
from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json


class StableBaselinesJson(JsonlDialect):
    """``progress.json`` of the same: an object a rollout."""

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        named = path.stem.startswith("progress")
        return named and isinstance(value, dict) and metrics.tells_agent(value)
