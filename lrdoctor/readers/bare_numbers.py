"""Numbers and nothing else, as ``print(loss, file=f)`` leaves them; the file's name is theirs.

TorchRL's ``CSVLogger`` writes step and value of each metric so, in ``scalars/train/loss.csv``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath

from lrdoctor import metrics
from lrdoctor.readers._cells import number
from lrdoctor.readers._text_lines import Point, TextLines, complete

_SURE = 0.97
"""More than the reader of CSV, which would call the columns 1 and 2."""
_ENOUGH = 3
_SUFFIXES = frozenset({".txt", ".log", ".csv", ".tsv", ".dat", ".out", ""})
SCALARS = "scalars"
"""TorchRL's folder of metrics, of any names."""
_BETWEEN = str.maketrans(",;\t", "   ")


class BareNumbers(TextLines):
    """A number a line, or step and number, in a file called for what they are: ``loss.txt``."""

    patterns = ("*.txt", "*.log", "*.csv", "*.tsv", "*.dat", "*.out")

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "row"

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        named = metrics.kind(path.stem) != "other" or metrics.is_reward(path.stem)
        named |= SCALARS in path.parent.parts
        if path.suffix.lower() not in _SUFFIXES or not named:
            return 0.0
        rows = [_numbers(line) for line in complete(head)]
        if len(rows) < _ENOUGH or None in rows or len({len(row or ()) for row in rows}) != 1:
            return 0.0
        firsts = [row[0] for row in rows if row]
        steps = len(rows[0] or ()) == 1 or all(
            one.is_integer() and one < other for one, other in pairwise(firsts)
        )
        return _SURE if steps else 0.0

    def points(self, line: bytes, former: bytes) -> Sequence[Point] | str:
        row = _numbers(line)
        if row is None or (len(row) > 1 and not abs(row[0]) < 2**53):
            return f"no number, nor step and number: {line[:40].decode(errors='replace')!r}"
        tag = PurePath(self.file_name).with_suffix("").as_posix() if self.file_name else ""
        if len(row) > 1:
            self.x_axis = "step"
            return [(tag, math.floor(row[0]), row[1], math.nan)]
        return [(tag, self.at, row[0], math.nan)]


def _numbers(line: bytes) -> tuple[float, ...] | None:
    """The one or two numbers of a line; None for anything else."""
    if len(line) > 100:
        return None
    cells = line.decode(errors="replace").translate(_BETWEEN).split()
    found = [number(cell) for cell in cells]
    if not 1 <= len(found) <= 2 or None in found:
        return None
    return tuple(value for value in found if value is not None)
