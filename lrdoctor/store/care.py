"""What a store holds, whether it is sound, and how it is kept small."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from lrdoctor.errors import StoreError
from lrdoctor.run import joined
from lrdoctor.store import coarse, columns, points


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


def contents(connection: sqlite3.Connection) -> Contents:
    """Count everything. Costs a walk over the blocks' rows, not their bytes."""
    told = dict(connection.execute("SELECT name, value FROM meta"))
    counts = dict(connection.execute("SELECT gone, count(*) FROM run GROUP BY gone"))
    figures = "SELECT count(*), sum(size), sum(length(data)) FROM block"
    blocks, size, packed = connection.execute(figures).fetchone()
    return Contents(
        schema=told["schema"],
        version=told["version"],
        runs=counts.get(False, 0),
        gone=counts.get(True, 0),
        files=_count(connection, "file"),
        tags=_count(connection, "tag"),
        blocks=blocks,
        points=size or 0,
        packed=packed or 0,
    )


def editions(connection: sqlite3.Connection) -> dict[str, int]:
    """How many runs whose logs are there were diagnosed by each lrdoctor."""
    query = "SELECT edition, count(*) FROM run WHERE NOT gone GROUP BY edition"
    return dict(connection.execute(query))


def damages(connection: sqlite3.Connection) -> Iterator[str]:
    """What is wrong, one line each: pages, every block's checksum, every diagnosis."""
    for (said,) in connection.execute("PRAGMA integrity_check(20)"):
        if said != "ok":
            yield f"the file: {said}"
    names = dict(connection.execute("SELECT number, name FROM run"))
    told = connection.execute("SELECT run, number, name FROM tag")
    tags = {(run, number): name for run, number, name in told}
    for run, number, size, data in connection.execute("SELECT run, tag, size, data FROM block"):
        name, tag = names.get(run, "a run that is not there"), tags.get((run, number), "?")
        try:
            found = len(columns.decode(tag, data))
        except StoreError:
            yield f"{name}: a block of {tag} is damaged"
        else:
            if found != size:
                yield f"{name}: a block of {tag} holds {found} points, not {size}"
    for run, tag, *held in connection.execute(
        "SELECT run, tag, size, kept, cells FROM block JOIN coarse USING (run, tag, position)"
    ):
        try:
            coarse.unpack("", *held)
        except StoreError:
            yield f"{names.get(run, '?')}: the cells of {tags.get((run, tag), '?')} are damaged"
    for name, line in connection.execute("SELECT name, line FROM run"):
        try:
            orjson.loads(line)
        except orjson.JSONDecodeError:
            yield f"{name}: its diagnosis is damaged"


def merge(connection: sqlite3.Connection) -> None:
    """Few large blocks for each tag in place of many small ones."""
    tags = """SELECT block.run, tag, name FROM block
        JOIN tag ON tag.run = block.run AND tag.number = block.tag
        GROUP BY block.run, tag HAVING count(*) > 1"""
    for run, tag, name in connection.execute(tags).fetchall():
        held = connection.execute(
            "SELECT data FROM block WHERE run = ? AND tag = ? ORDER BY position", (run, tag)
        )
        whole = joined([columns.decode(name, data) for (data,) in held])
        points.replace_with(connection, run, tag, whole)


def forget_gone(connection: sqlite3.Connection, before: float) -> int:
    """Runs whose logs had gone before this time go with their points. Returns how many."""
    old = connection.execute("SELECT number FROM run WHERE gone AND observed_at < ?", (before,))
    numbers = old.fetchall()
    for table, own in (("block", "run"), ("coarse", "run"), ("tag", "run"), ("run", "number")):
        connection.executemany(f"DELETE FROM {table} WHERE {own} = ?", numbers)
    if numbers:
        for table, own in (("file", "log"), ("log", "number")):
            connection.execute(f"DELETE FROM {table} WHERE {own} NOT IN (SELECT log FROM run)")
    return len(numbers)


def forget_offsets(connection: sqlite3.Connection) -> None:
    """Whoever follows the logs next reads them from their beginning. The runs keep their ids."""
    connection.execute("DELETE FROM file")


def _count(connection: sqlite3.Connection, table: str) -> int:
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found)
