"""How ragged a curve is: the standard deviation of its points about their trend."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.signals.level import level

_GAUSS = 0.6744897501960817 * 2**0.5
"""Median of |a - b| for two independent standard normal values."""


def noise(values: Floats, share: float = 1.0) -> Floats:
    """A robust standard deviation of single points, at every point, from those before it.

    Formula: the median of |v[j] - v[j-1]| over the newest ``share`` of the points, divided by
    0.954 (what that median is for independent normal noise of deviation 1). Differences of
    neighbours hardly see a slow trend; the median ignores the few that hold a spike or a jump.

    Args:
        values: shape (n,), finite.
        share: of the points so far that the median is taken over.

    Returns:
        Shape (n,), not negative; 0 at index 0, where nothing is known yet.

    Warm-up: 4 points. NaN: not taken. Cost: O(n).
    Source: Rousseeuw and Croux, Alternatives to the median absolute deviation, JASA 88 (1993);
    differences instead of residuals as in von Neumann et al., Ann. Math. Stat. 12 (1941).
    """
    if len(values) < 2:
        return np.zeros(len(values))
    moves = np.abs(np.diff(values))
    return np.concatenate([[0.0], level(moves, share) / _GAUSS])
