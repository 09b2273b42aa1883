"""A long series in cells of neighbouring points: enough of each to draw it as if from all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run.block import Block, Floats, Ints, joined

CELL = 256
"""Points of a cell: what is kept of a full one is 64 times less, and a screen of a thousand buckets
is filled by them from two million points on."""

PER_BUCKET = 4
"""Points that a chart keeps of each of its buckets: the first, lowest, highest and last one."""

ODD = 4
"""Non-finite points that are all kept, for each cell of a block on average."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Of each cell the first, the lowest, the highest and the last finite point, and those that are
    not finite; where those are more than ``ODD`` a cell, the first and last of each kind."""

    kept: Block
    """The points that stay, in the order of the series; shape (kept,)."""
    places: Ints
    """Place of each of them in the series; shape (kept,)."""
    starts: Ints
    """The first kept point of each cell, which is its first point; shape (cells,)."""
    sizes: Ints
    """Points of each cell; shape (cells,)."""
    means: Floats
    """Of its finite points; NaN where it has none. Shape (cells,)."""
    non_finite: Ints
    """How many of its points are NaN or infinite; shape (cells,)."""

    @property
    def every_odd(self) -> bool:
        """All points that are not finite are kept."""
        kept = np.count_nonzero(~np.isfinite(self.kept.values))
        return int(kept) == int(self.non_finite.sum())

    @property
    def widest(self) -> int:
        """Steps from the first to the last point of the cell that covers most."""
        # As they never fall, unsigned numbers hold even what lies between the ends of their range.
        steps = self.kept.steps.astype(np.uint64)
        return int((steps[np.append(self.starts[1:], len(steps)) - 1] - steps[self.starts]).max())


def cells_of(block: Block) -> Cells:
    """``block``, at least one point, in cells of ``CELL`` points; the last may be shorter."""
    values, count = block.values, len(block)
    firsts = np.arange(0, count, CELL, dtype=np.int64)
    lasts = np.append(firsts[1:], count) - 1
    finite = np.isfinite(values)
    odd = np.flatnonzero(~finite)
    chosen = [firsts, lasts]
    for sign in (1.0, -1.0):
        filled = np.full(len(firsts) * CELL, np.inf)
        np.multiply(values, sign, out=filled[:count], where=finite)
        chosen.append(firsts + filled.reshape(-1, CELL).argmin(axis=1))
    many = len(odd) > ODD * len(firsts)
    chosen.append(ends_of_kinds(values, odd, firsts) if many else odd)
    places = np.unique(np.concatenate(chosen))
    found = np.add.reduceat(finite, firsts, dtype=np.int64)
    sizes = lasts + 1 - firsts
    # Divided before they are summed: values near the largest float must not overflow.
    shares = np.where(finite, values, 0.0) / np.repeat(np.maximum(found, 1), sizes)
    means = np.where(found > 0, np.add.reduceat(shares, firsts), np.nan)
    starts = np.searchsorted(places, firsts)
    return Cells(block.take(places), places, starts, sizes, means, sizes - found)


def single(block: Block) -> Cells:
    """Each point as a cell of its own."""
    places = np.arange(len(block), dtype=np.int64)
    finite = np.isfinite(block.values)
    means = np.where(finite, block.values, np.nan)
    return Cells(block, places, places, np.ones_like(places), means, (~finite).astype(np.int64))


def joined_cells(parts: Sequence[Cells]) -> Cells:
    """Cells of consecutive blocks as those of one, at least one; they share no arrays with them."""
    sizes = np.concatenate([part.sizes for part in parts])
    points = np.cumsum([0, *(int(part.sizes.sum()) for part in parts[:-1])])
    kept = np.cumsum([0, *(len(part.kept) for part in parts[:-1])])
    return Cells(
        joined([part.kept for part in parts]),
        np.concatenate([p.places + at for p, at in zip(parts, points, strict=True)]),
        np.concatenate([p.starts + at for p, at in zip(parts, kept, strict=True)]),
        sizes,
        np.concatenate([part.means for part in parts]),
        np.concatenate([part.non_finite for part in parts]),
    )


def ends_of_kinds(values: Floats, odd: NDArray[np.intp], starts: Ints) -> Ints:
    """Of the points ``odd``, which are not finite, the first and last of each kind in each of the
    stretches that begin at ``starts``."""
    is_nan = np.isnan(values[odd])
    above = values[odd] > 0
    ends = []
    for kind in (odd[is_nan], odd[above], odd[~is_nan & ~above]):
        begin = np.searchsorted(kind, starts)
        end = np.append(begin[1:], len(kind))
        some = begin < end
        ends += [kind[begin[some]], kind[end[some] - 1]]
    return np.concatenate(ends)
