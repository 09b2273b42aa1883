"""How far a loss may fall yet, as its own newest fall and scatter tell."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files

import numpy as np

from lrdoctor.rules._reading import Reading
from lrdoctor.run import Floats

FACTS = (
    "fall per ln of the points, newest half", "the same, newest quarter",
    "scatter per ln of the points", "scatter", "level above the newest half's line",
)  # fmt: skip
"""What the coefficients in ``forecast.json`` multiply; each in units of the loss."""
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
    told = facts(reading)[None, :] * _lengths(ways)
    return np.sort(told @ coefficients(), axis=1)


def facts(reading: Reading) -> Floats:
    """Shape (5,), in the order of ``FACTS``, for a way of one natural log."""
    ends = np.append(reading.starts[1:], 2 * reading.starts[-1] - reading.starts[-2])
    half, end = _line(reading, ends, 2)
    quarter, _ = _line(reading, ends, 4)
    scatter = float(reading.scatter[-1])
    return np.array([max(half, 0.0), max(quarter, 0.0), scatter, scatter,
                     float(reading.level[-1]) - end])  # fmt: skip


def _lengths(ways: Floats) -> Floats:
    """What the facts are multiplied with: the first three grow with the way."""
    ones = np.ones(len(ways))
    return np.stack([ways, ways, ways, ones, ones], axis=1)


def _line(reading: Reading, ends: Floats, part: int) -> tuple[float, float]:
    """The fall per natural log of the points, and the loss at the end, of the least-squares line
    through the newest half or quarter of them."""
    n = len(reading)
    begin = min(int(np.searchsorted(ends, ends[-1] / part * (part - 1))), n - 4)
    ways, values = np.log(ends[begin:] / ends[-1]), reading.values[begin:]
    middle, mean = ways.mean(), float(values.mean())
    apart = ways - middle
    slope = float(apart @ values) / float(apart @ apart)
    return -slope, mean - slope * float(middle)


@cache
def coefficients() -> Floats:
    """Those that come with the package, shape (5, 3): a row a fact, a column a quantile."""
    told = json.loads(files(__package__).joinpath("forecast.json").read_text("utf-8"))
    return np.array(told["coefficients"], np.float64)
