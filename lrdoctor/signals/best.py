"""The lowest value so far."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.signals import _native


def best(values: Floats) -> Floats:
    """The running minimum: at index i the least of ``values[: i + 1]``.

    Args:
        values: shape (n,), finite.

    Returns:
        Shape (n,), never rising. A zero is positive.

    Warm-up: none. NaN: not taken. Cost: O(n).
    Source: as the `best` of early stopping, Prechelt, Early Stopping - But When? (1998).
    """
    return _native.best(values) if _native.THERE else np.minimum.accumulate(values) + 0.0
