"""What XGBoost prints of its evaluations."""

from __future__ import annotations

import re

from lrdoctor.readers._boosting import NUMBER, BoostingText, with_deviation

_FIGURE = rf"(?P<name>[^\s:]+(?::[^\s:]+)*):(?P<value>{NUMBER})(?:\+(?P<deviation>{NUMBER}))?"
_FIGURES = re.compile(_FIGURE)
_ANY = re.sub(r"\?P<\w+>", "?:", _FIGURE)
_LINE = re.compile(
    rf"(?:\[[\d:-]*\d\d:\d\d:\d\d(?::INFO)?\]\s*)?\[(\d{{1,18}})\]((?:\t{_ANY})+)\s*"
)
_TAB = "#011"
"""What syslog makes of one, and SageMaker's logs hold."""


class Xgboost(BoostingText):
    """XGBoost's ``[0]  train-rmse:1.56559  eval-rmse:1.74370``, rounds counted from 0.

    Of a cross-validation ``train-rmse-mean`` and ``train-rmse-std``.
    """

    @classmethod
    def iteration(cls, line: str) -> tuple[int, list[tuple[str, float]]] | None:
        told = _LINE.fullmatch(line.replace(_TAB, "\t"))
        return None if told is None else (int(told[1]), list(with_deviation(_FIGURES, told[2])))
