"""d3rlpy's tables: one file a metric, lines of ``epoch,step,value`` without a header."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor import metrics
from lrdoctor.readers._cells import number
from lrdoctor.readers._text_lines import Point, TextLines, complete

_LINE = re.compile(rb"(\d{1,9}),(\d{1,15}),([^,\s]{1,40})\s*")
_LOOKED_AT = 20


class D3rlpy(TextLines):
    """d3rlpy's ``loss.csv``: epoch, step and value of one metric, which the file's name tells.

    A file is one where it is named after a loss or a reward, and all of its epochs have the same
    number of steps.
    """

    patterns = ("*.csv",)

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        rows = [_LINE.fullmatch(line) for line in complete(head)[:_LOOKED_AT]]
        told = [(int(row[1]), int(row[2])) for row in rows if row is not None]
        if len(told) < len(rows) or not (metrics.is_measure(path.stem) or _is_reward(path.stem)):
            return 0.0
        first = told[0] if told else (0, 0)
        alike = all(epoch * first[1] == step * first[0] for epoch, step in told)
        return 0.92 if alike and min(first) > 0 else 0.0

    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        row = _LINE.fullmatch(line)
        value = None if row is None else number(row[3].decode(errors="replace"))
        if row is None or value is None:
            return "not a line of epoch, step and value"
        return [(self.file_name.removesuffix(".csv") or "value", int(row[2]), value, math.nan)]


def _is_reward(name: str) -> bool:
    return metrics.is_reward(name) or name == "environment"
