"""PyTorch Lightning's ``metrics.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect


class Lightning(CsvDialect):
    """PyTorch Lightning's ``metrics.csv``: a row for each call of ``log``, most cells blank.

    Steps count from 0. The file is written anew whenever a metric comes that it has no column
    for. ``hparams.yaml`` beside it tells the hyper-parameters.
    """

    patterns = ("*.csv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        if not {"epoch", "step"} <= set(names):
            return False
        own = any(name.startswith("lr-") or name.endswith(("_step", "_epoch")) for name in names)
        return path.name == "metrics.csv" or own
