"""One metric of one run, growing at its end."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor import arrival
from lrdoctor.run.block import Block, Floats, Ints, joined
from lrdoctor.run.curve import RAW, Curve, block_curve, chained, raw_curve, read_only

MANY = 256
"""So many points at once are kept as they came until someone looks at them: put to the others block
by block, a long log's are moved several times."""
_PARTS = 16
"""Blocks that were closed one by one are put together once there are more."""


@dataclass(frozen=True, slots=True)
class Resume:
    """A step that went back within one tag: from ``reached`` to ``step``."""

    tag: str
    step: int
    reached: int
    overtaken: int
    """How many points the new ones replace."""


class Series:
    """One metric of one run: its points in order of steps, growing at the end.

    ``steps`` never decrease. A step that goes back is a resume: the overtaken points go. Where
    several writers log side by side (see ``arrival``) all points stay, in order of steps.
    """

    __slots__ = ("_arrived", "_blocks", "_curve", "_done", "_own", "_shown", "_size", "_steps",
                 "_top", "_values", "_waiting", "_walls", "non_finite", "overtaken", "resumes",
                 "rewritten", "side_by_side", "tag")  # fmt: skip

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.non_finite = 0
        """Non-finite values among the points that stand."""
        self.overtaken = 0
        """Points that were logged and then replaced by a resume."""
        self.rewritten = 0
        """How often points that had stood went, or others came between them."""
        self.resumes: list[Resume] = []
        """Where a step went back, in file order; empty where several writers log side by side."""
        self.side_by_side = False
        """Several writers log this tag at the same time."""
        self._arrived: list[Block] | None = None  # once a step went back: all points in file order
        self._top = 0  # the highest step that was gone back to
        self._waiting: list[Block] = []  # points that are still to be put to the others
        self._size = 0  # points without those
        self._own = True  # the arrays are nobody else's, too
        self._steps = np.empty(16, np.int64)
        self._values = np.empty(16, np.float64)
        self._walls: Floats | None = None
        self._done = RAW  # points that stand in complete blocks beyond the raw part
        self._blocks: list[Curve] = []
        self._curve: Curve | None = None
        self._shown: tuple[Ints, Floats] | None = None  # asked for fifty times a look

    def __len__(self) -> int:
        return self._size + sum(map(len, self._waiting)) if self._waiting else self._size

    @property
    def steps(self) -> Ints:
        """Shape (n,), non-decreasing, read-only."""
        return (self._shown or self._show())[0]

    @property
    def last_step(self) -> int | None:
        """The step of the last point; None where there is none. Asked far more often than all."""
        if self._waiting:
            return int(self._waiting[-1].steps[-1])
        return int(self._steps[self._size - 1]) if self._size else None

    @property
    def values(self) -> Floats:
        """Shape (n,), read-only."""
        return (self._shown or self._show())[1]

    def _show(self) -> tuple[Ints, Floats]:
        self._settle()
        n = self._size
        self._shown = read_only(self._steps[:n]), read_only(self._values[:n])
        return self._shown

    @property
    def wall_times(self) -> Floats | None:
        """Shape (n,), UTC seconds; NaN for points without; None where no point has one."""
        self._settle()
        return None if self._walls is None else read_only(self._walls[: self._size])

    @property
    def went_back(self) -> bool:
        """Somewhere a step is lower than the one before it in the log."""
        return self._arrived is not None

    def append(self, block: Block) -> None:
        """Add points at the end; what a resume overtakes goes."""
        count = len(block)
        if not count or (count >= MANY and self._await(block)):
            return
        if self._waiting:
            self._settle()
        last = self._steps[self._size - 1] if self._size else None
        point = block.point
        if point is not None and self._arrived is None and (last is None or point[0] >= last):
            self._push(*point)
            return
        steps = block.steps
        rises = (last is None or steps[0] >= last) and not len(arrival.falls(steps))
        if rises and (self._arrived is None or steps[0] >= self._top):
            if self._arrived is not None:
                self._arrived.append(block)
            self._extend(steps, block.values, block.wall_times)
            return
        if self._arrived is None:
            self._arrived = [] if last is None else [self._copied(0)]
        self._arrived.append(block)
        whole = joined(self._arrived)
        self._top = int(whole.steps[arrival.falls(whole.steps)].max())
        side_by_side = arrival.side_by_side(whole.steps, whole.wall_times)
        if side_by_side != self.side_by_side:
            self.side_by_side, block = side_by_side, whole
            self._cut(0)
            self.overtaken, self.resumes = 0, []
        if side_by_side:
            self._insert(block)
        else:
            self._overtake(block)

    def _await(self, block: Block) -> bool:
        """Keep many points as they are; false where steps go back now or went back before."""
        before = self._waiting[-1].steps if self._waiting else self._steps[: self._size]
        if self._arrived is not None or len(arrival.falls(block.steps)):
            return False
        if len(before) and block.steps[0] < before[-1]:
            return False
        self._waiting.append(block)
        self.non_finite += len(block) - int(np.count_nonzero(np.isfinite(block.values)))
        self._curve = self._shown = None
        return True

    def _settle(self) -> None:
        """Put what waits to the other points."""
        if self._waiting:
            whole, self._own = self._waiting[0], bool(self._size) or len(self._waiting) > 1
            if self._own:
                old = Block(self.tag, self._steps[: self._size], self._values[: self._size],
                            None if self._walls is None else self._walls[: self._size])  # fmt: skip
                whole = joined([old, *self._waiting])
            self._waiting = []
            self._steps, self._values, self._walls = whole.steps, whole.values, whole.wall_times
            self._size = len(whole)

    def _copied(self, start: int) -> Block:
        """The points from an index on."""
        walls = None if self._walls is None else self._walls[start : self._size].copy()
        return Block(self.tag, self.steps[start:].copy(), self.values[start:].copy(), walls)

    def _insert(self, block: Block) -> None:
        """All points stay; those of one step in the order they came."""
        start = int(np.searchsorted(self.steps, int(block.steps.min()), side="right"))
        tail = self._copied(start)
        whole = joined([tail, block]) if len(tail) else block
        whole = whole.take(np.argsort(whole.steps, kind="stable"))
        self._cut(start)
        self._extend(whole.steps, whole.values, whole.wall_times)

    def _overtake(self, block: Block) -> None:
        """Every step that goes back is a resume."""
        back = arrival.falls(block.steps)
        for start, stop in zip([0, *back], [*back, len(block)], strict=True):
            step = int(block.steps[start])
            if self._size and step < self._steps[self._size - 1]:
                reached = int(self._steps[self._size - 1])
                gone = self._cut(int(np.searchsorted(self.steps, step, side="left")))
                self.overtaken += gone
                self.resumes = [*self.resumes, Resume(self.tag, step, reached, gone)]
            part = block.take(slice(start, stop))
            self._extend(part.steps, part.values, part.wall_times)

    def until(self, step: int) -> Series:
        """The series as it stood when ``step`` had been logged."""
        cut = Series(self.tag)
        n = int(np.searchsorted(self.steps, step, side="right"))
        walls = None if self._walls is None else self._walls[:n]
        if n:
            cut._extend(self.steps[:n], self.values[:n], walls)
        cut.side_by_side = self.side_by_side
        return cut

    @property
    def curve(self) -> Curve:
        """The series in blocks; see ``Curve``. Cost: the new points since the last call."""
        if self._curve is None:
            self._settle()
            self._close_blocks()
            if len(self._blocks) > _PARTS:
                self._blocks = [chained(self._blocks)]
            raw = raw_curve(self.steps[:RAW], self.values[:RAW], whole=not self.non_finite)
            self._curve = chained([raw, *self._blocks])
            if not self.non_finite:
                vars(self._curve)["whole"] = True  # known without a look at each
        return self._curve

    def _push(self, step: int, value: float, wall: float | None) -> None:
        """``_extend`` by one point."""
        at, end = self._size, self._room_for(1, walls=wall is not None)
        self._steps[at] = step
        self._values[at] = value
        if self._walls is not None:
            self._walls[at] = math.nan if wall is None else wall
        self.non_finite += not math.isfinite(value)
        self._size = end
        self._grew(at)

    def _extend(self, steps: Ints, values: Floats, walls: Floats | None) -> None:
        at, need = self._size, self._room_for(len(steps), walls=walls is not None)
        self._steps[at:need] = steps
        self._values[at:need] = values
        if self._walls is not None:
            self._walls[at:need] = np.nan if walls is None else walls
        self.non_finite += int(np.count_nonzero(~np.isfinite(values)))
        self._size = need
        self._grew(at)

    def _grew(self, before: int) -> None:
        """Points have come to so many. Where they fill no block the curve is as it was: the same
        object, so that whoever has read it need not read it again."""
        self._shown = None
        if before < RAW or self._size - self._done >= _block_size(self._done):
            self._curve = None

    def _room_for(self, points: int, *, walls: bool) -> int:
        """Have room for so many more points; returns how many there will be."""
        need = self._size + points
        if need > len(self._steps) or not self._own:
            self._own = True
            room = max(need, len(self._steps) + len(self._steps) // 4 + 16)
            self._steps = _grown(self._steps, self._size, room)
            self._values = _grown(self._values, self._size, room)
            if self._walls is not None:
                self._walls = _grown(self._walls, self._size, room)
        if walls and self._walls is None:
            self._walls = np.full(len(self._steps), np.nan)
        return need

    def _cut(self, size: int) -> int:
        gone = self._size - size
        self.rewritten += 1
        self.non_finite -= int(np.count_nonzero(~np.isfinite(self._values[size : self._size])))
        self._size = size
        self._curve = self._shown = None
        if size < self._done:
            kept = chained(self._blocks)
            kept = kept.take(kept.starts + kept.sizes <= size)
            self._blocks = [kept] if len(kept) else []
            self._done = int(kept.starts[-1] + kept.sizes[-1]) if len(kept) else RAW
        return gone

    def _close_blocks(self) -> None:
        while self._size > self._done:
            size = _block_size(self._done)
            end = min(self._size, RAW * size)
            count = (end - self._done) // size
            if not count:
                return
            stop = self._done + count * size
            self._blocks.append(block_curve(self._steps, self._values, self._done, stop, size))
            self._done = stop


def _block_size(begin: int) -> int:
    """Points of the block that begins at an index from ``RAW`` on: 2 below 2·RAW, then 4, ..."""
    return 1 << (begin // RAW).bit_length()


def _grown(array: NDArray, size: int, room: int) -> NDArray:  # type: ignore[type-arg]
    larger = np.empty(room, array.dtype)
    larger[:size] = array[:size]
    return larger
