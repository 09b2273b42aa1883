"""A table that holds the rows of several runs, as sweeps and trackers export them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

import msgspec
from msgspec.structs import replace

from lrdoctor.readers import Reader, _run_rows
from lrdoctor.readers._lines import LONGEST, Lines
from lrdoctor.run import Block, Settings

MOST_RUNS = 1_000
"""In one file; rows of further ones are passed over, which is told."""

_OPENING = 20
"""So many lines at most come before the first row."""
_LOOKED_AT = 200
"""So many rows are enough to see that there are several runs."""


class _Part(msgspec.Struct):
    """One run of the table."""

    state: bytes = b""
    row: int = 0
    """The latest of its rows."""
    step: float | None = None
    """The latest that a row told."""


class _State(msgspec.Struct):
    rest: bytes = b""
    number: int = 1
    skipping: bool = False
    opening: list[bytes] = []
    """Lines before the first that tells how to look at them."""
    table: _run_rows.Table | None = None
    parts: dict[str, _Part] = {}
    """By run."""
    names: dict[str, str] = {}
    """The run of each name that rows have called theirs."""
    latest: str | None = None
    """The run of the last row."""
    rows: int = 0
    begun: int = 0
    """The row with which the newest run began."""
    crowded: bool = False
    told: int = 0


class RunTable(Reader):
    """Rows of several runs in one CSV or JSON lines file, told apart by a column.

    The column is called ``run``, ``experiment``, ``trial`` (also with ``_id`` or ``_name``),
    ``seed`` or ``fold``. Another value in it is another run if its steps do not go on from those of
    the run before; where they do it is the same run under another name.
    """

    patterns = ("*.csv", "*.tsv", "*.txt", "*.jsonl", "*.ndjson", "*.json")

    def __init__(self) -> None:
        super().__init__()
        self._load(_State())

    def _load(self, state: _State) -> None:
        self._s = state
        self.told = state.told
        self._lines = Lines(state.rest, state.number, state.skipping)
        table = state.table
        self._readers = {n: table.reader.restore(p.state) for n, p in state.parts.items() if table}

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[: _LOOKED_AT + _OPENING]
        table = _run_rows.table_of(lines)
        if table is None or not table.names_runs(lines[:_OPENING]):
            return 0.0
        sure = table.reader.recognises(path, head)
        if not sure:
            return 0.0
        rows = [row for row in map(table.look, lines[:-1]) if row.run and row.step is not None]
        several = len({row.run for row in rows}) > 1
        # A framework's own reader knows better, unless there are several runs for sure.
        return sure + (0.03 if several else 0.01) if rows else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        for chunk in self._lines.feed(data):
            if chunk.too_long:
                self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            else:
                yield from self._sorted(chunk.lines())

    def finish(self) -> Iterator[Block]:
        number, line = self._lines.number, self._lines.last()
        if self._lines.skipping:
            self.tell(number, f"a line of more than {LONGEST} bytes is passed over")
        elif line.strip():
            run = self._run_of(line)
            if run is not None:
                yield from self._named(run, self._readers[run].feed(line))
        for run, reader in self._readers.items():
            yield from self._named(run, reader.finish())

    def state(self) -> bytes:
        state, lines = self._s, self._lines
        state.rest, state.number, state.skipping = bytes(lines.rest), lines.number, lines.skipping
        state.told = self.told
        for run, reader in self._readers.items():
            state.parts[run].state = reader.state()
        return msgspec.msgpack.encode(state)

    @classmethod
    def restore(cls, state: bytes) -> RunTable:
        reader = cls()
        reader._load(msgspec.msgpack.decode(state, type=_State))
        return reader

    def x_axis_of(self, run: str) -> str:
        part, inside = self._part_of(run)
        return "row" if part is None else self._readers[part].x_axis_of(inside)

    def settings_of(self, run: str) -> Settings:
        part, inside = self._part_of(run)
        return self.settings if part is None else self._readers[part].settings_of(inside)

    def ended(self, run: str) -> bool:
        part, inside = self._part_of(run)
        if part is None:
            return False
        return self._s.parts[part].row < self._s.begun or self._readers[part].ended(inside)

    def _part_of(self, run: str) -> tuple[str | None, str]:
        """The part that a run belongs to, and what it is called in there."""
        if run in self._readers:
            return run, ""
        part, mark, number = run.rpartition("#")
        return (part if part in self._readers else None), mark + number

    def _sorted(self, lines: Iterable[bytes]) -> Iterator[Block]:
        """Lines to the reader of their run, all of one run together."""
        waiting: dict[str, list[bytes]] = {}
        for line in lines:
            run = self._run_of(line)
            if run is not None:
                waiting.setdefault(run, []).append(line)
        for run, found in waiting.items():
            yield from self._named(run, self._readers[run].feed(b"\n".join([*found, b""])))

    def _named(self, run: str, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            yield replace(block, run=run + block.run)
        for fault in self._readers[run].take_faults():
            self.tell(None, f"run {run!r}: {fault.what}")

    def _run_of(self, line: bytes) -> str | None:
        """The run whose reader gets a line; None where none does."""
        state = self._s
        if state.table is None:
            state.opening = [*state.opening, line][-_OPENING:]
            state.table = _run_rows.table_of(state.opening)
            if state.table is None or state.table.header:
                return None
        row = state.table.look(line)
        if not row.run:
            if state.latest is None and row.before_all:
                state.table.add(line)
            return state.latest
        state.rows += 1
        run = state.names.get(row.run)
        if run is None:
            run = self._new(row)
        if run is not None:
            part, state.latest = state.parts[run], run
            part.row = state.rows
            part.step = part.step if row.step is None else row.step
        return run

    def _new(self, row: _run_rows.Row) -> str | None:
        """The run of the first row of its name."""
        state, latest = self._s, self._s.latest
        if latest is not None:
            reached = state.parts[latest].step
            if row.step is None or (reached is not None and row.step > reached):
                if len(state.names) < MOST_RUNS:
                    state.names[row.run] = latest
                return latest
        if len(state.parts) >= MOST_RUNS:
            if not state.crowded:
                self.tell(None, f"{MOST_RUNS} runs: any further ones are not read")
            state.crowded = True
            return None
        assert state.table is not None
        run = state.names[row.run] = row.run
        state.parts[run], state.begun = _Part(), state.rows
        self._readers[run] = state.table.reader()
        list(self._readers[run].feed(state.table.preamble))
        return run
