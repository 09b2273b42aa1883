"""fastai's ``CSVLogger``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect

_DURATION = re.compile(r"(\d+:)?\d\d:\d\d")


class Fastai(CsvDialect):
    """fastai's ``CSVLogger``: a row an epoch, counted from 0, the last cell its duration.

    The training loss is smoothed; no learning rate is told. A fit that appends writes the header
    again and counts its epochs anew.
    """

    patterns = ("*.csv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        own = list(names[:2]) == ["epoch", "train_loss"] and names[-1] == "time"
        return own and _DURATION.fullmatch(row[-1]) is not None
