"""Where a curve turns: the highs and lows of its swings."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Floats, Ints
from lrdoctor.signals import _native


def turning(values: Floats, swing: Floats) -> tuple[Ints, Ints]:
    """The turning points of a curve whose swings exceed a size, and when each was known.

    Formula: the newest high (low) is a turning point once the curve has come ``swing`` under (over)
    it, as in the zigzag of rainflow counting: smaller ripples on the way are passed over, and the
    next turning point is a low (high).

    Args:
        values: shape (n,), finite.
        swing: shape (n,), positive; what counts as a swing at each point.

    Returns:
        Indices of the turning points, and the index at which each was known; both shape (k,), both
        increasing. Highs and lows alternate.

    Warm-up: two swings. NaN: not taken. Cost: O(n), in plain Python about 0.1 µs a point.
    Source: rainflow counting's turning points, ASTM E1049-85, section 5.4.4.
    """
    if _native.THERE:
        return _native.turning(values, swing)
    turns: list[int] = []
    known: list[int] = []
    if not len(values):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    high = low = float(values[0])
    high_at = low_at = 0
    way = 0  # 1 while the curve rises, -1 while it falls, 0 before the first swing
    for at, (value, size) in enumerate(zip(values.tolist(), swing.tolist(), strict=True)):
        if value > high:
            high, high_at = value, at
        if value < low:
            low, low_at = value, at
        if way >= 0 and high - value > size:
            if way:
                turns.append(high_at)
                known.append(at)
            way, low, low_at = -1, value, at
        elif way <= 0 and value - low > size:
            if way:
                turns.append(low_at)
                known.append(at)
            way, high, high_at = 1, value, at
    return np.array(turns, np.int64), np.array(known, np.int64)
