"""One scalar's curve, downloaded from TensorBoard's page as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect
from lrdoctor.readers._tags import tag_in

_HEADER = ["Wall time", "Step", "Value"]


class TensorboardCsv(CsvDialect):
    """TensorBoard's download as CSV: one scalar, whose name the file's tells."""

    patterns = ("*.csv",)
    clocks = frozenset({"Wall time"})

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        return list(names) == _HEADER

    def named(self, names: list[str]) -> list[str]:
        return [*names[:-1], tag_in(self.file_name)] if names else names
