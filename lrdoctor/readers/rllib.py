"""RLlib's ``result.json``."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor import metrics
from lrdoctor.readers._jsonl_dialect import SURE
from lrdoctor.readers._records import Json, leaves
from lrdoctor.readers.ray_tune import RayTune


class Rllib(RayTune):
    """RLlib's ``result.json``: Ray Tune's, with episodes and their rewards."""

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return SURE + 0.01 if super().recognises(path, head) else 0.0

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return super().wrote(path, value) and metrics.tells_agent(
            name for name, _ in leaves("", value)
        )
