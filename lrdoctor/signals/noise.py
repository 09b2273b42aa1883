"""How ragged a curve is: the standard deviation of its points about their trend."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.signals import _native
from lrdoctor.signals.level import level

_GAUSS = 0.6744897501960817 * 6**0.5
"""Median of |a - 2b + c| for three independent standard normal values."""


def noise(values: Floats, share: float = 1.0, lag: int = 1) -> Floats:
    """A robust standard deviation of single points about their trend, from those so far.

    Formula: the median of |v[j] - 2 v[j-k] + v[j-2k]|, k the ``lag``, over the newest ``share`` of
    the points (65 at the most), divided by 1.652, which is what that median is for independent
    normal noise of deviation 1. Second differences do not see a slope, so a smooth fall counts as
    smooth; the median ignores the few that hold a spike or a jump. A wider lag sees the noise of
    losses that were logged as running averages, but also the bends of the curve itself.

    Args:
        values: shape (n,), finite.
        share: of the points so far that the median is taken over, above 0 and at most 1.
        lag: distance of the differences, at least 1, points.

    Returns:
        Shape (n,), not negative; 0 at the first 2 ``lag`` points, where nothing is known yet.

    Warm-up: 2 ``lag`` + 3 points. NaN: not taken. Cost: O(n).
    Source: Rousseeuw and Croux, Alternatives to the median absolute deviation, JASA 88 (1993);
    differences instead of residuals: von Neumann et al., Ann. Math. Stat. 12 (1941).
    """
    if _native.THERE:
        return _native.noise(values, share, lag, _GAUSS)
    ragged = np.zeros(len(values))
    if len(values) > 2 * lag:
        bends = np.abs(values[2 * lag :] - 2 * values[lag:-lag] + values[: -2 * lag])
        ragged[2 * lag :] = level(bends, share) / _GAUSS
    return ragged
