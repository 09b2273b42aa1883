"""mmengine's ``scalars.json``."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json


class Mmengine(JsonlDialect):
    """mmengine's ``scalars.json`` (MMDetection 3, MMSegmentation 1, …): JSON lines by iteration.

    The loss is smoothed over the last iterations. Figures of a validation stand at the step that
    mmengine gives them, which is the number of the epoch where it validates by epochs.
    """

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        if not isinstance(value, dict):
            return False
        own = {"step", "iter", "data_time", "time"} <= value.keys()
        return own or (path.name == "scalars.json" and "step" in value)
