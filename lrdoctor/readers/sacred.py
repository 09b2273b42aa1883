"""Sacred's ``metrics.json``, as its file storage observer rewrites it at every heartbeat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath

import numpy as np

from lrdoctor.readers._document import Part, Triples
from lrdoctor.readers._document_dialect import DocumentDialect
from lrdoctor.readers._records import Json, figure

_OPENING = re.compile(
    rb'\{\s*"(?:[^"\\]|\\.){1,256}"\s*:\s*\{\s*"(?:steps|timestamps|values)"\s*:\s*\['
)


class Sacred(DocumentDialect):
    """Sacred's ``metrics.json``: lists of steps, values and UTC time stamps below each name."""

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        return _OPENING.match(start) is not None

    def parts(self, document: Json) -> Iterator[Part]:
        if not isinstance(document, dict):
            return
        for name, lists in document.items():
            points = _points(lists)
            if points is None:
                self.tell(None, f"{name[:40]!r} holds no lists of steps, values and timestamps")
            elif points:
                yield Triples(name, np.array(points, np.float64))


def _points(lists: Json) -> list[tuple[float, float, float]] | None:
    """Wall time, step and value of each point; None where these are no such lists."""
    if not isinstance(lists, dict):
        return None
    steps, values = lists.get("steps"), lists.get("values")
    if not isinstance(steps, list) or not isinstance(values, list):
        return None
    stamps = lists.get("timestamps")  # of others who write the like, none
    points = []
    for stamp, step, value in zip(
        stamps if isinstance(stamps, list) else [None] * len(steps), steps, values, strict=False
    ):
        at, number = figure(step), figure(value)
        if at is not None and number is not None:
            points.append((_seconds(stamp), at, number))
    return points


def _seconds(stamp: Json) -> float:
    """UTC seconds; NaN where the stamp tells none."""
    try:
        return datetime.fromisoformat(str(stamp)).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return float("nan")
