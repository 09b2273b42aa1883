"""Ultralytics' ``results.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect

_RATES = ("lr/pg0", "x/lr0")


class Ultralytics(CsvDialect):
    """Ultralytics' ``results.csv``: a row an epoch, its losses in their parts.

    YOLOv5 pads the cells and counts from 0, later releases count from 1. ``args.yaml`` beside it
    tells the hyper-parameters. The parts (box, class, distribution) are read as they stand: their
    weighted sum, which is trained on, is nowhere in the file and is not made up.
    """

    patterns = ("*.csv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        losses = any(name.startswith("train/") and name.endswith("loss") for name in names)
        return names[0] == "epoch" and losses and any(rate in names for rate in _RATES)
