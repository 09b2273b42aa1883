"""Rates that were logged with noise: how much, and those that stood still but for it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from msgspec.structs import replace

from lrdoctor.run import Floats
from lrdoctor.schedules.points import Points

FEWEST = 10
"""Rates that show noise."""
_TURNS = 4
"""Fewer turns from one rate to the next are a schedule's own."""
_ALTERNATING = 0.4
"""Neighbours fall on different sides of the line between those beside them in 0.73 of white noise,
and hardly ever along a curve."""
_DEVIATION = 1.4826 / math.sqrt(1.5)
"""Of one rate, for a median distance of 1 from the middle of those beside it."""
_MOST = 0.01
"""A larger deviation is a schedule's own: what turns at each row."""
_BLOCK = 8
"""Rates that stand still are sought in steps of so many."""
_SHARE = 0.1
"""Part of the log that must have stood still: a cosine's crest lies within a noise of 0.001 over
4 % of it."""
_JUMP, _DRIFT, _WITHIN = 8.0, 4.0, 3.0
"""Deviations by which neighbours differ where the rate jumped, by which a slope differs from none,
and by which a rate may lie beside its level."""

_LOOSE = 1.5
"""The noise is known well enough for its square to be so many times as much."""


def noise(p: Points) -> float:
    """Relative standard deviation of the rates about their trend, 0 where none is seen beyond the
    digits that were logged.

    Cost: a few passes over the points, one where they do not turn again and again.
    """
    y = p.rates
    if len(y) < FEWEST:
        return 0.0
    moves = y[1:] - y[:-1]
    if np.count_nonzero(moves[1:] * moves[:-1] < 0) < _TURNS:
        return 0.0
    gaps = p.steps[1:] - p.steps[:-1]
    beside = (moves[:-1] * gaps[1:] - moves[1:] * gaps[:-1]) / (gaps[1:] + gaps[:-1])
    beside /= np.maximum(y[1:-1], np.finfo(np.float64).tiny)
    if np.count_nonzero(beside[1:] * beside[:-1] < 0) < _ALTERNATING * (len(beside) - 1):
        return 0.0
    found = _DEVIATION * float(np.median(np.abs(beside)))
    return found if 2 * p.resolution < found <= _MOST else 0.0


def steadied(p: Points) -> Points:
    """The points with their noise as their resolution, and one rate wherever they stood still."""
    size = noise(p)
    if not size:
        return p
    y = p.rates.copy()
    jumps = np.abs(y[1:] - y[:-1]) > _JUMP * size * np.maximum(y[1:], y[:-1])
    borders = [0, *(jumps.nonzero()[0] + 1).tolist(), len(y)]
    for begin, end in pairwise(borders):
        _level(y[begin:end], size, max(_BLOCK, int(_SHARE * len(y))))
    top = float(y.max())
    return replace(p, rates=y / top, scale=p.scale * top, resolution=size, noise=size)


def _level(y: Floats, size: float, least: int) -> None:
    """Put each stretch of at least so many rates that stood still at its mean, in place; all of
    the rates, however few, where they stood still together."""
    if _stands(y, size):
        y[:] = y.mean()
        return
    begin = 0
    while begin + least <= len(y):
        end = begin + least
        if not _stands(y[begin:end], size):
            begin += max(1, least // 4)
            continue
        while end < len(y) and _stands(y[begin : end + _BLOCK], size):
            end = min(end + _BLOCK, len(y))
        end = _trimmed(y, begin, end, size)
        mean = float(y[begin:end].mean())
        begin, end = _grown(y, begin, end, _WITHIN * size * mean)
        y[begin:end] = mean
        begin = end


def _trimmed(y: Floats, begin: int, end: int, size: float) -> int:
    """The end without the rates at it that glide away already, four at a time."""
    mean = float(y[begin:end].mean())
    within = 0.5 * _DRIFT * size * mean
    while end - begin > _BLOCK and abs(float(y[end - 4 : end].mean()) - mean) > within:
        end -= 1
    return end


def _grown(y: Floats, begin: int, end: int, within: float) -> tuple[int, int]:
    """The stretch with the rates before and after it that lie so near its mean."""
    mean = float(y[begin:end].mean())
    while begin and abs(y[begin - 1] - mean) <= within:
        begin -= 1
    while end < len(y) and abs(y[end] - mean) <= within:
        end += 1
    return begin, end


def _stands(y: Floats, size: float) -> bool:
    """Whether rates, shape (n,), show no slope and no more scatter than the noise."""
    n, mean = len(y), float(y.mean())
    if n < 2 or not mean > 0:
        return False
    away = (y - mean) / (mean * size)
    ways = np.arange(n) - 0.5 * (n - 1)
    slope = float(ways @ away) / math.sqrt(float(ways @ ways))
    return abs(slope) <= _DRIFT and float(away @ away) <= _LOOSE * n + _DRIFT * math.sqrt(2 * n)
