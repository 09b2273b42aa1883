"""One cell of a text log as a number."""

from __future__ import annotations

import re

_DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+([eE][+-]?\d+)?)", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)
# How the C run-time of Windows prints what is no number.
_WINDOWS = {"1.#qnan": "nan", "-1.#ind": "nan", "1.#ind": "nan", "1.#inf": "inf", "-1.#inf": "-inf",
            "1.#snan": "nan", "-1.#qnan": "nan"}  # fmt: skip
# As Python prints a number that is still a tensor, or a list of one.
_WRAPPED = re.compile(
    r"(?:[a-zA-Z.]*(?:ensor|rray|float\d*))?[(\[]+\s*([-+.\deEnaifNI]+)\s*\]*"
    r"(?:[)\]]*|,\s*[a-z_]+=.*)"
)
_LONGEST_WRAPPED = 200

BLANK = frozenset(
    {"", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None", "none", "-", "--"}
)
"""What loggers write where they logged nothing. ``nan`` is none of them: it is data."""


def number(cell: str, decimal_comma: bool = False) -> float | None:
    """The number that a cell holds, without blanks around it; None for a word.

    A percent sign is dropped: the figure is taken as logged. So is what Python prints around the
    number of a tensor: ``tensor(0.25, device='cuda:0')``.
    """
    if cell[-1:] in (")", "]"):
        wrapped = _WRAPPED.fullmatch(cell) if len(cell) < _LONGEST_WRAPPED else None
        return number(wrapped[1]) if wrapped else None
    if "_" in cell or not cell.isascii():
        return None  # float() takes 1_000 and digits of other scripts, which no logger writes
    try:
        return float(cell)
    except ValueError:
        pass
    if "," in cell:
        if not decimal_comma:
            return float(cell.replace(",", "")) if _THOUSANDS.fullmatch(cell) else None
        german = _DECIMAL_COMMA.fullmatch(cell)
        return float(f"{german[1]}.{german[2]}") if german else None
    if cell.endswith("%"):
        return number(cell[:-1].rstrip()) if len(cell) < 40 and cell[-2:] != "%%" else None
    told = _WINDOWS.get(cell.lower())
    return None if told is None else float(told)
