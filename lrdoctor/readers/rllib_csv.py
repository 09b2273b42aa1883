"""RLlib's ``progress.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor import metrics
from lrdoctor.readers._csv_dialect import CsvDialect


class RllibCsv(CsvDialect):
    """RLlib's ``progress.csv``: a row a report, with the columns of the first one."""

    patterns = ("progress.csv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        tuned = {"training_iteration", "time_this_iter_s"} <= set(names)
        return tuned and metrics.tells_agent(names)
