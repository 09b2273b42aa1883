"""Mean and standard deviation of the newest part of a curve."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.signals import _native
from lrdoctor.signals._index import index, newest


def moments(values: Floats, share: float = 0.5) -> Floats:
    """The mean and the standard deviation of the newest ``share`` of the points, at every point.

    Formula: at index i over the k points from index ``(1 - share) i`` on: sum / k, and the root of
    the squared deviations' sum over k - 1. Sums are of the distance to the first value, so that a
    common offset costs no digits.

    Args:
        values: shape (n,), finite, up to 1e150 in size.
        share: of the points so far, above 0 and at most 1.

    Returns:
        Shape (n, 2): mean, deviation; the deviation is 0 where k is 1.

    Warm-up: 3 points. NaN: not taken. Cost: O(n).
    Source: two-pass textbook moments, by differences of cumulated sums.
    """
    n = len(values)
    begin = newest(share)(n)
    if _native.THERE:
        return _native.moments(values, begin)
    held = index(n) - begin + 1
    base = values[0] if n else 0.0
    far = values - base
    sums = np.zeros((n + 1, 2))
    np.cumsum(far, out=sums[1:, 0])
    np.cumsum(far * far, out=sums[1:, 1])
    total, squares = (sums[1:] - sums[begin]).T
    mean = total / held
    variance = np.maximum(squares - mean * total, 0.0) / np.maximum(held - 1, 1)
    out = np.empty((n, 2))
    np.add(base, mean, out=out[:, 0])
    np.sqrt(variance, out=out[:, 1])
    return out
