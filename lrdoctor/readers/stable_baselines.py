"""``progress.csv`` of Stable-Baselines, Stable-Baselines3 and OpenAI's baselines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor import metrics
from lrdoctor.readers._csv_dialect import CsvDialect


class StableBaselines(CsvDialect):
    """``progress.csv`` of Stable-Baselines, SB3 and OpenAI's baselines: a row a rollout.

    Its columns stand in no order; what was not trained yet is blank.
    """

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        return path.stem.startswith("progress") and metrics.tells_agent(names)
