"""Keras' ``CSVLogger``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect


class Keras(CsvDialect):
    """Keras' ``CSVLogger``: a row an epoch, counted from 0, its columns in order of their names.

    Also ``History.history`` as older releases ordered it, saved by pandas. The learning rate is
    there where ``ReduceLROnPlateau`` or another callback adds it.
    """

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        if names[0] == "epoch":
            rest = list(names[1:])
            counted = row[0].isdigit() and row[0] != "1"
            return counted and len(rest) > 1 and "loss" in rest and rest == sorted(rest)
        half = len(names) // 2
        return "loss" in names and list(names[:half]) == [f"val_{name}" for name in names[half:]]
