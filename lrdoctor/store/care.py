"""What a store holds, whether it is sound, and how it is kept small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Table, delete, exists, func, insert, select, text

from lrdoctor.errors import StoreError
from lrdoctor.run import joined
from lrdoctor.store import columns, points, schema


@dataclass(frozen=True, slots=True)
class Contents:
    """Figures of a store."""

    schema: int
    """The form of its tables."""
    version: int
    """Committed changes so far."""
    runs: int
    """Runs whose logs are there."""
    gone: int
    """Runs whose logs are no longer on disk."""
    files: int
    tags: int
    blocks: int
    points: int
    packed: int
    """Bytes of the points, compressed."""


def contents(connection: Connection) -> Contents:
    """Count everything. Costs a walk over the blocks' rows, not their bytes."""
    run, block = schema.run, schema.block
    meta = select(schema.meta.c.name, schema.meta.c.value)
    told: dict[str, int] = {row[0]: row[1] for row in connection.execute(meta)}
    counted = select(run.c.gone, func.count()).group_by(run.c.gone)
    counts: dict[bool, int] = {row[0]: row[1] for row in connection.execute(counted)}
    figures = (func.count(), func.sum(block.c.size), func.sum(func.length(block.c.data)))
    blocks, size, packed = connection.execute(select(*figures)).one()
    return Contents(
        schema=told["schema"],
        version=told["version"],
        runs=counts.get(False, 0),
        gone=counts.get(True, 0),
        files=_count(connection, schema.file),
        tags=_count(connection, schema.tag),
        blocks=blocks,
        points=size or 0,
        packed=packed or 0,
    )


def editions(connection: Connection) -> dict[str, int]:
    """How many runs whose logs are there were diagnosed by each lrdoctor."""
    by = schema.run.c.edition
    counted = select(by, func.count()).where(~schema.run.c.gone).group_by(by)
    return {row[0]: row[1] for row in connection.execute(counted)}


def damages(connection: Connection) -> Iterator[str]:
    """What is wrong, one line each: pages, every block's checksum, every diagnosis."""
    for (said,) in connection.execute(text("PRAGMA integrity_check(20)")):
        if said != "ok":
            yield f"the file: {said}"
    named = select(schema.run.c.number, schema.run.c.name)
    names: dict[int, str] = {row[0]: row[1] for row in connection.execute(named)}
    tags = {(row.run, row.number): row.name for row in connection.execute(select(schema.tag)).all()}
    table = schema.block
    for row in connection.execute(select(table.c.run, table.c.tag, table.c.size, table.c.data)):
        name, tag = names.get(row.run, "a run that is not there"), tags.get((row.run, row.tag), "?")
        try:
            found = len(columns.decode(tag, row.data))
        except StoreError:
            yield f"{name}: a block of {tag} is damaged"
        else:
            if found != row.size:
                yield f"{name}: a block of {tag} holds {found} points, not {row.size}"
    for name, line in connection.execute(select(schema.run.c.name, schema.run.c.line)):
        try:
            orjson.loads(line)
        except orjson.JSONDecodeError:
            yield f"{name}: its diagnosis is damaged"


def merge(connection: Connection) -> None:
    """Few large blocks for each tag in place of many small ones."""
    table = schema.block
    tags = select(table.c.run, table.c.tag).group_by(table.c.run, table.c.tag)
    for run, tag in connection.execute(tags.having(func.count() > 1)).all():
        these = (table.c.run == run) & (table.c.tag == tag)
        held = connection.execute(select(table.c.data).where(these).order_by(table.c.position))
        whole = joined([columns.decode("", data) for data in held.scalars()])
        connection.execute(delete(table).where(these))
        connection.execute(insert(table), points.rows_of(run, tag, whole))


def forget_gone(connection: Connection, before: float) -> int:
    """Runs whose logs had gone before this time go with their points. Returns how many."""
    run, file, log = schema.run, schema.file, schema.log
    old = run.c.gone & (run.c.observed_at < before)
    numbers = connection.execute(select(run.c.number).where(old)).scalars().all()
    for number in numbers:
        for table in (schema.block, schema.tag):
            connection.execute(delete(table).where(table.c.run == number))
        connection.execute(delete(run).where(run.c.number == number))
    if numbers:
        left = exists().where(run.c.log == log.c.number)
        connection.execute(delete(file).where(~exists().where(run.c.log == file.c.log)))
        connection.execute(delete(log).where(~left))
    return len(numbers)


def forget_offsets(connection: Connection) -> None:
    """Whoever follows the logs next reads them from their beginning. The runs keep their ids."""
    connection.execute(delete(schema.file))


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
