"""What CatBoost prints of its training."""

from __future__ import annotations

import re

from lrdoctor.readers._boosting import NUMBER, BoostingText

_LINE = re.compile(r"\s*(\d{1,18}):((?:\t[a-z]\w*: [^\t]+)+)\s*")
_FIGURE = re.compile(rf"\t(learn|test\d*): ({NUMBER})(?=\t|\s*$)")


class CatboostText(BoostingText):
    """CatBoost's ``0:  learn: 1.98  test: 2.24  best: 2.24 (0)  total: 51.3ms``: learn and test."""

    @classmethod
    def iteration(cls, line: str) -> tuple[int, list[tuple[str, float]]] | None:
        told = _LINE.fullmatch(line)
        if told is None:
            return None
        figures = [(name, float(value)) for name, value in _FIGURE.findall(told[2])]
        return (int(told[1]), figures) if figures else None
