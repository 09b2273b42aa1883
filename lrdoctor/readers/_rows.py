"""Rows of named figures into blocks: what CSV, JSON lines and lists of records share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lrdoctor import metrics
from lrdoctor.readers import Reader
from lrdoctor.readers._axis import AxisColumn, AxisState
from lrdoctor.readers._restart import Beginning
from lrdoctor.readers._tags import Tags
from lrdoctor.run import Block, Floats, Ints


@dataclass(frozen=True, slots=True)
class Column:
    """The figures of one name in some consecutive rows."""

    rows: Ints | None
    """Shape (n,), rising: in which rows; None: in every one."""
    values: Floats
    """Shape (n,)."""

    def spread(self, count: int) -> Floats:
        """Shape (count,): NaN in the rows without."""
        if self.rows is None:
            return self.values
        whole = np.full(count, np.nan)
        whole[self.rows] = self.values
        return whole

    def between(self, start: int, stop: int) -> Column:
        """Only these rows, the first of which becomes row 0."""
        if self.rows is None:
            return Column(None, self.values[start:stop])
        kept = slice(*np.searchsorted(self.rows, [start, stop]))
        return Column(self.rows[kept] - start, self.values[kept])

    def within(self, keep: NDArray[np.bool_]) -> Column:
        """Only the rows where ``keep``, of shape (rows,), is true."""
        rows = np.arange(len(keep)) if self.rows is None else self.rows
        chosen = keep[rows]
        return Column(rows[chosen], self.values[chosen])


Places = Callable[[int], Mapping[str, int]]
"""Where in a row each name stands."""


class Rows:
    """Turns rows into blocks for a reader, and keeps its ``x_axis`` and planned steps told."""

    def __init__(
        self, reader: Reader, axis: AxisState | None = None, known: list[str] | None = None
    ) -> None:
        self._reader = reader
        self.axis = AxisColumn(axis)
        self.tags = Tags(reader, known)
        if self.axis.state.kind is not None:
            reader.x_axis = self.axis.state.kind
        reader.run = self.axis.state.beginning.run
        reader.x_axes = self.axis.state.beginning.former

    def reopen(self) -> None:
        """The next row stands under a header that was there before: another run may begin."""
        self.axis.state.beginning.reopened = self.axis.decided

    def blocks(
        self,
        columns: Mapping[str, Column],
        count: int,
        validation: NDArray[np.bool_] | None = None,
        places: Places | None = None,
    ) -> Iterator[Block]:
        """The next ``count`` rows, in the order in which the rows themselves tell the names.

        Args:
            columns: by name, in the rows' own order of names.
            validation: shape (count,), which rows hold validation figures, where the rows say so.
            places: where the names stand in a row, if rows differ.
        """
        start = self._next_run(columns, count)
        if start is not None:
            before = validation if validation is None else validation[:start]
            former = {name: column.between(0, start) for name, column in columns.items()}
            yield from self._blocks(former, start, before, places)
            self._begin()
            columns = {name: column.between(start, count) for name, column in columns.items()}
            validation = validation if validation is None else validation[start:]
            count -= start
        yield from self._blocks(columns, count, validation, places, start or 0)

    def lasting(self, names: Sequence[str]) -> list[tuple[str, str]] | None:
        """The columns of further rows that make blocks, each with its tag.

        None where a row tells more than steps and values: wall times, planned steps.
        """
        told = tuple(name for name in names if name)
        own = {name for name, place in self.own.items() if place == "wall_time"}
        if any(_special(told)) or own & set(told):
            return None
        hidden = {self.axis.state.name, *self._reader.clocks}
        tags = ((name, self.tags.admit(name)) for name in told if name not in hidden)
        return [(name, tag) for name, tag in tags if tag is not None]

    def _blocks(
        self,
        columns: Mapping[str, Column],
        count: int,
        validation: NDArray[np.bool_] | None,
        places: Places | None,
        start: int = 0,
    ) -> Iterator[Block]:
        if not count:
            return
        if not self.axis.decided:
            self._decide(columns)
        self._note(columns)
        state = self.axis.state
        cells = _spread(_named(columns, state.name), count)
        steps = self.axis.steps(cells, self._epochs(columns, count), count)
        own = {name for name, place in self.own.items() if place == "wall_time"}
        walls = _wall_times(columns, count, own)
        hidden = self._reader.clocks | own
        self._plan(columns)
        if validation is None and all(column.rows is None for column in columns.values()):
            for name, column in columns.items():
                if name == state.name or name in hidden:
                    continue
                tag = self.tags.admit(name)
                if tag is not None:
                    yield Block(tag, steps, column.values, walls, self._reader.run)
            return
        found: list[tuple[tuple[int, int], Block]] = []
        for name, column in columns.items():
            if name != state.name and name not in hidden:
                for row, block in self._split(name, column, steps, walls, validation):
                    # As if each row had been read alone: pieces may be cut anywhere.
                    place = 0 if places is None else places(start + row)[name]
                    found.append(((row, place), block))
        yield from (block for _, block in sorted(found, key=lambda pair: pair[0]))

    @property
    def own(self) -> Mapping[str, str]:
        """What the user says that columns are."""
        return self._reader.columns

    def plan(self, steps: int | None) -> None:
        """Note how many steps the log says the run will take."""
        if steps is not None:
            self._reader.settings = replace(self._reader.settings, planned_steps=steps)

    def _split(
        self, name: str, column: Column, steps: Ints, walls: Floats | None,
        validation: NDArray[np.bool_] | None,
    ) -> Iterator[tuple[int, Block]]:  # fmt: skip
        """The blocks of one column, each with its first row."""
        if validation is None or not validation.any() or _val(name) == name:
            parts = [(name, column)]
        else:
            parts = [(name, column.within(~validation)), (_val(name), column.within(validation))]
        for raw, part in parts:
            tag = self.tags.admit(raw) if len(part.values) else None
            if tag is None:
                continue
            rows = slice(None) if part.rows is None else part.rows
            first = 0 if part.rows is None else int(part.rows[0])
            times = None if walls is None else walls[rows]
            yield first, Block(tag, steps[rows], part.values, times, self._reader.run)

    def _next_run(self, columns: Mapping[str, Column], count: int) -> int | None:
        """The row with which another run begins; None where none does."""
        state, beginning = self.axis.state, self.axis.state.beginning
        if not (beginning.reopened and count):
            return None
        axis = _named(columns, state.name)
        row = 0  # also where the log has another axis from here on, or none at all
        if axis is not None:
            if not len(axis.values):
                return None  # no row has told a step yet
            row = 0 if axis.rows is None else int(axis.rows[0])
        beginning.reopened = False
        step, epoch, loss = (
            _figure(_named(columns, name), row)
            for name in (state.name, state.epoch_name, beginning.loss)
        )
        return row if beginning.begins_anew(step, epoch, loss, state.stride) else None

    def _begin(self) -> None:
        """Another run begins with the next row."""
        past = self.axis.state.beginning
        past.former[past.run] = self._reader.x_axis
        begun = Beginning(number=past.number + 1, former=past.former)
        self.axis = AxisColumn(AxisState(beginning=begun))
        self._reader.run = begun.run

    def _note(self, columns: Mapping[str, Column]) -> None:
        """Keep in mind how the run began, and where its loss is."""
        state, beginning = self.axis.state, self.axis.state.beginning
        if beginning.loss is None:
            losses = (n for n, c in columns.items() if len(c.values) and metrics.kind(n) == "loss")
            beginning.loss = next(losses, None)
        loss = _named(columns, beginning.loss)
        if loss is not None and len(loss.values):
            beginning.last = float(loss.values[-1])
            if beginning.first is None:
                beginning.first = float(loss.values[0])
        if beginning.step is None:
            beginning.step = _first(_named(columns, state.name))
            beginning.epoch = _first(_named(columns, state.epoch_name))

    def _decide(self, columns: Mapping[str, Column]) -> None:
        first = {
            name: float(column.values[0])
            for name, column in columns.items()
            if len(column.values) and (column.rows is None or column.rows[0] == 0)
        }
        self.axis.decide(list(columns), {name: first.get(name) for name in columns}, self.own)
        self._reader.x_axis = self.axis.state.kind or "row"

    def _epochs(self, columns: Mapping[str, Column], count: int) -> Floats | None:
        name = self.axis.state.epoch_name
        if name is None:
            return None
        epochs = _spread(columns.get(name), count)
        return np.full(count, np.nan) if epochs is None else epochs

    def _plan(self, columns: Mapping[str, Column]) -> None:
        if self.axis.state.kind != "step":
            return
        for name in _special(tuple(columns))[1]:
            told = columns[name].values
            told = told[(told > 0) & (told < 2.0**53)]
            if len(told) and name != self.axis.state.name:
                self.plan(int(told[-1]))


def _val(name: str) -> str:
    guess = metrics.canonical(name)
    told = guess is not None and guess[0].startswith("val/")
    return name if told else f"val/{name}"


def _named(columns: Mapping[str, Column], name: str | None) -> Column | None:
    """The column of this name; no name is none, where "" may be one."""
    return None if name is None else columns.get(name)


def _spread(column: Column | None, count: int) -> Floats | None:
    return None if column is None else column.spread(count)


def _first(column: Column | None) -> float | None:
    return None if column is None or not len(column.values) else float(column.values[0])


def _figure(column: Column | None, row: int) -> float | None:
    """What a column tells in one row."""
    if column is None:
        return None
    values = (
        column.values[row : row + 1] if column.rows is None else (column.values[column.rows == row])
    )
    return float(values[0]) if len(values) else None


@lru_cache(256)
def _special(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of the columns that may tell the time of day, and those that tell planned steps."""
    return (
        tuple(name for name in names if metrics.is_wall_time(name)),
        tuple(name for name in names if metrics.is_planned_steps(name)),
    )


def _wall_times(columns: Mapping[str, Column], count: int, own: AbstractSet[str]) -> Floats | None:
    """Seconds since 1970 where a column tells the time of day, in seconds or milliseconds.

    Args:
        own: columns of which the user says so.
    """
    walls: Floats | None = None
    told_by = (own & columns.keys()) | set(_special(tuple(columns))[0])
    for name in sorted(told_by, key=lambda name: (name not in own, name)):
        told = columns[name].spread(count)
        seconds = np.where((told >= 1e12) & (told < 1e14), told / 1e3, told)
        absolute = (seconds >= 1e9) & (seconds < 1e11)
        if walls is None:
            walls = np.where(absolute, seconds, np.nan)
        else:
            walls = np.where(absolute & np.isnan(walls), seconds, walls)
    return None if walls is None or np.isnan(walls).all() else walls
