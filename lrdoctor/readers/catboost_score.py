"""What CatBoost prints of a training that is judged by a score, which is to rise."""

from __future__ import annotations

import re
from pathlib import PurePath

from lrdoctor.readers._boosting import NUMBER
from lrdoctor.readers._text_lines import complete
from lrdoctor.readers.catboost_text import CatboostText

_JUDGED = re.compile(rf"\ttest: ({NUMBER})\tbest: ({NUMBER})")


class CatboostScore(CatboostText):
    """CatBoost's rounds with ``eval_metric`` an accuracy or AUC, as its ``best`` tells: no losses.

    CatBoost does not print what it is that it measures. As long as every round was the best, or
    where there is no test set, nothing tells a score from a loss.
    """

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        judged = [
            tuple(map(float, told.groups()))
            for line in complete(head)
            if (told := _JUDGED.search(line.decode(errors="replace")))
        ]
        rises = any(best > test for test, best in judged)
        falls = any(best < test for test, best in judged)
        return super().recognises(path, head) + 0.05 if rises and not falls else 0.0

    @classmethod
    def iteration(cls, line: str) -> tuple[int, list[tuple[str, float]]] | None:
        told = super().iteration(line)
        return told and (told[0], [(f"{name} score", value) for name, value in told[1]])
