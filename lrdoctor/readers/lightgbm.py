"""What LightGBM prints of its evaluations."""

from __future__ import annotations

import re

from lrdoctor.readers._boosting import NUMBER, BoostingText, with_deviation

_FIGURE = rf"(?P<name>[^\t:]+):\s(?P<value>{NUMBER})(?:\s\+\s(?P<deviation>{NUMBER}))?"
_FIGURES = re.compile(r"\t" + _FIGURE)
_LINE = re.compile(r"\[(\d{1,18})\]((?:\t" + re.sub(r"\?P<\w+>", "?:", _FIGURE) + r")+)\s*")
_PROGRAM = re.compile(
    r"\[LightGBM\] \[Info\] Iteration:\s?(\d{1,18}), "
    rf"(?P<name>.+?) : (?P<value>{NUMBER})(?P<deviation>(?!))?\s*"
)


class Lightgbm(BoostingText):
    """LightGBM's ``[1]  train's l2: 3.96738``, rounds counted from 1, or its program's lines.

    The line that repeats the best iteration at the end is passed over.
    """

    @classmethod
    def iteration(cls, line: str) -> tuple[int, list[tuple[str, float]]] | None:
        told = _LINE.fullmatch(line)
        if told is not None:
            return int(told[1]), list(with_deviation(_FIGURES, told[2]))
        told = _PROGRAM.fullmatch(line)
        return None if told is None else (int(told[1]), list(with_deviation(_PROGRAM, line)))
