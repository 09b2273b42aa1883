"""How far a loss may fall yet, as its own newest fall and scatter tell."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files

import numpy as np

from lrdoctor.rules._reading import Reading
from lrdoctor.run import Floats, Ints

FACTS = (
    "fall per ln of the points, newest half", "the same, newest quarter",
    "scatter per ln of the points", "scatter", "level above the newest half's line",
)  # fmt: skip
"""What the coefficients in ``forecast.json`` multiply; each in units of the loss."""
GROWING = 3
"""So many of them, the first, are multiplied by the way, too."""
QUANTILES = (0.03, 0.5, 0.97)
"""Of the fall to come: the least, the likeliest and the most. Chosen a little wider than nine in
ten, which they are to hold on tasks that were not fitted on (``tests/evaluation/foretold.py``)."""
FARTHEST = math.log(2)
"""Natural log of how many times as many points is as far as was fitted: twice."""


def falls(reading: Reading, ways: Floats) -> Floats:
    """By how much the level (a trailing median) falls on, shape (n, 3): least, likeliest, most.

    Each quantile is a sum of the facts times what ``tests/evaluation/fit_forecast.py`` fitted. The
    slopes are of lines through the losses along the logarithm of the number of points, on which
    losses fall ever more slowly; a loss that rises falls by none. Negative: it rises.

    Args:
        ways: shape (n,), natural logs of how many times as many points there will be, above 0.

    Cost: linear in the reading's blocks.
    """
    told = facts(reading)[:, None] * coefficients()
    growing, standing = np.add.reduce(told[:GROWING]), np.add.reduce(told[GROWING:])
    out: Floats = ways[:, None] * growing + standing
    out.sort(axis=1)
    return out


def facts(reading: Reading) -> Floats:
    """Shape (5,), in the order of ``FACTS``, for a way of one natural log."""
    starts = reading.starts
    last = 2 * int(starts[-1]) - int(starts[-2])
    begin = _first_of(starts, last, 2)
    values, ends = reading.values[begin:], np.empty(len(starts) - begin)
    ends[:-1], ends[-1] = starts[begin + 1 :], last
    ways = np.log(ends / last)
    half, end = _line(ways, values)
    later = _first_of(starts, last, 4) - begin
    quarter, _ = _line(ways[later:], values[later:])
    scatter = float(reading.scatter[-1])
    return np.array([max(half, 0.0), max(quarter, 0.0), scatter, scatter,
                     float(reading.level[-1]) - end])  # fmt: skip


def _first_of(starts: Ints, last: int, part: int) -> int:
    """The block that the newest half or quarter of ``last`` points begins with, of four at least.

    Block i ends where block i + 1 starts.
    """
    return min(int(starts[1:].searchsorted(-(-last * (part - 1) // part))), len(starts) - 4)


def _line(ways: Floats, values: Floats) -> tuple[float, float]:
    """The fall per natural log of the points, and the loss at the end, of the least-squares line
    through these values."""
    n = len(ways)
    middle, mean = float(np.add.reduce(ways)) / n, float(np.add.reduce(values)) / n
    apart = ways - middle
    slope = float(apart @ values) / float(apart @ apart)
    return -slope, mean - slope * middle


@cache
def coefficients() -> Floats:
    """Those that come with the package, shape (5, 3): a row a fact, a column a quantile."""
    told = json.loads(files(__package__).joinpath("forecast.json").read_text("utf-8"))
    return np.array(told["coefficients"], np.float64)
