"""For how many points in a row something has held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Ints
from lrdoctor.signals import _native
from lrdoctor.signals._index import count


def streak(holds: NDArray[np.bool_]) -> Ints:
    """At every point, how many points up to and with it hold without a gap; 0 where it does not.

    Args:
        holds: shape (n,).

    Returns:
        Shape (n,).

    Warm-up: none. NaN: has no place in booleans. Cost: O(n).
    Source: patience counters of early stopping, Prechelt, Early Stopping - But When? (1998).
    """
    if _native.THERE:
        return _native.streak(holds)
    points = count(len(holds))
    return points - np.maximum.accumulate(points * ~holds)
