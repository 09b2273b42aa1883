"""Rows of named figures into blocks: what CSV, JSON lines and lists of records share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrdoctor import metrics
from lrdoctor.readers import Reader
from lrdoctor.readers._axis import AxisColumn, AxisState
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

    def within(self, keep: NDArray[np.bool_]) -> Column:
        """Only the rows where ``keep``, of shape (rows,), is true."""
        rows = np.arange(len(keep)) if self.rows is None else self.rows
        chosen = keep[rows]
        return Column(rows[chosen], self.values[chosen])


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

    def blocks(
        self, columns: Mapping[str, Column], count: int, validation: NDArray[np.bool_] | None = None
    ) -> Iterator[Block]:
        """The next ``count`` rows.

        Args:
            columns: by name, in the rows' own order of names.
            validation: shape (count,), which rows hold validation figures, where the rows say so.
        """
        if not count:
            return
        if not self.axis.decided:
            self._decide(columns)
        state = self.axis.state
        cells = _spread(columns.get(state.name or ""), count)
        steps = self.axis.steps(cells, self._epochs(columns, count), count)
        walls = _wall_times(columns, count)
        self._plan(columns)
        found: list[tuple[int, Block]] = []
        for name, column in columns.items():
            if name != state.name and name not in self._reader.clocks:
                found.extend(self._split(name, column, steps, walls, validation))
        yield from (block for _, block in sorted(found, key=lambda pair: pair[0]))

    def plan(self, steps: int | None) -> None:
        """Note how many steps the log says the run will take."""
        if steps is not None:
            self._reader.settings = replace(self._reader.settings, planned_steps=steps)

    def _split(
        self, name: str, column: Column, steps: Ints, walls: Floats | None,
        validation: NDArray[np.bool_] | None,
    ) -> Iterator[tuple[int, Block]]:  # fmt: skip
        """The blocks of one column, each with its first row."""
        if validation is None or not validation.any():
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
            yield first, Block(tag, steps[rows], part.values, times)

    def _decide(self, columns: Mapping[str, Column]) -> None:
        first = {
            name: float(column.values[0])
            for name, column in columns.items()
            if len(column.values) and (column.rows is None or column.rows[0] == 0)
        }
        self.axis.decide(list(columns), {name: first.get(name) for name in columns})
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
        for name, column in columns.items():
            if (
                len(column.values)
                and name != self.axis.state.name
                and metrics.is_planned_steps(name)
            ):
                planned = float(column.values[-1])
                if math.isfinite(planned) and 0 < planned < 2**53:
                    self.plan(int(planned))


def _val(name: str) -> str:
    guess = metrics.canonical(name)
    told = guess is not None and guess[0].startswith("val/")
    return name if told else f"val/{name}"


def _spread(column: Column | None, count: int) -> Floats | None:
    return None if column is None else column.spread(count)


def _wall_times(columns: Mapping[str, Column], count: int) -> Floats | None:
    """Seconds since 1970 where a column tells the time of day, in seconds or milliseconds."""
    walls: Floats | None = None
    for name in sorted(name for name in columns if metrics.is_wall_time(name)):
        told = columns[name].spread(count)
        seconds = np.where((told >= 1e12) & (told < 1e14), told / 1e3, told)
        absolute = (seconds >= 1e9) & (seconds < 1e11)
        if walls is None:
            walls = np.where(absolute, seconds, np.nan)
        else:
            walls = np.where(absolute & np.isnan(walls), seconds, walls)
    return None if walls is None or np.isnan(walls).all() else walls
