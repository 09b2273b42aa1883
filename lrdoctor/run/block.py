"""Points on their way from a reader to their series."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Block(msgspec.Struct, frozen=True, gc=False):
    """Consecutive points of one tag of one run, in file order.

    A struct, for a live log makes one for each figure of a row: it takes a tenth of the time that a
    frozen dataclass does. A single point may be given as numbers: arrays are made of them where
    somebody asks for arrays, which takes longer than to read the point.
    """

    tag: str
    """The name as logged."""
    _steps: Ints | int
    _values: Floats | float
    _wall_times: Floats | float | None = None
    run: str = ""
    """Which run inside the file: a name that the file tells, or ``#2``, ``#3`` … for further runs
    that it does not name; "" for the first of those, mostly the only one."""

    def __len__(self) -> int:
        return 1 if isinstance(self._steps, int) else len(self._steps)

    @property
    def steps(self) -> Ints:
        """Shape (n,): optimizer steps, epochs or rows; ``Run.x_axis`` says which."""
        steps = self._steps
        return steps if isinstance(steps, np.ndarray) else np.array([steps], np.int64)

    @property
    def values(self) -> Floats:
        """Shape (n,). NaN and infinities are data."""
        values = self._values
        return values if isinstance(values, np.ndarray) else np.array([values], np.float64)

    @property
    def wall_times(self) -> Floats | None:
        """Shape (n,), UTC seconds, where the log tells them."""
        walls = self._wall_times
        return walls if walls is None or isinstance(walls, np.ndarray) else np.array([walls])

    @property
    def point(self) -> tuple[int, float, float | None] | None:
        """Step, value and wall time of a single point that was given as numbers."""
        if not isinstance(self._steps, int):
            return None
        return self._steps, self._values, self._wall_times  # type: ignore[return-value]

    def take(self, which: slice | NDArray[np.intp]) -> Block:
        """Those of the points, by their indices."""
        walls = self.wall_times
        return Block(self.tag, self.steps[which], self.values[which],
                     None if walls is None else walls[which], self.run)  # fmt: skip

    def window(self, first: int | None, last: int | None) -> Block:
        """The points with ``first <= step <= last``; None: no bound. Steps must not fall."""
        start = 0 if first is None else int(np.searchsorted(self.steps, first, side="left"))
        stop = len(self) if last is None else int(np.searchsorted(self.steps, last, side="right"))
        return self.take(slice(start, stop))


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks of one tag as one, in their order; at least one. NaN where one has no wall times."""
    if len(blocks) == 1:
        return blocks[0]
    walls = None
    if any(block.wall_times is not None for block in blocks):
        told = (np.full(len(b), np.nan) if b.wall_times is None else b.wall_times for b in blocks)
        walls = np.concatenate(list(told))
    steps = np.concatenate([block.steps for block in blocks])
    return Block(blocks[0].tag, steps, np.concatenate([block.values for block in blocks]), walls)
