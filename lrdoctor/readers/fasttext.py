"""fastText's progress, all of it on one line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.readers._cells import number
from lrdoctor.readers._text_lines import Point, TextLines

_STATE = re.compile(
    rb"Progress:\s+[\d.]{1,8}%\s+words/sec/thread:\s+\d{1,15}\s+lr:\s+(\S{1,40})"
    rb"\s+((?:avg\.)?loss):\s+(\S{1,40})\s+ETA:\s", re.IGNORECASE,
)  # fmt: skip
_SURE = 0.97


class Fasttext(TextLines):
    """fastText's ``Progress:  12.3% words/sec/thread: 51234 lr: 0.04 avg.loss: 2.1 ETA: …``.

    Ten states a second, each over the one before: it tells no step, so they are counted in lines.
    The loss is the mean since the training began.
    """

    patterns = ("*.txt", "*.log", "*.err", "*.out")

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "row"

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return _SURE if _STATE.search(head) else 0.0

    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        found = _STATE.search(line)
        if found is None:
            return ""
        rate, name, loss = (part.decode(errors="replace") for part in found.groups())
        told = ("lr", number(rate)), (name, number(loss))
        return [(tag, self.at, value, math.nan) for tag, value in told if value is not None]
