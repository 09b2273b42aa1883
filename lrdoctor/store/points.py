"""The points of the store: appended as blocks, merged when many small ones pile up, read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection as Lent
from sqlalchemy import bindparam, delete, func, insert, select, update

from lrdoctor.run import Block, Series, joined
from lrdoctor.store import columns, schema
from lrdoctor.store.statement import Connection, Statement

PIECE = 65_536
"""Points in one stored block at most: what a look at a window has to unpack."""

SMALL = 4_096
"""Points below which a stored block is merged with its neighbours."""

PILE = 64
"""So many small blocks at a tag's end become one."""

_ADD_BLOCKS = Statement(
    insert(schema.block), [c.name for c in schema.block.c if c.name != "number"]
)
_ADD_TAGS = Statement(insert(schema.tag))
_TAGS = Statement(
    select(schema.tag.c.number, schema.tag.c.name, schema.tag.c.falls)
    .where(schema.tag.c.run == bindparam("of"))
    .order_by(schema.tag.c.number)
)
_BLOCKS = Statement(
    select(schema.block.c.tag, schema.block.c.data)
    .where(schema.block.c.run == bindparam("of"))
    .order_by(schema.block.c.position)
)
_PLACES = Statement(
    select(*(schema.block.c[name] for name in ("tag", "position", "size", "end_step")))
    .where(schema.block.c.run == bindparam("of"))
    .order_by(schema.block.c.tag, schema.block.c.position)
)
_FALL = Statement(
    update(schema.tag).where(
        schema.tag.c.run == bindparam("of"), schema.tag.c.number == bindparam("at")
    ),
    ["falls"],
)


_OF_TAG = (schema.block.c.run == bindparam("of")) & (schema.block.c.tag == bindparam("at"))
_BEHIND = _OF_TAG & (schema.block.c.position > bindparam("after"))
_LARGE = Statement(
    select(func.max(schema.block.c.position)).where(
        _OF_TAG, schema.block.c.size >= bindparam("least")
    )
)
_PILED = Statement(
    select(schema.block.c.position, schema.block.c.data)
    .where(_BEHIND)
    .order_by(schema.block.c.position)
)
_DROP_PILED = Statement(delete(schema.block).where(_BEHIND))
_DROP_BLOCKS = Statement(delete(schema.block).where(schema.block.c.run == bindparam("of")))
_DROP_TAGS = Statement(delete(schema.tag).where(schema.tag.c.run == bindparam("of")))


@dataclass(slots=True)
class _End:
    """Where a tag's points end, so that appending needs no query."""

    number: int
    falls: bool = False
    position: int = 0
    small: int = 0
    step: int | None = None


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

    def clear(self, connection: Connection, run: int) -> None:
        """Every point of the run goes."""
        for table in (_DROP_BLOCKS, _DROP_TAGS):
            table.run(connection, {"of": run})
        self._ends[run] = {}

    def append(self, connection: Connection, run: int, blocks: Sequence[Block]) -> None:
        """Add points at the end of their tags, in the order given."""
        if not blocks:
            return  # where its tags end need not be known: thousands fall quiet without a point
        ends = self._of(connection, run)
        tags: list[dict[str, object]] = []
        rows: list[dict[str, object]] = []
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
                rows.append(_row(run, end, piece))
                if end.small >= PILE:
                    piled[end.number] = end
        _ADD_TAGS.run_each(connection, tags)
        _FALL.run_each(connection, fallen)
        _ADD_BLOCKS.run_each(connection, rows)
        for end in piled.values():
            self._merge(connection, run, end)

    def _of(self, connection: Connection, run: int) -> dict[str, _End]:
        if run not in self._ends:
            self._ends[run] = _ends(connection, run)
        return self._ends[run]

    def _merge(self, connection: Connection, run: int, end: _End) -> None:
        """The small blocks at the tag's end become one (or, past ``PIECE`` points, a few)."""
        tag: dict[str, object] = {"of": run, "at": end.number}
        (large,) = _LARGE.run(connection, {**tag, "least": SMALL}).fetchone()
        piled = {**tag, "after": -1 if large is None else large}
        found = _PILED.run(connection, piled).fetchall()
        merged = _joined([columns.decode("", data) for _, data in found])
        _DROP_PILED.run(connection, piled)
        end.position, end.small = found[0][0], 0
        _ADD_BLOCKS.run_each(connection, [_row(run, end, piece) for piece in _pieces(merged)])


def rows_of(run: int, tag: int, block: Block) -> list[dict[str, object]]:
    """All points of a tag as rows of the block table."""
    end = _End(tag)
    return [_row(run, end, piece) for piece in _pieces(block)]


def tags_of(connection: Connection, run: int) -> list[Block]:
    """All points of a run as they were appended, one block a tag, in the order of the tags."""
    data: dict[int, list[bytes]] = {}
    for tag, held in _BLOCKS.run(connection, {"of": run}):
        data.setdefault(tag, []).append(held)
    return [
        _joined([columns.decode(name, piece) for piece in data[number]])
        for number, name, _ in _TAGS.run(connection, {"of": run})
        if number in data
    ]


def window(
    connection: Lent, run: int, tag: str, first: int | None, last: int | None
) -> Block | None:
    """The standing points of one tag with ``first <= step <= last``; None for an unknown tag."""
    found = connection.execute(
        select(schema.tag).where(schema.tag.c.run == run, schema.tag.c.name == tag)
    ).first()
    if found is None:
        return None
    table = schema.block
    query = select(table.c.data).where(table.c.run == run, table.c.tag == found.number)
    if not found.falls:
        if first is not None:
            query = query.where(table.c.last_step >= first)
        if last is not None:
            query = query.where(table.c.first_step <= last)
    pieces = connection.execute(query.order_by(table.c.position)).scalars()
    whole = _joined([columns.decode(tag, piece) for piece in pieces], tag)
    if found.falls:
        whole = _standing(whole)
    return whole.window(first, last)


def _ends(connection: Connection, run: int) -> dict[str, _End]:
    """Where each tag of the run ends."""
    ends: dict[int, _End] = {}
    named: dict[str, _End] = {}
    for number, name, falls in _TAGS.run(connection, {"of": run}):
        ends[number] = named[name] = _End(number, bool(falls))
    for tag, position, size, step in _PLACES.run(connection, {"of": run}):
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
