"""The compiled reader, where it was built: the same figures as without it, in less time.

Its source is in ``native/``; ``hatch_build.py`` compiles it. Where there is none, or with
``LRDOCTOR_PURE=1`` in the environment, the readers do without: NumPy reads many records at once,
Python one by one. What the compiled reader is not sure of it leaves to those, so that they alone
decide what is wrong with a log.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrdoctor import compiled
from lrdoctor.readers import _frame
from lrdoctor.readers._event import Scalar, plugin_of
from lrdoctor.readers._layout import Figures
from lrdoctor.readers._parts import Parts
from lrdoctor.run import Floats

try:
    from lrdoctor.readers import _compiled
except ImportError:
    THERE = False
else:
    THERE = compiled.usable(_compiled)
"""Whether the compiled reader is to be used."""


_POINT = 28
"""Bytes: step, wall time and value, and where the value stands."""


class Gathered:
    """The scalars of an event file's records, piece by piece, until they are given out."""

    def __init__(self) -> None:
        self._points = _compiled.gathered()
        self.held = 0
        """Bytes that they take."""

    def read(self, data: bytes | memoryview, at: int, base: int) -> tuple[int, list[int]]:
        """Read the records from there on; returns where they end and which are left.

        Args:
            base: what the places in ``data`` count from, below 4 GiB.
        """
        found = _compiled.events(self._points, data, at, _frame.LARGEST, base)
        end, left, self.held = found
        return end, left

    def give_out(self, points: Parts) -> None:
        kinds, told = _compiled.told(self._points)
        self.held = 0
        count, start = len(told) // _POINT, 0
        steps, floats = np.frombuffer(told, "<i8", 3 * count), np.frombuffer(told, "<f8", 3 * count)
        places = np.frombuffer(told, "<u4", count, 24 * count)
        for tag, metadata, simple, own in kinds:
            plugin = plugin_of(metadata) if metadata else None
            scalar = Scalar(tag.decode(errors="replace"), 0.0, None, "", plugin, bool(simple))
            first, second, third = 3 * start, 3 * start + own, 3 * start + 2 * own
            values = floats[third : third + own]
            found = Figures(steps[first:second], floats[second:third], ((scalar, values),))
            points.add(places[start : start + own], found)
            start += own


class Events:
    """Follows the records of some bytes as ``_scan.Bulk`` does; what it reads, it gathers."""

    def __init__(self, gathered: Gathered, data: bytes | memoryview, base: int) -> None:
        self._gathered, self._data, self._base = gathered, data, base
        self.left: list[int] = []
        """Where the records begin that are to be read one by one."""

    def follow(self, at: int) -> int:
        """Read the records from there on; returns where they end."""
        end, left = self._gathered.read(self._data, at, self._base)
        self.left += left
        return end

    def close(self) -> None:
        """As there; nothing was put off."""


def figures(
    body: bytes, separator: str, columns: int
) -> tuple[Floats, NDArray[np.bool_] | None] | None:
    """The figures of complete lines; None where any cell is neither blank nor a number.

    Returns:
        Figures and whether a cell is filled (None: each one is), both of shape (columns, lines).
        Blank cells are NaN.
    """
    found = _compiled.figures(body, ord(separator), columns)
    if found is None:
        return None
    lines, values, filled = found
    shape = columns, lines
    return np.frombuffer(values).reshape(shape), (
        None if filled is None else np.frombuffer(filled, np.bool_).reshape(shape)
    )


def objects(
    body: bytes, at: int, shapes: list[list[bytes]]
) -> tuple[int, NDArray[np.uint8], list[Floats]]:
    """The numbers of complete lines from ``at`` on, each of which has one of some shapes: pieces
    with a number between each two.

    Returns:
        Where the first line begins that has none of them; which one each line before it has; and
        for each of them figures of shape (numbers of a line, lines).
    """
    end, kinds, values = _compiled.objects(body, at, shapes)
    tables = [
        np.frombuffer(part).reshape(len(shape) - 1, -1)
        for part, shape in zip(values, shapes, strict=True)
    ]
    return end, np.frombuffer(kinds, np.uint8), tables


def row_reader(separator: str, columns: int) -> Callable[[bytes], list[float | None] | None]:
    """What reads one complete line of so many cells, None for a blank one; None where any is
    neither blank nor a number, or all are blank."""
    return partial(_compiled.row, ord(separator), columns)
