"""What the readers of databases share: the bytes of a whole SQLite file, opened in memory.

A database comes from strangers like any log: only plain reading is allowed in it, its own views may
call no function and do not recurse, and what it may take is bounded by its size.
"""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Self

import msgspec
import numpy as np

from lrdoctor.readers import Reader
from lrdoctor.readers._points import Points
from lrdoctor.readers._tags import LONGEST_TAG, Tags
from lrdoctor.run import Block, Settings

MAGIC = b"SQLite format 3\0"
MOST_RUNS = 10_000
_HEADER = 100
_BEAT = 1_000_000
"""Instructions of SQLite's between two looks at the time it takes: some 10 ms."""
_LONGEST_CELL = 16 << 20
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)

Cell = int | float | str | bytes | None


class Facts(msgspec.Struct):
    """What a database tells of one run in it, beside its points."""

    settings: Settings = Settings()
    ended: bool = False
    x_axis: str = "step"


class _State(msgspec.Struct):
    data: bytes
    read: bool
    facts: dict[str, Facts]
    told: int


class Tables:
    """The tables of one database in memory."""

    def __init__(self, data: bytes) -> None:
        """
        Raises:
            sqlite3.Error: it is none, or broken.
        """
        self._rows_left = len(data) // 2 + 100
        self._beats_left = 10 + len(data) // 10_000
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            self._connection.deserialize(data)
        except OverflowError:
            raise sqlite3.DatabaseError("larger than SQLite takes") from None
        self._connection.text_factory = lambda text: text.decode(errors="replace")
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.execute("PRAGMA cell_size_check = ON")
        self._connection.set_progress_handler(self._spend, _BEAT)
        self._connection.set_authorizer(_judge)

    def close(self) -> None:
        self._connection.close()

    def rows(self, table: str, *columns: str) -> Iterator[tuple[Cell, ...]]:
        """These columns of every row, in the order in which they were written.

        A column that this release of the database's owner does not have is None.

        Raises:
            sqlite3.Error: the table is not there, or broken.
        """
        try:
            empty = self._connection.execute(f'SELECT * FROM "{table}" LIMIT 0')
        except UnicodeDecodeError:  # of a column's name or of SQLite's own complaint about it
            raise sqlite3.DatabaseError(f"the columns of {table} have broken names") from None
        there = {column[0] for column in empty.description}
        wanted = ", ".join(f'"{name}"' if name in there else "NULL" for name in columns)
        for row in self._connection.execute(f'SELECT {wanted} FROM "{table}" ORDER BY rowid'):
            self._rows_left -= 1
            if self._rows_left < 0:
                raise sqlite3.DatabaseError("more rows than it can hold")
            yield row

    def _spend(self) -> bool:
        self._beats_left -= 1
        return self._beats_left < 0


class Database(Reader):
    """A reader of databases: it is handed the tables once the last byte is there."""

    rewritten = True

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._data = bytearray()
        self._read = False
        self._facts: dict[str, Facts] = {}
        self._tags = Tags(self)

    @abstractmethod
    def _runs(self, tables: Tables) -> Iterator[Block]:
        """The points, run by run; what else is told of a run goes to ``_facts``.

        Raises:
            sqlite3.Error: the database is broken.
        """

    def feed(self, data: bytes) -> Iterator[Block]:
        if not self._read and data:
            self._data += data
            size = _size(self._data)
            if size is not None and len(self._data) >= size:
                yield from self._open(size)

    def finish(self) -> Iterator[Block]:
        if not self._read and self._data:
            yield from self._open(len(self._data))

    def x_axis_of(self, run: str) -> str:
        return self._facts[run].x_axis if run in self._facts else self.x_axis

    def settings_of(self, run: str) -> Settings:
        return self._facts[run].settings if run in self._facts else self.settings

    def ended(self, run: str) -> bool:
        return run in self._facts and self._facts[run].ended

    def state(self) -> bytes:
        held = _State(bytes(self._data), self._read, self._facts, self.told)
        return msgspec.msgpack.encode(held)

    @classmethod
    def restore(cls, state: bytes) -> Self:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._data, reader._read = bytearray(held.data), held.read
        reader._facts, reader.told = held.facts, held.told
        return reader

    def _open(self, size: int) -> list[Block]:
        """All or nothing: half of the points would look like a run that was cut."""
        data, self._read = bytes(memoryview(self._data)[:size]), True
        self._data = bytearray()
        blocks: list[Block] = []
        try:
            tables = Tables(data)
            try:
                blocks = list(self._runs(tables))
            finally:
                tables.close()
        except sqlite3.Error as error:
            self.tell(None, f"broken database: {error}")
            self._facts.clear()
        return blocks

    def _named(self, wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
        """A name for each run, by its id; the first of a name keeps it when others come."""
        names: dict[str, str] = {}
        taken: set[str] = set()
        for identity, told in wanted:
            if len(names) == MOST_RUNS:
                self.tell(None, f"{MOST_RUNS} runs: any further ones are not read")
                break
            name = told if len(told) <= LONGEST_TAG else told[: LONGEST_TAG - 1] + "…"
            while name in taken:
                name = f"{name} ({identity[:8]})"
            taken.add(name)
            names[identity] = name
            self._facts[name] = Facts()
        return names

    def _counted(self, points: Points) -> Iterator[Block]:
        """The blocks of these points; where a tag has step 0 alone, its rows are counted."""
        stepped = set()
        counted = set()
        for block in points.blocks(self._tags):
            if len(block) > 1 and not block.steps.any():
                counts = np.arange(len(block), dtype=np.int64)
                block = Block(block.tag, counts, block.values, block.wall_times, block.run)
                counted.add(block.run)
            elif len(block) > 1:
                stepped.add(block.run)
            yield block
        for run in counted - stepped:
            self._facts[run].x_axis = "row"


def recognised(head: bytes, *tables: str) -> bool:
    """Whether a database's head, its schema in words or its first bytes, tells of these tables."""
    if not head.startswith(MAGIC):
        return False
    told = b" ".join(head.split())
    return all(
        any(b"CREATE TABLE " + quoted % name.encode() in told for quoted in (b"%b (", b'"%b" ('))
        for name in tables
    )


def number(cell: Cell) -> float | None:
    """A figure as SQLite gives it; None for anything else."""
    return float(cell) if isinstance(cell, int | float) else None


def _judge(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _size(data: bytearray) -> int | None:
    """The size that a database's header tells; None where it tells none, or is not there yet."""
    if len(data) < _HEADER or not data.startswith(MAGIC) or data[24:28] != data[92:96]:
        return None
    page = int.from_bytes(data[16:18], "big")
    return int.from_bytes(data[28:32], "big") * (1 << 16 if page == 1 else page) or None
