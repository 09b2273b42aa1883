"""The shapes that travel: ``Block`` from a reader, ``Series`` and ``Run`` to signals and rules."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor import arrival, metrics

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RAW = 1024
"""A curve holds so many points one by one; from there on, blocks that double every octave."""

MANY = 256
"""So many points at once are kept as they came until someone looks at them: put to the others block
by block, a long log's are moved several times."""


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


@dataclass(frozen=True, slots=True)
class Settings:
    """What a log or a file beside it tells of how the run was set up. None: not told."""

    optimizer: str | None = None
    """Lower case, as the frameworks name it: ``adamw``, ``sgd``."""
    learning_rate: float | None = None
    """The configured base rate."""
    batch_size: int | None = None
    planned_steps: int | None = None
    """In the run's own axis."""
    momentum: float | None = None
    weight_decay: float | None = None
    gradient_clip: float | None = None
    hyper_parameters: Mapping[str, str | float | bool] = field(default_factory=dict)
    """Everything else that was found, flat."""

    def merged(self, other: Settings) -> Settings:
        """These settings, completed by ``other`` where they say nothing."""
        own = {
            name: told
            for name in self.__slots__
            if name != "hyper_parameters"
            and getattr(self, name) is None
            and (told := getattr(other, name)) is not None
        }
        if not own and not other.hyper_parameters:
            return self  # nearly always, and asked at each look
        return replace(
            self, **own, hyper_parameters={**other.hyper_parameters, **self.hyper_parameters}
        )


@dataclass(frozen=True, slots=True)
class Resume:
    """A step that went back within one tag: from ``reached`` to ``step``."""

    tag: str
    step: int
    reached: int
    overtaken: int
    """How many points the new ones replace."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A series at a resolution that a look can afford, whatever its length.

    The first ``RAW`` points stand alone; points ``RAW·2^(k-1)`` to ``RAW·2^k`` stand in ``RAW/2``
    blocks of ``2^k``. Block borders depend on the index alone, never on the length, so the curve
    of a longer run begins with the curve of a shorter one: rules that scan it forwards are causal,
    and a million points make fewer than 6,200 blocks. A block appears once it is complete.

    All arrays have shape (blocks,).
    """

    first_steps: Ints
    steps: Ints
    """The last step of each block: when its figures were known."""
    values: Floats
    """Mean of the finite points; NaN where there is none."""
    low: Floats
    high: Floats
    rough: Floats
    """Mean absolute difference of neighbouring finite points; 0 for the very first point."""
    non_finite: Ints
    sizes: Ints
    starts: Ints
    """Index of each block's first point in the series."""

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def whole(self) -> bool:
        """Each block holds at least one finite point."""
        return bool(np.isfinite(self.values).all())

    def finite(self) -> Curve:
        """The blocks that do."""
        return self if self.whole else self.take(np.isfinite(self.values))

    def take(self, which: NDArray[np.bool_] | slice) -> Curve:
        return Curve(*(getattr(self, name)[which] for name in _ARRAYS))


_ARRAYS = tuple(array.name for array in fields(Curve))


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
        self._shown = _read_only(self._steps[:n]), _read_only(self._values[:n])
        return self._shown

    @property
    def wall_times(self) -> Floats | None:
        """Shape (n,), UTC seconds; NaN for points without; None where no point has one."""
        self._settle()
        return None if self._walls is None else _read_only(self._walls[: self._size])

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
            self._own = bool(self._size) or len(self._waiting) > 1
            old = Block(self.tag, self._steps[: self._size], self._values[: self._size],
                        None if self._walls is None else self._walls[: self._size])  # fmt: skip
            whole = joined([old, *self._waiting]) if self._own else self._waiting[0]
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
        order = np.argsort(whole.steps, kind="stable")
        self._cut(start)
        self._extend(whole.steps[order], whole.values[order],
                     None if whole.wall_times is None else whole.wall_times[order])  # fmt: skip

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
            walls = None if block.wall_times is None else block.wall_times[start:stop]
            self._extend(block.steps[start:stop], block.values[start:stop], walls)

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
            raw = _raw_curve(self.steps[:RAW], self.values[:RAW], whole=not self.non_finite)
            self._curve = _joined([raw, *self._blocks])
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
        self._curve = self._shown = None

    def _extend(self, steps: Ints, values: Floats, walls: Floats | None) -> None:
        need = self._room_for(len(steps), walls=walls is not None)
        self._steps[self._size : need] = steps
        self._values[self._size : need] = values
        if self._walls is not None:
            self._walls[self._size : need] = np.nan if walls is None else walls
        self.non_finite += int(np.count_nonzero(~np.isfinite(values)))
        self._size = need
        self._curve = self._shown = None

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
            kept = _joined(self._blocks)
            kept = kept.take(kept.starts + kept.sizes <= size)
            self._blocks = [kept] if len(kept) else []
            self._done = int(kept.starts[-1] + kept.sizes[-1]) if len(kept) else RAW
        return gone

    def _close_blocks(self) -> None:
        while self._size > self._done:
            octave = int(self._done // RAW).bit_length()  # 1 for [RAW, 2·RAW), 2 for the next
            size = 1 << octave
            end = min(self._size, RAW << octave)
            count = (end - self._done) // size
            if not count:
                return
            stop = self._done + count * size
            self._blocks.append(_block_curve(self._steps, self._values, self._done, stop, size))
            self._done = stop


class Run:
    """One training run: its series by tag, and what is known of how it was set up.

    Rules read it and never change it. ``run["train/loss"]`` takes a canonical name (or a tag that
    has none); ``metrics`` lists them.
    """

    def __init__(
        self,
        name: str,
        path: str,
        format: str,
        *,
        x_axis: str = "step",
        settings: Settings | None = None,
        columns: Mapping[str, str] | None = None,
        observed_at: float | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self.format = format
        self.x_axis = x_axis
        self.settings = settings or Settings()
        self.columns = dict(columns or {})
        """The user's own mapping of tags to canonical names."""
        self.observed_at = observed_at
        """When the log was last looked at, UTC seconds; None for a finished run."""
        self.tags: dict[str, Series] = {}
        self.resumes: list[Resume] = []

    def add(self, block: Block) -> None:
        """Take points from a reader."""
        series = self.tags.get(block.tag)
        if series is None:
            series = self.tags[block.tag] = Series(block.tag)
            self.__dict__.pop("metrics", None)
            self.__dict__.pop("_losses", None)
            self.__dict__.pop("is_agent", None)
        series.append(block)
        if len(series) > len(block) and metrics.is_rate(block.tag):
            self.__dict__.pop("metrics", None)  # which group's rate is the run's may be known now
        if series.went_back:
            others = [resume for resume in self.resumes if resume.tag != block.tag]
            self.resumes = [*others, *series.resumes]

    @cached_property
    def metrics(self) -> dict[str, Series]:
        """Series by canonical name, in the order they were first logged."""
        names = metrics.assign(self.tags, self.columns, self._frozen())
        return {name: self.tags[tag] for name, tag in names.items()}

    def _frozen(self) -> list[str]:
        """Tags of parameter groups that stood at a rate of 0 when another group's was above it."""
        rates = [s for tag, s in self.tags.items() if metrics.is_rate(tag)]
        if len(rates) < 2:
            return []
        idle = [s for s in rates if len(s) and s.values[0] == 0]
        return [s.tag for s in idle if any(_outpaced(s, o) for o in rates if o is not s)]

    @cached_property
    def is_agent(self) -> bool:
        """Whether it is reinforcement learning, as its tags tell: an agent makes its own data as it
        acts, so its loss tells nothing of how well it does."""
        return metrics.tells_agent(self.tags)

    def __getitem__(self, name: str) -> Series:
        return self.metrics[name]

    def get(self, name: str) -> Series | None:
        """The series of this canonical name, None where it was not logged."""
        return self.metrics.get(name)

    def losses(self) -> Iterator[tuple[str, Series]]:
        """Every loss, by name; ``train/loss`` first."""
        yield from self._losses

    @cached_property
    def _losses(self) -> tuple[tuple[str, Series], ...]:
        names = [n for n in self.metrics if metrics.kind(n) == "loss"]
        names.sort(key=lambda n: (n != "train/loss", n != "val/loss"))
        return tuple((name, self.metrics[name]) for name in names)

    @property
    def main_loss(self) -> tuple[str, Series] | None:
        """The training loss, or the next best loss there is; None where none was logged."""
        return self._losses[0] if self._losses else None

    @property
    def last_step(self) -> int | None:
        ends = [s.last_step for s in self.tags.values()]
        return max((end for end in ends if end is not None), default=None)

    @property
    def first_step(self) -> int | None:
        starts = [int(s.steps[0]) for s in self.tags.values() if len(s)]
        return min(starts, default=None)

    def until(self, step: int) -> Run:
        """The run as it stood when ``step`` had been logged."""
        last = self.last_step
        # With a line still to come nobody could have said that the log had fallen silent.
        seen = self.observed_at if last is None or last <= step else None
        cut = Run(self.name, self.path, self.format, x_axis=self.x_axis, settings=self.settings,
                  columns=self.columns, observed_at=seen)  # fmt: skip
        for tag, series in self.tags.items():
            shorter = series.until(step)
            if len(shorter):
                cut.tags[tag] = shorter
        cut.resumes = [r for r in self.resumes if r.step <= step]
        return cut


def _outpaced(rate: Series, other: Series) -> bool:
    """Whether it is 0 at the first three of their common steps at which the other is above 0.

    Three, for a warmup begins at 0. Said of these alone, whatever comes later, so that a longer log
    gives the same answer.
    """
    _, own, its = np.intersect1d(rate.steps, other.steps, return_indices=True)
    first = own[other.values[its] > 0][:3]
    return len(first) == 3 and not rate.values[first].any()


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


def _read_only(array: NDArray) -> NDArray:  # type: ignore[type-arg]
    array.setflags(write=False)
    return array


def _grown(array: NDArray, size: int, room: int) -> NDArray:  # type: ignore[type-arg]
    larger = np.empty(room, array.dtype)
    larger[:size] = array[:size]
    return larger


def _joined(parts: Iterable[Curve]) -> Curve:
    whole = list(parts)
    if len(whole) == 1:
        return whole[0]
    if not whole:
        return _raw_curve(np.empty(0, np.int64), np.empty(0), whole=True)
    return Curve(*(np.concatenate([getattr(p, n) for p in whole]) for n in _ARRAYS))


_NONE = _read_only(np.zeros(RAW, np.int64))
_ALONE, _PLACES = _read_only(np.ones(RAW, np.int64)), _read_only(np.arange(RAW))
"""Sizes and starts of the points that stand alone; how many of each are not finite if all are."""


def _raw_curve(steps: Ints, values: Floats, *, whole: bool) -> Curve:
    """Each point by itself; ``whole``: all are known to be finite."""
    n = len(steps)
    rough = np.zeros(n)
    if whole and n > 1 and _spans(values):
        np.subtract(values[1:], values[:-1], out=rough[1:])
        np.abs(rough, out=rough)
    elif n > 1:
        with np.errstate(over="ignore", invalid="ignore"):
            step_size = np.abs(np.diff(values))
        rough[1:] = np.where(np.isfinite(step_size), step_size, 0.0)
    shown, non_finite = values, _NONE[:n]
    if not whole:
        finite = np.isfinite(values)
        shown, non_finite = np.where(finite, values, np.nan), (~finite).astype(np.int64)
    return Curve(steps, steps, shown, shown, shown, rough, non_finite, _ALONE[:n], _PLACES[:n])


def _spans(values: Floats) -> bool:
    """Whether no difference of two overflows; all are finite."""
    return math.isfinite(float(np.maximum.reduce(values)) - float(np.minimum.reduce(values)))


def _block_curve(steps: Ints, values: Floats, start: int, stop: int, size: int) -> Curve:
    """Points [start, stop) in blocks of ``size``; ``stop - start`` is a multiple of it."""
    table = values[start:stop].reshape(-1, size)
    finite = np.isfinite(table)
    count = finite.sum(axis=1)
    none = count == 0
    with np.errstate(over="ignore", invalid="ignore"):
        # Divided before it is summed: values near the largest float must not overflow.
        mean = (np.where(finite, table, 0.0) / np.maximum(count, 1)[:, None]).sum(axis=1)
        low = np.where(finite, table, np.inf).min(axis=1)
        high = np.where(finite, table, -np.inf).max(axis=1)
        moves = np.abs(np.diff(table, axis=1))
        moved = np.isfinite(moves)
        pairs = np.maximum(moved.sum(axis=1), 1)
        rough = (np.where(moved, moves, 0.0) / pairs[:, None]).sum(axis=1)
    for figure in (mean, low, high):
        figure[none] = np.nan
    at = steps[start:stop].reshape(-1, size)
    return Curve(at[:, 0].copy(), at[:, -1].copy(), mean, low, high, rough,
                 (size - count).astype(np.int64), np.full(len(table), size, np.int64),
                 np.arange(start, stop, size, dtype=np.int64))  # fmt: skip
