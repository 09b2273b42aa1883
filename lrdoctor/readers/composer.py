"""Composer's ``FileLogger``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._cells import number
from lrdoctor.readers._text_lines import Point, TextLines

_METRIC = re.compile(rb"^\[metric\]\[batch=(\d{1,15})\]: (.{1,256}): (\S{1,40})\s*$", re.MULTILINE)
_SURE = 0.97


class Composer(TextLines):
    """Composer's ``FileLogger``: ``[metric][batch=7]: loss/train/total: 0.1234``, four decimals.

    Batches are counted from 0. Other lines are passed over.
    """

    patterns = ("*.txt", "*.log")

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return _SURE if _METRIC.search(head) else 0.0

    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        found = _METRIC.match(line)
        if found is None:
            return ""
        batch, tag, cell = (part.decode(errors="replace") for part in found.groups())
        value = number(cell)
        return "" if value is None else [(tag, int(batch), value, math.nan)]
