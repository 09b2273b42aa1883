"""What is kept of a stored block for looks at a long series as a whole: its cells (``run.cells``),
written beside the block, so that such a look unpacks a fortieth of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lrdoctor.run import CELL, PER_BUCKET, Block, Cells, cells_of, joined_cells, single
from lrdoctor.store import columns, schema

LEAST = 8
"""Cells that a bucket of the answer must hold on average for its borders to be those of cells."""

ADD = schema.insertion("coarse", ("run", "tag", "position", "kept", "cells"))
_BLOCKS = """SELECT block.number, block.first_step, block.last_step, size, kept, cells
    FROM block LEFT JOIN coarse USING (run, tag, position) WHERE run = :of AND tag = :at
    AND (:first IS NULL OR last_step >= :first) AND (:last IS NULL OR first_step <= :last)
    ORDER BY position"""
_INSIDE = """SELECT sum(size) FROM block WHERE run = :of AND tag = :at
    AND (:first IS NULL OR first_step >= :first) AND (:last IS NULL OR last_step <= :last)"""
_DATA = "SELECT data FROM block WHERE number = ?"

_Row = tuple[int, int, int, int, bytes | None, bytes | None]


def row(run: int, tag: int, position: int, piece: Block) -> dict[str, object]:
    """The cells of a stored block as a row beside it."""
    kept, cells = pack(cells_of(piece))
    return {"run": run, "tag": tag, "position": position, "kept": kept, "cells": cells}


def pack(cells: Cells) -> tuple[bytes, bytes]:
    """The points that stay as a block; their places, and of each the mean of its cell and how many
    points there are not finite, as another's steps, values and wall times."""
    own = np.repeat(np.arange(len(cells.starts)), np.diff(cells.starts, append=len(cells.places)))
    told = Block("", cells.places, cells.means[own], cells.non_finite[own].astype(np.float64))
    return columns.encode(cells.kept), columns.encode(told)


def unpack(tag: str, size: int, kept: bytes, cells: bytes) -> Cells:
    """The cells of a block of ``size`` points.

    Raises:
        StoreError: the bytes were damaged.
    """
    told = columns.decode(tag, cells)
    assert told.wall_times is not None
    firsts = np.arange(0, size, CELL, dtype=np.int64)
    starts = np.searchsorted(told.steps, firsts)
    return Cells(columns.decode(tag, kept), told.steps, starts,
                 np.diff(firsts, append=size), told.values[starts],
                 told.wall_times[starts].astype(np.int64))  # fmt: skip


def window(
    connection: sqlite3.Connection, run: int, tag: tuple[int, str],
    bounds: tuple[int | None, int | None], points: int, wanted: Sequence[int],
) -> Cells | None:  # fmt: skip
    """The points of one tag whose steps never fall, with ``first <= step <= last``, in cells.

    Blocks that the window cuts are unpacked, and so are those in which cells would not do: the
    first point at or after a ``wanted`` step stays, every point that is not finite does where there
    are at most ``PER_BUCKET * points`` of them, and no cell of several points covers more steps
    than an eighth of a bucket.

    Args:
        tag: its number and its name.
        bounds: the first and the last step.
        points: ``PER_BUCKET`` for each bucket that the window will be cut into.

    Returns:
        None where the blocks that lie wholly in the window hold too few points for their cells to
        be small beside the buckets.
    """
    first, last = bounds
    asked = {"of": run, "at": tag[0], "first": first, "last": last}
    buckets = max(1, points // PER_BUCKET)
    (inside,) = connection.execute(_INSIDE, asked).fetchone()
    if (inside or 0) < LEAST * CELL * buckets:
        return None
    rows = connection.execute(_BLOCKS, asked).fetchall()
    parts = [_cells(connection, row, tag[1], bounds) for row in rows]
    told = [(row, part) for row, part in zip(rows, parts, strict=True) if len(part.kept)]
    begin, end = int(told[0][1].kept.steps[0]), int(told[-1][1].kept.steps[-1])
    width = (end - begin) // (LEAST * buckets)
    few = sum(int(part.non_finite.sum()) for part in parts) <= PER_BUCKET * points
    holding = set(_holding(rows, wanted))
    for at, (row, part) in enumerate(told):
        if row[0] in holding or part.widest > width or (few and not part.every_odd):
            told[at] = row, single(_block(connection, row, tag[1]).window(first, last))
    return joined_cells([part for _, part in told])


def _cells(
    connection: sqlite3.Connection, row: _Row, tag: str, bounds: tuple[int | None, int | None]
) -> Cells:
    _, lowest, highest, size, kept, cells = row
    first, last = bounds
    whole = (first is None or first <= lowest) and (last is None or highest <= last)
    if whole and kept is not None and cells is not None:
        return unpack(tag, size, kept, cells)
    block = _block(connection, row, tag).window(first, last)
    return cells_of(block) if len(block) > CELL else single(block)


def _block(connection: sqlite3.Connection, row: _Row, tag: str) -> Block:
    return columns.decode(tag, connection.execute(_DATA, row[:1]).fetchone()[0])


def _holding(rows: Sequence[_Row], wanted: Iterable[int]) -> Iterator[int]:
    """Numbers of the blocks that hold the first point at or after each wanted step."""
    highest = [row[2] for row in rows]
    for step in wanted:
        at = int(np.searchsorted(highest, step))
        if at < len(rows):
            yield rows[at][0]
