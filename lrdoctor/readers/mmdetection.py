"""The ``*.log.json`` of MMDetection 2 and its kin."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json


class Mmdetection(JsonlDialect):
    """The ``*.log.json`` of mmcv 1 (MMDetection 2, MMSegmentation 0, …): JSON lines with a mode.

    Iterations are counted within their epoch and are read as those of the run. A first line tells
    the environment.
    """

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return isinstance(value, dict) and {"mode", "epoch", "iter"} <= value.keys()
