"""``monitor.csv`` of Gym's, baselines' and Stable-Baselines' ``Monitor``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._csv_dialect import CsvDialect

_HEADER = ("r", "l", "t")


class EpisodeMonitor(CsvDialect):
    """``monitor.csv`` of an agent: reward, length and time of each episode. It holds no loss."""

    patterns = ("*monitor.csv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        return tuple(names[:3]) == _HEADER and path.name.endswith("monitor.csv")
