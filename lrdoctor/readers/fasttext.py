"""fastText's progress, all of it on one line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from lrdoctor.readers._cells import number
from lrdoctor.readers._text_lines import LinesAlike, Point


class Fasttext(LinesAlike):
    """fastText's ``Progress:  12.3% words/sec/thread: 51234 lr: 0.04 avg.loss: 2.1 ETA: …``.

    Ten states a second, each over the one before: it tells no step, so they are counted in lines.
    The loss is the mean since the training began.
    """

    patterns = ("*.txt", "*.log", "*.err", "*.out")
    form = re.compile(
        rb"Progress:\s+[\d.]{1,8}%\s+words/sec/thread:\s+\d{1,15}\s+lr:\s+(\S{1,40})"
        rb"\s+((?:avg\.)?loss):\s+(\S{1,40})\s+ETA:\s", re.IGNORECASE,
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "row"

    def points_of(self, groups: Sequence[str]) -> Sequence[Point]:
        rate, name, loss = groups
        told = ("lr", number(rate)), (name, number(loss))
        return [(tag, self.at, value, math.nan) for tag, value in told if value is not None]
