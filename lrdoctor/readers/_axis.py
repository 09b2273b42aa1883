"""The x axis of a log of rows: which column counts the steps, and every row's step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isfinite, isnan, nan

import msgspec
import numpy as np

from lrdoctor import metrics
from lrdoctor.readers._restart import Beginning
from lrdoctor.run import Floats, Ints


class AxisState(msgspec.Struct):
    """What must be known to go on in another process."""

    name: str | None = None
    epoch_name: str | None = None
    kind: metrics.Axis | None = None
    """None: no row has decided yet."""
    rows: int = 0
    last: float = 0.0
    """The step of the last row that told one."""
    stride: float = 1.0
    epoch: float = np.inf
    """That row's epoch; infinite before the first."""
    shown: float = np.inf
    """The last epoch that any row told."""
    offset: float = 0.0
    beginning: Beginning = msgspec.field(default_factory=Beginning)


_MOST = 2.0**62
"""Beyond it a count of steps is rubbish, and a float no longer fits an integer."""


class AxisColumn:
    """Gives each row its step, in pieces of any size.

    The first row decides: the best column whose cell in it is blank or a whole number. A row with
    a blank cell carries the step before it on. A step that goes back while the epoch goes on
    counts the batches within an epoch: the steps before it are added.
    """

    def __init__(self, state: AxisState | None = None) -> None:
        self.state = state or AxisState()

    @property
    def decided(self) -> bool:
        return self.state.kind is not None

    def decide(
        self,
        columns: Sequence[str],
        first: Mapping[str, float | None],
        own: Mapping[str, str] | None = None,
    ) -> None:
        """Choose by the names of the columns and the first row; None is a blank cell.

        Args:
            own: what the user says that columns are.
        """
        candidates = metrics.axes(columns, own)
        # sentence-transformers writes a step of -1 where it evaluated at the end of an epoch.
        candidates.sort(key=lambda candidate: (first.get(candidate[0]) or 0) < 0)
        for name, kind in candidates:
            cell = first.get(name)
            if cell is None or float(cell).is_integer():
                self.state.name, self.state.kind = name, kind
                break
        else:
            self.state.name, self.state.kind = None, "row"
        if self.state.kind == "step":
            self.state.epoch_name = next((n for n, kind in candidates if kind == "epoch"), None)

    def steps(self, cells: Floats | None, epochs: Floats | None, rows: int) -> Ints:
        """The steps of the next ``rows`` rows.

        Args:
            cells: shape (rows,), the axis column, NaN where blank; None where rows lack it.
            epochs: likewise, the column named ``state.epoch_name``.
        """
        if rows == 1:
            return np.array([self.step(_only(cells), None if epochs is None else _only(epochs))])
        state = self.state
        start, state.rows = state.rows, state.rows + rows
        if state.name is None:
            return np.arange(start + 1, start + rows + 1, dtype=np.int64)
        before = state.last + state.offset
        shown = None if epochs is None else _carried(epochs, state.shown)
        if shown is not None and rows:
            state.shown = float(shown[-1])
        steps = np.full(rows, np.nan)
        told = np.zeros(rows, bool) if cells is None else np.isfinite(cells)
        if cells is not None and told.any():
            steps[told] = self._continued(cells[told], None if shown is None else shown[told])
        whole = np.floor(np.clip(_carried(steps, before), -_MOST, _MOST))
        return whole.astype(np.int64)

    def step(self, cell: float, epoch: float | None) -> int:
        """The same for the one row that a live log gains, without arrays; NaN for a blank cell."""
        state = self.state
        state.rows += 1
        if state.name is None:
            return state.rows
        if epoch is not None and not isnan(epoch):
            state.shown = epoch
        before = state.last
        if isfinite(cell):
            state.last = cell
            if epoch is not None:
                if cell < before and state.shown > state.epoch:
                    state.offset += before + (state.stride if cell <= 0 else 0.0)
                state.epoch = state.shown
            stride = cell - before
            if stride:
                state.stride = stride if stride > 1.0 else 1.0
            step = cell + state.offset
        else:
            step = before + state.offset
        return floor(step if -_MOST <= step <= _MOST else min(max(step, -_MOST), _MOST))

    def _continued(self, raw: Floats, epochs: Floats | None) -> Floats:
        """Steps that start again in each epoch, as steps of the whole run."""
        state = self.state
        before = np.concatenate(([state.last], raw[:-1]))
        offsets = np.full(len(raw), state.offset)
        if epochs is not None:
            risen = epochs > np.concatenate(([state.epoch], epochs[:-1]))
            for at in np.flatnonzero((raw < before) & risen):
                # Counted from 0, the next epoch's first step is one stride after the last.
                again = self._stride(raw[:at], before[:at]) if raw[at] <= 0 else 0.0
                offsets[at:] += before[at] + again
            state.epoch = float(epochs[-1])
        state.stride = self._stride(raw, before)
        state.last, state.offset = float(raw[-1]), float(offsets[-1])
        moved: Floats = raw + offsets
        return moved

    def _stride(self, raw: Floats, before: Floats) -> float:
        """The last advance of the step."""
        moves = np.flatnonzero(raw != before)
        if not len(moves):
            return self.state.stride
        return max(1.0, float(raw[moves[-1]] - before[moves[-1]]))


def _only(cells: Floats | None) -> float:
    """The cell of a single row, NaN where that lacks it."""
    return nan if cells is None else float(cells[0])


def _carried(values: Floats, last: float) -> Floats:
    """NaN replaced by the value before it; ``last`` before the first."""
    told = ~np.isnan(values)
    if told.all():
        return values
    source = np.maximum.accumulate(np.where(told, np.arange(1, len(values) + 1), 0))
    carried: Floats = np.concatenate(([last], values))[source]
    return carried
