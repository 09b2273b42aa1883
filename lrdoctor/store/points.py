"""The points of the store: appended as blocks, merged when many small ones pile up, read back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor.run import Block, Cells, Series, joined
from lrdoctor.store import coarse, columns, schema

PIECE = 65_536
"""Points in one stored block at most: what a look at a window has to unpack."""

SMALL = 4_096
"""Points below which a stored block is merged with its neighbours."""

PILE = 64
"""So many small blocks at a tag's end become one."""

_ADD_BLOCKS = schema.insertion(
    "block", ("run", "tag", "position", "first_step", "last_step", "end_step", "size", "data")
)
_ADD_TAGS = schema.insertion("tag", ("run", "number", "name", "falls"))
_TAGS = "SELECT number, name, falls FROM tag WHERE run = :of ORDER BY number"
_BLOCKS = "SELECT tag, data FROM block WHERE run = :of ORDER BY position"
_PLACES = "SELECT tag, position, size, end_step FROM block WHERE run = :of ORDER BY tag, position"
_FALL = "UPDATE tag SET falls = :falls WHERE run = :of AND number = :at"
_LARGE = "SELECT max(position) FROM block WHERE run = :of AND tag = :at AND size >= :least"
_BEHIND = "FROM block WHERE run = :of AND tag = :at AND position > :after"
_PILED = f"SELECT position, data {_BEHIND} ORDER BY position"
_DROP_PILED = f"DELETE {_BEHIND}"
_DROP_BLOCKS = "DELETE FROM block WHERE run = :of"
_DROP_CELLS = "DELETE FROM coarse WHERE run = :of"
_DROP_TAGS = "DELETE FROM tag WHERE run = :of"
_TAG = "SELECT number, falls FROM tag WHERE run = :of AND name = :tag"
_WINDOW = """SELECT data FROM block WHERE run = :of AND tag = :at
    AND (:first IS NULL OR last_step >= :first) AND (:last IS NULL OR first_step <= :last)
    ORDER BY position"""


@dataclass(slots=True)
class _End:
    """Where a tag's points end, so that appending needs no query."""

    number: int
    falls: bool = False
    position: int = 0
    small: int = 0
    step: int | None = None


class _Rows:
    """Pieces of a run on their way into the store, and the cells of those that are not small."""

    def __init__(self, run: int) -> None:
        self._run = run
        self._blocks: list[dict[str, object]] = []
        self._cells: list[dict[str, object]] = []

    def add(self, end: _End, piece: Block) -> None:
        if len(piece) >= SMALL and not end.falls:
            self._cells.append(coarse.row(self._run, end.number, end.position, piece))
        self._blocks.append(_row(self._run, end, piece))

    def add_all(self, end: _End, block: Block) -> _Rows:
        for piece in _pieces(block):
            self.add(end, piece)
        return self

    def insert(self, connection: sqlite3.Connection) -> None:
        connection.executemany(_ADD_BLOCKS, self._blocks)
        connection.executemany(coarse.ADD, self._cells)


class PointWriter:
    """Appends points. Remembers where each tag ends; ``forget`` after a failed transaction."""

    def __init__(self) -> None:
        self._ends: dict[int, dict[str, _End]] = {}

    def forget(self) -> None:
        """What is remembered may not be what the database holds: ask again."""
        self._ends.clear()

    def begin(self, run: int) -> None:
        """The run is new: it has no points."""
        self._ends[run] = {}

    def clear(self, connection: sqlite3.Connection, run: int) -> None:
        """Every point of the run goes."""
        for table in (_DROP_BLOCKS, _DROP_CELLS, _DROP_TAGS):
            connection.execute(table, {"of": run})
        self._ends[run] = {}

    def append(self, connection: sqlite3.Connection, run: int, blocks: Sequence[Block]) -> None:
        """Add points at the end of their tags, in the order given."""
        if not blocks:
            return  # where its tags end need not be known: thousands fall quiet without a point
        ends = self._of(connection, run)
        tags: list[dict[str, object]] = []
        rows = _Rows(run)
        piled: dict[int, _End] = {}
        fallen: list[dict[str, object]] = []
        for block in blocks:
            end = ends.get(block.tag)
            if end is None:
                end = ends[block.tag] = _End(len(ends))
                tags.append({"run": run, "number": end.number, "name": block.tag, "falls": False})
            if not end.falls and _falls(block, end.step):
                end.falls = True
                fallen.append({"of": run, "at": end.number, "falls": True})
            for piece in _pieces(block):
                rows.add(end, piece)
                if end.small >= PILE:
                    piled[end.number] = end
        connection.executemany(_ADD_TAGS, tags)
        connection.executemany(_FALL, fallen)
        rows.insert(connection)
        for end in piled.values():
            self._merge(connection, run, end)

    def _of(self, connection: sqlite3.Connection, run: int) -> dict[str, _End]:
        if run not in self._ends:
            self._ends[run] = _ends(connection, run)
        return self._ends[run]

    def _merge(self, connection: sqlite3.Connection, run: int, end: _End) -> None:
        """The small blocks at the tag's end become one (or, past ``PIECE`` points, a few)."""
        tag: dict[str, object] = {"of": run, "at": end.number}
        (large,) = connection.execute(_LARGE, {**tag, "least": SMALL}).fetchone()
        piled = {**tag, "after": -1 if large is None else large}
        found = connection.execute(_PILED, piled).fetchall()
        merged = _joined([columns.decode("", data) for _, data in found])
        connection.execute(_DROP_PILED, piled)
        end.position, end.small = found[0][0], 0
        _Rows(run).add_all(end, merged).insert(connection)


def replace_with(connection: sqlite3.Connection, run: int, tag: int, block: Block) -> None:
    """The tag's points, which these are, in as few blocks as can be."""
    for table in ("block", "coarse"):
        connection.execute(f"DELETE FROM {table} WHERE run = ? AND tag = ?", (run, tag))
    _Rows(run).add_all(_End(tag), block).insert(connection)


def tags_of(connection: sqlite3.Connection, run: int) -> list[Block]:
    """All points of a run as they were appended, one block a tag, in the order of the tags."""
    data: dict[int, list[bytes]] = {}
    for tag, held in connection.execute(_BLOCKS, {"of": run}):
        data.setdefault(tag, []).append(held)
    return [
        _joined([columns.decode(name, piece) for piece in data[number]])
        for number, name, _ in connection.execute(_TAGS, {"of": run})
        if number in data
    ]


def window(
    connection: sqlite3.Connection, run: int, tag: str, first: int | None, last: int | None
) -> Block | None:
    """The standing points of one tag with ``first <= step <= last``; None for an unknown tag."""
    found = connection.execute(_TAG, {"of": run, "tag": tag}).fetchone()
    if found is None:
        return None
    number, falls = found
    cut = {"first": None, "last": None} if falls else {"first": first, "last": last}
    pieces = connection.execute(_WINDOW, {"of": run, "at": number, **cut})
    whole = _joined([columns.decode(tag, data) for (data,) in pieces], tag)
    if falls:
        whole = _standing(whole)
    return whole.window(first, last)


def cells(
    connection: sqlite3.Connection, run: int, tag: str, first: int | None, last: int | None,
    points: int, wanted: Sequence[int],
) -> Cells | None:  # fmt: skip
    """The same points in cells; see ``coarse.window``. None, too, for an unknown tag and for one
    whose steps fall: which of its points stand is known from all of them only."""
    found = connection.execute(_TAG, {"of": run, "tag": tag}).fetchone()
    if found is None or found[1]:
        return None
    return coarse.window(connection, run, (found[0], tag), (first, last), points, wanted)


def _ends(connection: sqlite3.Connection, run: int) -> dict[str, _End]:
    """Where each tag of the run ends."""
    ends: dict[int, _End] = {}
    named: dict[str, _End] = {}
    for number, name, falls in connection.execute(_TAGS, {"of": run}):
        ends[number] = named[name] = _End(number, bool(falls))
    for tag, position, size, step in connection.execute(_PLACES, {"of": run}):
        end = ends[tag]
        end.position, end.step = position + 1, step
        end.small = end.small + 1 if size < SMALL else 0
    return named


def _row(run: int, end: _End, piece: Block) -> dict[str, object]:
    """The piece as a row, counted in at its tag's end."""
    first, highest, last = _span(piece)
    row: dict[str, object] = {
        "run": run,
        "tag": end.number,
        "position": end.position,
        "first_step": first,
        "last_step": highest,
        "end_step": last,
        "size": len(piece),
        "data": columns.encode(piece),
    }
    end.position += 1
    end.step = last
    end.small = end.small + 1 if len(piece) < SMALL else 0
    return row


def _span(block: Block) -> tuple[int, int, int]:
    """The lowest step, the highest and the last."""
    point = block.point
    if point is not None:
        return point[0], point[0], point[0]
    steps = block.steps
    return int(steps.min()), int(steps.max()), int(steps[-1])


def _pieces(block: Block) -> Iterable[Block]:
    return (block,) if 0 < len(block) <= PIECE else _cut_up(block)


def _cut_up(block: Block) -> Iterator[Block]:
    for start in range(0, len(block), PIECE):
        yield block.take(slice(start, start + PIECE))


def _falls(block: Block, former: int | None) -> bool:
    point = block.point
    if point is not None:
        return former is not None and point[0] < former
    steps = block.steps
    if not len(steps):
        return False
    back = former is not None and int(steps[0]) < former
    return back or (len(steps) > 1 and bool((steps[1:] < steps[:-1]).any()))


def _joined(blocks: Sequence[Block], tag: str = "") -> Block:
    if not blocks:
        return Block(tag, np.empty(0, np.int64), np.empty(0, np.float64))
    return joined(blocks)


def _standing(block: Block) -> Block:
    """Without the points that a resume overtook."""
    series = Series(block.tag)
    series.append(block)
    return Block(block.tag, series.steps, series.values, series.wall_times)
