"""Many plain rows of a CSV file at once."""

from __future__ import annotations

import re

import numpy as np
import orjson
from numpy.typing import NDArray

from lrdoctor.run import Floats

_PLAIN = b"0123456789+-.eE \nnaN"
_INNER_BLANK = re.compile(rb"[0-9a-zA-Z.] +[-+.0-9a-zA-Z]")
_NAN = re.compile(rb"[nN]a[nN]")
_PART_NAN = re.compile(rb"[^,][nN]a[nN]|[nN]a[nN][^,]")


def table(body: bytes, separator: str, columns: int) -> tuple[Floats, NDArray[np.bool_]] | None:
    """The figures of complete lines; None where only the slow way tells what they mean.

    That is: words, quotes, infinities, blank lines, ragged rows, or numbers that JSON spells
    otherwise. JSON's numbers are a part of what ``float`` reads, and read to the same bit.

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
    filled = _filled(body, mark, columns)
    if filled is None:
        return None
    flat = body.translate(bytes.maketrans(b"\n" + mark, b",,"))
    figures = filled
    if b"a" in flat:
        if _PART_NAN.search(b"," + flat):
            return None
        figures = filled & ~_nan_cells(body, mark, columns)
        flat = _NAN.sub(b"", flat)
    if not figures.all():
        flat = _without_blanks(flat)
    try:
        numbers = orjson.loads(b"[" + flat.strip(b",") + b"]")
    except orjson.JSONDecodeError:
        return None
    whole = np.full(filled.shape, np.nan)
    whole[figures] = np.fromiter(numbers, np.float64, len(numbers))
    return whole, filled


def _borders(body: bytes, mark: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    text = np.frombuffer(body, np.uint8)
    return text, np.flatnonzero((text == mark[0]) | (text == 10))


def _filled(body: bytes, mark: bytes, columns: int) -> NDArray[np.bool_] | None:
    """Whether each cell holds anything; None where a line has another number of cells."""
    text, borders = _borders(body, mark)
    lines = body.count(b"\n")
    if len(borders) != lines * columns or not np.all(text[borders[columns - 1 :: columns]] == 10):
        return None
    filled = (np.diff(borders, prepend=-1) > 1).reshape(lines, columns)
    return None if columns == 1 and not filled.all() else filled


def _without_blanks(flat: bytes) -> bytes:
    """Every run of commas as one comma."""
    commas = np.frombuffer(flat, np.uint8) == ord(",")
    keep = np.ones(len(flat), bool)
    keep[1:] = ~(commas[1:] & commas[:-1])
    return np.frombuffer(flat, np.uint8)[keep].tobytes()


def _nan_cells(body: bytes, mark: bytes, columns: int) -> NDArray[np.bool_]:
    text, borders = _borders(body, mark)
    last = text[borders - 1]
    return np.asarray((last == ord("n")) | (last == ord("N"))).reshape(-1, columns)
