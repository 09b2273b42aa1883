"""detectron2's ``metrics.json``."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json

_OWN = frozenset({"total_loss", "eta_seconds", "data_time", "rank_data_time"})


class Detectron2(JsonlDialect):
    """detectron2's ``metrics.json``: JSON lines by iteration, their keys in order.

    Most figures are medians over the last 20 iterations. A line may be of an earlier iteration
    than the one before it: that is no resume unless a metric's own steps go back.
    """

    patterns = ("*.json", "*.jsonl")

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        if not isinstance(value, dict) or "iteration" not in value:
            return False
        return bool(_OWN & value.keys()) and list(value) == sorted(value)
