"""timm's ``summary.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect


class Timm(CsvDialect):
    """timm's ``summary.csv``: a row an epoch, ``train_loss``, ``eval_loss``, ``eval_top1``.

    ``args.yaml`` beside it tells the hyper-parameters.
    """

    patterns = ("*.csv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        parts = (
            name.startswith(("train_", "eval_", "test_")) or name == "lr" for name in names[1:]
        )
        own = names[:2] == ["epoch", "train_loss"] and all(parts)
        return own and (path.name == "summary.csv" or "eval_top1" in names)
