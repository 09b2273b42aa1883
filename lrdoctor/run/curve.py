"""A series at a resolution that a look can afford."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor.run.block import Floats, Ints

RAW = 1024
"""A curve holds so many points one by one; from there on, blocks that double every octave."""


class Curve(msgspec.Struct, frozen=True, eq=False, dict=True):
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
    non_finite: Ints
    sizes: Ints
    starts: Ints
    """Index of each block's first point in the series."""
    _rough: Floats | None = None
    """Where known: for single points it is worked out once asked for, which few do."""

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def whole(self) -> bool:
        """Each block holds at least one finite point."""
        return bool(np.isfinite(self.values).all())

    @cached_property
    def rough(self) -> Floats:
        """Mean absolute difference of neighbouring finite points; 0 for the very first point."""
        return _rough(self.values) if self._rough is None else self._rough

    def finite(self) -> Curve:
        """The blocks that do."""
        return self if self.whole else self.take(np.isfinite(self.values))

    def take(self, which: NDArray[np.bool_] | slice) -> Curve:
        return Curve(*(getattr(self, name)[which] for name in _ARRAYS))


_ARRAYS = (*Curve.__struct_fields__[:-1], "rough")


def chained(parts: Iterable[Curve]) -> Curve:
    whole = list(parts)
    if len(whole) == 1:
        return whole[0]
    if not whole:
        return raw_curve(np.empty(0, np.int64), np.empty(0), whole=True)
    return Curve(*(np.concatenate([getattr(p, n) for p in whole]) for n in _ARRAYS))


def read_only(array: NDArray) -> NDArray:  # type: ignore[type-arg]
    array.setflags(write=False)
    return array


_NONE = read_only(np.zeros(RAW, np.int64))
_ALONE, _PLACES = read_only(np.ones(RAW, np.int64)), read_only(np.arange(RAW))
"""Sizes and starts of the points that stand alone; how many of each are not finite if all are."""


def raw_curve(steps: Ints, values: Floats, *, whole: bool) -> Curve:
    """Each point by itself; ``whole``: all are known to be finite."""
    n = len(steps)
    shown, non_finite = values, _NONE[:n]
    if not whole:
        finite = np.isfinite(values)
        shown, non_finite = np.where(finite, values, np.nan), (~finite).astype(np.int64)
    return Curve(steps, steps, shown, shown, shown, non_finite, _ALONE[:n], _PLACES[:n])


def _rough(values: Floats) -> Floats:
    rough = np.zeros(len(values))
    with np.errstate(over="ignore", invalid="ignore"):
        moves = np.abs(values[1:] - values[:-1])
    np.copyto(rough[1:], moves, where=np.isfinite(moves))
    return rough


def block_curve(steps: Ints, values: Floats, start: int, stop: int, size: int) -> Curve:
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
    return Curve(at[:, 0].copy(), at[:, -1].copy(), mean, low, high,
                 (size - count).astype(np.int64), np.full(len(table), size, np.int64),
                 np.arange(start, stop, size, dtype=np.int64), rough)  # fmt: skip
