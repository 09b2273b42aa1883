"""CatBoost's ``learn_error.tsv`` and ``test_error.tsv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect

_ENDING = "_error"


class Catboost(CsvDialect):
    """CatBoost's metrics after each tree: ``learn/RMSE`` of ``learn_error.tsv``.

    Which part of the data they are of, the file's name tells.
    """

    patterns = ("*_error.tsv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        return names[0] == "iter" and len(names) > 1 and path.stem.endswith(_ENDING)

    def named(self, names: list[str]) -> list[str]:
        part = PurePath(self.file_name).stem.removesuffix(_ENDING)
        return [*names[:1], *(f"{part}/{name}" if part else name for name in names[1:])]
