"""One cell of a text log as a number."""

from __future__ import annotations

import re

# float() also takes "1_000" and digits of other scripts, which no logger writes.
_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|nan|inf(inity)?)", re.I | re.A
)
_DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+([eE][+-]?\d+)?)", re.A)
# How the C run-time of Windows prints what is no number.
_WINDOWS = {"1.#qnan": "nan", "-1.#ind": "nan", "1.#ind": "nan", "1.#inf": "inf", "-1.#inf": "-inf",
            "1.#snan": "nan", "-1.#qnan": "nan"}  # fmt: skip

BLANK = frozenset(
    {"", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None", "none", "-", "--"}
)
"""What loggers write where they logged nothing. ``nan`` is none of them: it is data."""


def number(cell: str, decimal_comma: bool = False) -> float | None:
    """The number that a cell holds, without blanks around it; None for a word.

    A percent sign is dropped: the figure is taken as logged.
    """
    if decimal_comma:
        german = _DECIMAL_COMMA.fullmatch(cell)
        if german:
            cell = f"{german[1]}.{german[2]}"
    if _NUMBER.fullmatch(cell):
        return float(cell)
    if cell.endswith("%") and _NUMBER.fullmatch(cell[:-1].rstrip()):
        return float(cell[:-1])
    told = _WINDOWS.get(cell.lower())
    return None if told is None else float(told)
