"""The header of a CSV file: its separator and its columns' names."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from lrdoctor import metrics
from lrdoctor.readers._cells import BLANK, number

SPACES = " "
"""The separator of a file whose columns stand apart by any run of spaces."""
_SEPARATORS = ("\t", ";", ",", "|")
_SEPARATED = re.compile(r'"?sep=.?"?', re.IGNORECASE)
_LOOKED_AT = 1000
"""So many cells are enough to tell a header."""


def is_aside(line: str) -> bool:
    """Whether a line holds no cells: a blank one, a comment, Excel's ``sep=;``."""
    shown = line.strip()
    return not shown or shown.startswith("#") or _SEPARATED.fullmatch(shown) is not None


def cells(line: str, separator: str) -> list[str] | None:
    """The cells of a line, without the blanks around them; None where a quote is left open."""
    if '"' in line:
        try:
            row = next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True))
        except (csv.Error, StopIteration):
            return None
        return [cell.strip() for cell in row]
    if separator == SPACES:
        return line.split()
    return [cell.strip() for cell in line.split(separator)]


def separator_of(header: str, row: str) -> str:
    """The separator that cuts both lines into the same number of cells, the more the better."""
    best, most = "", 1
    for separator in (*_SEPARATORS, SPACES):
        count = len(cells(header, separator) or ())
        if count > most and len(fitted(cells(row, separator) or [], count)) == count:
            best, most = separator, count
        if best and separator == _SEPARATORS[-1]:
            return best
    return best or max(_SEPARATORS, key=lambda s: (header.count(s), s == ","))


def fitted(row: list[str], count: int) -> list[str]:
    """The row without the blank cells that a separator at the end of the line makes."""
    while len(row) > count and not row[-1]:
        row = row[:-1]
    return row


def is_header(row: Sequence[str]) -> bool:
    """Whether a row names columns: more words than figures in it."""
    filled = [cell for cell in row[:_LOOKED_AT] if cell not in BLANK]
    figures = sum(number(cell, decimal_comma=True) is not None for cell in filled)
    return bool(filled) and 2 * figures < len(filled)


def of_comments(comments: Sequence[str], row: Sequence[str], separator: str) -> list[str]:
    """The names of a row's columns that the last fitting one of the comments above it tells; none
    where none does. DeePMD-kit writes a sentence between its names and its rows."""
    for comment in reversed(comments):
        names = cells(comment, separator) or []
        if len(names) == len(row) and is_header(names):
            return names
    return []


def is_repeated(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row in mid-file is a header again: words only, at least half of them known."""
    if any(cell in BLANK or number(cell) is not None for cell in row):
        return False
    return 2 * len(set(row) & set(names)) >= min(len(row), len(names))


def unique(names: Sequence[str]) -> list[str]:
    """Names of which each stands once: ``loss``, ``loss.1``. A blank name stays blank."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        again = seen.get(name, 0)
        seen[name] = again + 1
        result.append(f"{name}.{again}" if again and name else name)
    return result


def looks_like_log(lines: Sequence[str]) -> bool:
    """Whether the first lines are a header that names a metric or an axis, and a row of figures."""
    present = [line.strip() for line in lines if line.strip()]
    shown = [line for line in present if not is_aside(line)][:2]
    comments = [line.lstrip("# ") for line in present if line.startswith("#")]
    for comment in comments if shown else ():
        separator = separator_of(comment, shown[0])
        first = cells(shown[0], separator) or []
        if not is_header(first) and of_comments([comment], first, separator):
            shown.insert(0, comment)
            break
    if len(shown) < 2:
        return False
    separator = separator_of(shown[0], shown[1])
    names, row = cells(shown[0], separator), cells(shown[1], separator)
    if names is None or row is None or len(names) != len(fitted(row, len(names))):
        return False
    names, row = names[:_LOOKED_AT], row[:_LOOKED_AT]
    if separator == SPACES and any(name.endswith(":") for name in names):
        return False  # "lr: 3e-4 batch_size: 64": settings that a training printed
    known = any(metrics.kind(n) != "other" for n in names) or bool(metrics.axes(names))
    filled = [cell for cell in row if cell not in BLANK]
    figures = sum(number(cell, decimal_comma=True) is not None for cell in filled)
    return is_header(names) and known and 2 * figures >= len(filled) > 0
