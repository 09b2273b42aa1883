"""Many plain rows of a CSV file at once."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers import _native
from lrdoctor.readers._cells import BLANK
from lrdoctor.run import Floats

_PIECE = 1 << 17
"""Bytes whose numbers, as objects, still fit a core's cache: of more, reading costs twice."""
_LIST = msgspec.json.Decoder(list[float])
_MARKS = frozenset(",\t;|")
_NUMBER = b"0123456789+-.eE "
_PLAIN = b"0123456789+-.eE \nnaN"
_INNER_BLANK = re.compile(rb"[-+.0-9a-zA-Z] +[-+.0-9a-zA-Z]")
_FIGURE_AMONG_WORDS = re.compile(
    rb"^[ \t\x0b\x0c\x1c-\x1f]*[+-]?(\d+[.,]?\d*|[.,]\d+|nan|inf|infinity)(e[+-]?\d+)?"
    rb"[ \t\x0b\x0c\x1c-\x1f]*%?[ \t\x0b\x0c\x1c-\x1f]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNED_ZERO = re.compile(rb"-0\s*[,\]]")
_BLANK_LINE = re.compile(rb"^[\t ]*$", re.MULTILINE)
_BLANK = frozenset(cell.encode() for cell in BLANK)

Filled = NDArray[np.bool_]


def cells(body: bytes, separator: str, columns: int) -> tuple[Floats, Filled | None] | None:
    """The figures of complete lines; None where only the slow way tells what they mean.

    That is: words, quotes, infinities, blank lines, ragged rows, odd spellings of numbers.

    Returns:
        Figures and whether a cell is filled (None: each one is), both of shape (columns, lines).
        Blank cells are NaN.
    """
    if _native.THERE and separator in _MARKS:
        return _native.figures(body, separator, columns)
    figures = plain(body, separator, columns)
    if figures is not None:
        return figures, None
    found = table(body, separator, columns)
    return None if found is None else (found[0].T, found[1].T)


def plain(body: bytes, separator: str, columns: int) -> Floats | None:
    """The figures of complete lines whose every cell is a number as JSON spells it.

    Returns:
        Shape (columns, lines). None where there is anything else, or a line has another number of
        cells.
    """
    mark = separator.encode()
    if not columns or separator not in _MARKS:
        return None
    skeleton = body.translate(None, _NUMBER)
    lines = len(skeleton) // columns
    if skeleton != (mark * (columns - 1) + b"\n") * lines:
        return None
    figures = np.empty((columns, lines))
    start = done = 0
    while start < len(body):
        end = body.rfind(b"\n", start, start + _PIECE) + 1 or body.index(b"\n", start) + 1
        flat = body[start:end].replace(b"\n", b",")
        if mark != b",":
            flat = flat.replace(mark, b",")
        numbers = _numbers(b"".join((b"[", flat, b"0]")))
        if numbers is None:
            return None
        rows = numbers[:-1].reshape(-1, columns)
        figures[:, done : done + len(rows)] = rows.T
        start, done = end, done + len(rows)
    return figures


def row_reader(separator: str, columns: int) -> Callable[[bytes], list[float | None] | None]:
    """What reads one complete line of so many cells, None for a blank one; None where only the slow
    way tells what they mean, or where these are more lines."""
    if _native.THERE and separator in _MARKS:
        return _native.row_reader(separator, columns)
    return partial(_row, separator, columns)


def _row(separator: str, columns: int, line: bytes) -> list[float | None] | None:
    if line.find(b"\n") != len(line) - 1 or b"\r" in line:
        return None
    if separator != ",":
        if separator not in _MARKS or b"," in line:
            return None
        line = line.replace(separator.encode(), b",")
    numbers = _list(b"[" + line + b"]")
    return [*numbers] if numbers is not None and len(numbers) == columns else None


def table(body: bytes, separator: str, columns: int) -> tuple[Floats, Filled] | None:
    """``cells``, where those that are filled are numbers as JSON spells them.

    JSON's numbers are a part of what ``float`` reads, and read to the same bit.

    Returns:
        Figures and whether a cell is filled, both of shape (lines, columns). Blank cells are NaN.
    """
    mark = separator.encode()
    if separator == " " or body.translate(None, _PLAIN + mark):
        return None
    if b" " in body:
        if _INNER_BLANK.search(body):
            return None
        body = body.replace(b" ", b"")
    borders = _borders(body, mark, columns)
    if borders is None or (mark == b"\t" and _BLANK_LINE.search(body[:-1])):
        return None
    sizes = np.diff(borders, prepend=-1) - 1
    filled = (sizes > 0).reshape(-1, columns)
    if columns == 1 and not filled.all():
        return None
    figures = _figures(body.translate(bytes.maketrans(b"\n" + mark, b",,")), borders - sizes, sizes)
    return None if figures is None else (figures.reshape(-1, columns), filled)


def words(body: bytes, separator: str, columns: int) -> list[tuple[Floats, Filled] | int] | None:
    """Like ``table``, where some columns hold words only.

    Returns:
        For each column its figures and whether a cell is filled, both of shape (lines,), or the
        number of its words. None where only the slow way can tell.
    """
    mark = separator.encode()
    if separator == " " or columns == 1 or b'"' in body or b"#" in body or not body.isascii():
        return None
    if _borders(body, mark, columns) is None or (mark == b"\t" and _BLANK_LINE.search(body[:-1])):
        return None
    cells = body[:-1].replace(b"\n", mark).split(mark)
    found = []
    for place in range(columns):
        column = _column(cells[place::columns])
        if column is None:
            return None
        found.append(column)
    return found


def _column(cells: Sequence[bytes]) -> tuple[Floats, Filled] | int | None:
    """One column; None for figures beside words."""
    lines = b"\n".join(cells) + b"\n"
    if lines.translate(None, _PLAIN):
        if _FIGURE_AMONG_WORDS.search(lines):
            return None
        return sum(cell.strip() not in _BLANK for cell in cells)
    if _INNER_BLANK.search(lines):
        return None
    lines = lines.replace(b" ", b"")
    borders = np.flatnonzero(np.frombuffer(lines, np.uint8) == 10)
    sizes = np.diff(borders, prepend=-1) - 1
    figures = _figures(lines.replace(b"\n", b","), borders - sizes, sizes)
    return None if figures is None else (figures, sizes > 0)


def _borders(body: bytes, mark: bytes, columns: int) -> NDArray[np.int64] | None:
    """Where each cell ends; None where a line has another number of cells."""
    text = np.frombuffer(body, np.uint8)
    ends = text == 10
    borders = np.flatnonzero((text == mark[0]) | ends)
    lines = np.count_nonzero(ends)
    if len(borders) != lines * columns or not np.all(text[borders[columns - 1 :: columns]] == 10):
        return None
    return borders


def _figures(flat: bytes, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Floats | None:
    """The cells' figures, NaN for blank ones; None where they are not numbers as JSON spells them.

    Args:
        flat: the cells, each followed by a comma.
        starts, sizes: shape (cells,), where each stands in it.
    """
    text = np.frombuffer(flat, np.uint8)
    told = sizes > 0
    if b"a" in flat:
        nan = np.flatnonzero(sizes == 3)
        at = starts[nan]
        nan = nan[((text[at] | 32) == 110) & (text[at + 1] == 97) & ((text[at + 2] | 32) == 110)]
        if len(nan) != flat.count(b"a"):
            return None
        told[nan] = False
        keep = np.ones(len(text), bool)
        for place in range(3):
            keep[starts[nan] + place] = False
        text = text[keep]
    if not told.all():
        commas = text == ord(",")
        keep = ~commas
        keep[1:] |= ~commas[:-1]
        text = text[keep]
    numbers = _numbers(b"[" + text.tobytes().strip(b",") + b"]")
    if numbers is None:
        return None
    figures = np.full(len(sizes), np.nan)
    figures[told] = numbers
    return figures


def _numbers(text: bytes) -> Floats | None:
    """Shape (n,): the numbers of a JSON list; None where it holds anything else."""
    numbers = _list(text)
    # Twice as fast as ``np.fromiter``: no look at each number's type.
    return None if numbers is None else np.frombuffer(struct.pack(f"{len(numbers)}d", *numbers))


def _list(text: bytes) -> list[float] | None:
    """The numbers of a JSON list; None where it holds anything else.

    Each is what ``float`` makes of it, to the bit: a whole number loses the sign of its zero, so
    one with a sign is not taken.
    """
    try:
        numbers = _LIST.decode(text)
    except msgspec.DecodeError:
        return None
    return None if b"-0" in text and _SIGNED_ZERO.search(text) else numbers
