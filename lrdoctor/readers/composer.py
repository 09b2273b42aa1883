"""Composer's ``FileLogger``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from lrdoctor.readers._cells import number
from lrdoctor.readers._text_lines import LinesAlike, Point


class Composer(LinesAlike):
    """Composer's ``FileLogger``: ``[metric][batch=7]: loss/train/total: 0.1234``, four decimals.

    Batches are counted from 0. Other lines are passed over.
    """

    patterns = ("*.txt", "*.log")
    form = re.compile(rb"^\[metric\]\[batch=(\d{1,15})\]: (.{1,256}): (\S{1,40})\s*$", re.MULTILINE)

    def points_of(self, groups: Sequence[str]) -> Sequence[Point]:
        batch, tag, cell = groups
        value = number(cell)
        return [] if value is None else [(tag, int(batch), value, math.nan)]
