"""Rates that are updated once an epoch and logged more often: one point an update."""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from lrdoctor.run import Floats
from lrdoctor.schedules.points import Levels, Points
from lrdoctor.schedules.rise import beginning

FEWEST = 3
"""Levels that show a rhythm."""
OFTEN = 0.5
"""At least so many of the changes come one epoch after the one before: the others are epochs that
left the rate as it was."""
_ROUNDS = 30
_LENGTHS = 256
"""At most so many lengths of an epoch are tried: enough for some hundred epochs in a row."""


def epochs(p: Points, lv: Levels) -> Points | None:
    """The rate at the start of each epoch, where all changes keep to one rhythm; else None.

    A change lies anywhere between the last point before it and the first after: where the updates
    were is told by the rhythm, better than by the points.
    """
    if len(lv.first) < FEWEST or _median(lv.sizes) < 2:
        return None
    low, high = p.steps[lv.first[1:] - 1] - 1.0, p.steps[lv.first[1:]] + 1.0
    both = low + high
    gaps = both[1:] - both[:-1]
    single = np.rint(gaps / _median(gaps)) <= 1
    if np.count_nonzero(single) < OFTEN * len(single):
        return None
    between = np.maximum(np.rint(gaps / gaps[single].mean()), 1.0)
    number = np.cumsum(np.concatenate([[1.0], between]))
    origin = beginning(p)
    skips = bool((between > 1).any())
    found = None if skips else _rhythm(number, low, high)
    if found is None:  # from one change to the next, missing rows mislead
        counted, found = _whole(low, high, 0.5 * float(gaps[single].mean()))
        number = number if found is None else counted
    if found is None and skips:
        found = _rhythm(number, low, high)
    if found is None:
        return None
    start, length = found
    skipped = round((start - origin) / length)  # epochs before the first change
    number, start = number + skipped, start - skipped * length
    if number[0] > 0:  # epochs count from the run's start, if that explains as much
        least, most = ((low - origin) / number).max(), ((high - origin) / number).min()
        if least <= most:
            start, length = origin, 0.5 * float(least + most)
    first, last = (int((step - start) / length) for step in (p.steps[0], p.steps[-1]))
    if last - first > len(p):
        return None  # more epochs than points: a step far off, or a log with gaps
    at = np.arange(max(0, first), last + 1)
    chosen = p.take(lv.first[np.searchsorted(number, at, side="right")])
    starts: Floats = np.asarray(start + length * at, np.float64)
    return replace(chosen, steps=starts)


def once(p: Points, lv: Levels) -> tuple[Points, float]:
    """Each level as one point, halfway between the rows around its beginning but within a level's
    usual length, and by how much, as a root mean square, the rates move over what is not known."""
    begun, before = p.steps[lv.first[1:]], p.steps[lv.first[1:] - 1]
    ended = np.append(before[1:], p.steps[-1])
    points = p.take(lv.first)
    unknown = np.minimum(begun - before, _median(ended - before))
    middle = np.concatenate([points.steps[:1], begun - 0.5 * unknown])
    moved = np.abs(lv.rates[1:] - lv.rates[:-1]) * points.weights[1:]
    play = moved * np.minimum(unknown / np.maximum(ended - before, 1e-9), 1.0)
    size = math.sqrt(float(np.add.reduce(play * play)) / max(len(play), 1))
    return replace(points, steps=middle), size


def _whole(low: Floats, high: Floats, near: float) -> tuple[Floats, tuple[float, float] | None]:
    """Which epoch each change began, and start and length of the epochs: a whole number of steps
    near this one. The one that leaves the start the most room; None where none leaves any."""
    at = 0.5 * (low + high)
    surest = at[int((high - low).argmin())]
    lengths = np.unique(np.rint(near * np.linspace(0.75, 1.25, _LENGTHS)).clip(1))[:, None]
    number = np.rint((at - surest) / lengths)
    least, most = (low - lengths * number).max(axis=1), (high - lengths * number).min(axis=1)
    k = int((most - least).argmax())
    first = float(number[k, 0])
    length, start = float(lengths[k, 0]), 0.5 * float(least[k] + most[k])
    steady = most[k] >= least[k] and bool((np.diff(number[k]) > 0).all())
    found = (start + (first - 1.0) * length, length) if steady else None
    return np.asarray(number[k] - first + 1.0), found


def _median(values: NDArray[np.generic]) -> float:
    """``np.median`` of a few finite values, without what that asks first."""
    ranked = np.sort(values)
    n = len(ranked)
    return 0.5 * float(ranked[(n - 1) // 2] + ranked[n // 2])


def _rhythm(number: Floats, low: Floats, high: Floats) -> tuple[float, float] | None:
    """Start and length of epochs that put each change between its bounds; None where none do."""
    at = 0.5 * (low + high)
    for _ in range(_ROUNDS):
        length, start = np.polyfit(number, at, 1).tolist()
        drawn = start + length * number
        if np.all((drawn >= low) & (drawn <= high)):
            return start, length
        at = np.clip(drawn, low, high)  # towards a line that fits, if there is one
    return None
