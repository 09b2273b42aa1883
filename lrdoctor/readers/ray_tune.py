"""Ray Tune's ``result.json``: a line a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json
from lrdoctor.readers.jsonl import Record

_KEYS = {"training_iteration", "time_this_iter_s", "trial_id"}


class RayTune(JsonlDialect):
    """Ray Tune's ``result.json``: an object a report, nested.

    The trial's whole configuration in each is passed over, for ``params.json`` tells it.
    """

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return isinstance(value, dict) and value.keys() >= _KEYS

    def records(self, value: Json) -> Sequence[Record] | None:
        if not isinstance(value, dict):
            return None
        return [{key: inner for key, inner in value.items() if key != "config"}]
