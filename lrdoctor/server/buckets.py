"""A series thinned to what a chart can show, so that the line drawn looks like all of its points.

The window is cut into buckets of equal width in steps. Of each bucket the first, the lowest, the
highest and the last finite point stay: a line through them covers the same pixels as a line
through all. Points that carry news stay whatever their bucket: non-finite ones and those at the
steps of findings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import PER_BUCKET, Block, Cells, Floats, Ints, ends_of_kinds

MOST = 4000
"""Points that may be asked for: more than a wide screen has pixels."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """The points that stay, all arrays of shape (n,), in the order of the series."""

    index: Ints
    """Place of each point in the window."""
    steps: Ints
    values: Floats
    low: Floats
    """Lowest finite value of the bucket that the point lies in; NaN where it has none."""
    high: Floats
    """Highest finite value, likewise."""
    mean: Floats
    """Mean of the finite values, likewise: what a line through the noise is to be drawn from. The
    points that stay are extremes and would lift it."""
    wall_times: Floats | None
    total: int
    """Points in the window."""
    non_finite: int
    """Of them, how many are NaN or infinite."""
    raw: bool
    """Every point stayed."""


def bucket(block: Block, points: int, findings: Iterable[int] = ()) -> Buckets:
    """Thin ``block`` to about ``points`` points.

    ``findings`` are steps at which a point must stay: the first one logged at or after each. When
    more than ``4 * points`` values are not finite, only the first and last of each kind in each
    bucket stay, so that the answer's size has a bound; ``non_finite`` is exact all the same.
    Cost: linear, some milliseconds for a million points.

    Args:
        block: steps must not fall.
        points: 1 to 4000.

    Raises:
        ValueError: ``points`` is out of its range.
    """
    if not 1 <= points <= MOST:
        raise ValueError(f"points must be 1 to {MOST}, not {points}")
    total = len(block)
    finite = np.isfinite(block.values)
    odd = np.flatnonzero(~finite)
    if total <= points:
        own = np.where(finite, block.values, np.nan)
        everything = np.arange(total, dtype=np.int64)
        return Buckets(everything, block.steps, block.values, own, own, own, block.wall_times,
                       total, len(odd), raw=True)  # fmt: skip
    edges = _edges(block.steps, points)
    starts = np.unique(np.searchsorted(block.steps, edges, side="left")).astype(np.int64)
    mean = _mean(block.values, finite, starts, np.append(starts[1:], total))
    index, low, high, own = _chosen(block, starts, len(odd) <= PER_BUCKET * points, findings)
    walls = None if block.wall_times is None else block.wall_times[index]
    return Buckets(index, block.steps[index], block.values[index], low, high, mean[own],
                   walls, total, len(odd), raw=len(index) == total)  # fmt: skip


def bucket_cells(cells: Cells, points: int, findings: Iterable[int] = ()) -> Buckets:
    """``bucket`` for a series in cells. A bucket begins where a cell does: with the first one at or
    after its edge. All else is as exact. Cost: linear in the points that the cells keep.

    Args:
        cells: at least one; all points of findings are kept in them.
        points: 1 to 4000, fewer than the cells have.
    """
    kept, total, non_finite = cells.kept, int(cells.sizes.sum()), int(cells.non_finite.sum())
    heads = kept.steps[cells.starts]
    first = np.unique(np.searchsorted(heads, _edges(kept.steps, points), side="left"))
    first = first[first < len(heads)]  # none begins at or after the last edges
    starts = cells.starts[first]
    index, low, high, own = _chosen(kept, starts, non_finite <= PER_BUCKET * points, findings)
    counts = cells.sizes - cells.non_finite
    held = np.maximum(np.add.reduceat(counts, first), 1)
    shares = counts / np.repeat(held, np.diff(first, append=len(heads)))
    mean = np.add.reduceat(np.where(counts, cells.means, 0.0) * shares, first)
    mean = np.where(np.logical_or.reduceat(counts > 0, first), mean, np.nan)
    walls = None if kept.wall_times is None else kept.wall_times[index]
    return Buckets(cells.places[index], kept.steps[index], kept.values[index], low, high,
                   mean[own], walls, total, non_finite, raw=len(index) == total)  # fmt: skip


def _chosen(
    block: Block, starts: Ints, every: bool, findings: Iterable[int]
) -> tuple[Ints, Floats, Floats, Ints]:
    """Places of the points that stay, the lowest and highest value of the bucket of each, and which
    bucket that is. ``every``: all points that are not finite stay."""
    finite = np.isfinite(block.values)
    odd = np.flatnonzero(~finite)
    ends = np.append(starts[1:], len(block))
    low, lowest = _lowest(_filled(block.values, finite, np.inf), starts, ends)
    high, highest = _lowest(-_filled(block.values, finite, -np.inf), starts, ends)
    few = odd if every else ends_of_kinds(block.values, odd, starts)
    chosen = [starts, ends - 1, lowest, highest, few, _at(block.steps, findings)]
    index = np.unique(np.concatenate(chosen))
    own = np.searchsorted(starts, index, side="right") - 1
    return index, low[own], -high[own], own


def _edges(steps: Ints, points: int) -> Ints:
    """The step at which each bucket begins, of so many equally wide ones that each has room for
    ``PER_BUCKET`` points."""
    first, span, count = int(steps[0]), int(steps[-1]) - int(steps[0]), max(1, points // PER_BUCKET)
    # Whole numbers of any size: the span of hostile steps does not fit into 64 bits.
    return np.array([first + span * k // count for k in range(count)], dtype=np.int64)


def _filled(values: Floats, finite: NDArray[np.bool_], filling: float) -> Floats:
    """``values`` with others in place of those that are not finite."""
    return values if finite.all() else np.where(finite, values, filling)


def _lowest(filled: Floats, starts: Ints, ends: Ints) -> tuple[Floats, Ints]:
    """The lowest value of each bucket (NaN where all are filled up with inf), and the places of
    the first of them in those buckets that have any."""
    # One argmin a bucket: at most a thousand calls, and each runs at memory speed.
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    places = np.array([start + int(filled[start:end].argmin()) for start, end in spans], np.int64)
    low = filled[places]
    some = low < np.inf
    return np.where(some, low, np.nan), places[some]


def _mean(values: Floats, finite: NDArray[np.bool_], starts: Ints, ends: Ints) -> Floats:
    """The mean of each bucket's finite values; NaN where it has none."""
    counts = ends - starts
    if not finite.all():
        counts = np.maximum(np.add.reduceat(finite, starts, dtype=np.int64), 1)
    own = _filled(values, finite, 0.0)
    with np.errstate(over="ignore"):
        mean = np.add.reduceat(own, starts) / counts
    if not np.isfinite(mean).all():  # sums of values near the largest float: divide first
        mean = np.add.reduceat(own / np.repeat(counts, ends - starts), starts)
    return np.where(np.logical_or.reduceat(finite, starts), mean, np.nan)


def _at(steps: Ints, wanted: Iterable[int]) -> Ints:
    """Places of the first points at or after the wanted steps, where there are such points."""
    inside = [step for step in wanted if int(steps[0]) <= step <= int(steps[-1])]
    return np.searchsorted(steps, np.array(inside, dtype=np.int64), side="left").astype(np.int64)
