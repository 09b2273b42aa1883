"""ClearML's offline ``metrics.jsonl``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json
from lrdoctor.readers.jsonl import Record

_SCALAR = "training_stats_scalar"


class Clearml(JsonlDialect):
    """ClearML's offline events; a scalar is called ``title/series``.

    ClearML writes NaN and infinity as 0.0.
    """

    patterns = ("*.jsonl",)
    clocks = frozenset({"timestamp"})

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return isinstance(value, list) and any(_is_scalar(event) for event in value)

    def records(self, value: Json) -> Sequence[Record] | None:
        if not isinstance(value, list):
            return None
        return [_record(event) for event in value if _is_scalar(event)]


def _is_scalar(event: Json) -> bool:
    return isinstance(event, dict) and event.get("type") == _SCALAR


def _record(event: Record) -> Record:
    tag = f"{event.get('metric')}/{event.get('variant')}"
    return {"iter": event.get("iter"), "timestamp": event.get("timestamp"), tag: event.get("value")}
