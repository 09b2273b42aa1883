"""MLflow's file store: one file a metric, lines of ``time value step`` without a header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._text_lines import Point, TextLines, complete

_LINE = re.compile(
    rb"\s*(\d{12,14})\s+([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|nan|inf(?:inity)?))\s+(-?\d{1,18})"
    rb"(?:\s+\S+\s+\S+)?\s*",  # name and digest of the data set, where one was told
    re.IGNORECASE,
)
_LOOKED_AT = 20


class MlflowMetric(TextLines):
    """MLflow's file store: milliseconds, value and step; the file's name is the metric's."""

    patterns = ("*",)

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        # A single line without an end may be all that there is so far.
        lines = (complete(head) or head.splitlines())[:_LOOKED_AT]
        return 0.9 if lines and all(_LINE.fullmatch(line) for line in lines) else 0.0

    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        told = _LINE.fullmatch(line)
        if told is None:
            return "not a line of time, value and step"
        return [(self.file_name or "value", int(told[3]), float(told[2]), float(told[1]) / 1e3)]
