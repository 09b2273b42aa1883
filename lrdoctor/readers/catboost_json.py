"""CatBoost's ``catboost_training.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

from lrdoctor.readers._document_dialect import DocumentDialect
from lrdoctor.readers._records import Json

_KEYS = (b'"learn_metrics"', b'"launch_mode"', b'"iteration_count"')


class CatboostJson(DocumentDialect):
    """CatBoost's metrics after each tree: ``learn/RMSE``, ``test/RMSE``.

    Their names stand once, before all values.
    """

    clocks = frozenset({"passed_time", "remaining_time"})

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        return start.startswith(b"{") and all(key in start for key in _KEYS)

    def _settle(self, document: Mapping[str, Json]) -> None:
        meta = document.get("meta")
        planned = meta.get("iteration_count") if isinstance(meta, dict) else None
        if isinstance(planned, int) and planned > 0:
            self.settings = replace(self.settings, planned_steps=planned)
