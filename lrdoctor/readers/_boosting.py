"""What gradient boosting prints after each tree: a number, then named figures."""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from lrdoctor.readers._text_lines import Point, TextLines, complete

_SURE = 0.9
_ENOUGH = 2
_BEST = re.compile(rb"best iteration( is)?:\s*$", re.IGNORECASE)
"""The line below repeats that of the best iteration, once training is over."""

NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"


class BoostingText(TextLines):
    """Lines of one iteration each, among warnings and other words."""

    patterns = ("*.log", "*.txt", "*.out", "stdout*", "log")

    @classmethod
    @abstractmethod
    def iteration(cls, line: str) -> tuple[int, list[tuple[str, float]]] | None:
        """The number of the iteration and its figures; None for a line of words."""

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        lines = complete(head)
        found = sum(cls.iteration(line.decode(errors="replace")) is not None for line in lines)
        return _SURE if found >= min(_ENOUGH, len(lines)) > 0 else 0.0

    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        told = None if _BEST.search(former) else self.iteration(line.decode(errors="replace"))
        if told is None:
            return ""
        step, figures = told
        return [(tag, step, value, math.nan) for tag, value in figures]


def with_deviation(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, float]]:
    """The named figures in a text; of a cross-validation mean and standard deviation.

    Args:
        pattern: groups ``name``, ``value`` and ``deviation``.
    """
    for told in pattern.finditer(text):
        name = told["name"]
        if told["deviation"] is None:
            yield name, float(told["value"])
        else:
            yield f"{name}-mean", float(told["value"])
            yield f"{name}-std", float(told["deviation"])
