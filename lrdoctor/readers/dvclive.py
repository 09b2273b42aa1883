"""DVCLive's ``plots/metrics/train/loss.tsv``: one file a metric, named by its path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect

_AXES = ("timestamp", "step")


class Dvclive(CsvDialect):
    """DVCLive's tables: step and value of one metric, whose name the file's path tells.

    A time stamp stands before them where one was asked for.
    """

    patterns = ("*.tsv",)
    clocks = frozenset({"timestamp"})

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        return tuple(names[:-1]) in (_AXES[1:], _AXES) and names[-1] == path.stem

    def named(self, names: list[str]) -> list[str]:
        tag = self.file_name.removesuffix(".tsv")
        return [*names[:-1], tag] if tag and names else names
