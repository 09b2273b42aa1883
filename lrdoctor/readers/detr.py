"""The ``log.txt`` of DETR and all that took its training script: DeiT, MAE, ConvNeXt, …."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json

_OWN = ("train_", "test_", "epoch", "n_parameters")


class Detr(JsonlDialect):
    """The ``log.txt`` of DETR, DeiT, MAE and their kin: a JSON object an epoch, counted from 0.

    Names begin with ``train_`` and ``test_``; lists such as ``test_coco_eval_bbox`` become a
    metric for each place.
    """

    patterns = ("*.txt", "*.json", "*.jsonl")

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        if not isinstance(value, dict) or "epoch" not in value:
            return False
        trained = any(key.startswith("train_") for key in value)
        figures = not any(isinstance(cell, str) for cell in value.values())  # as fairseq's are
        return trained and figures and all(key.startswith(_OWN) for key in value)
