"""The highest value so far."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.signals import _native


def peak(values: Floats) -> Floats:
    """The running maximum: at index i the highest of ``values[: i + 1]``.

    Args:
        values: shape (n,).

    Returns:
        Shape (n,), never falling. A zero is positive.

    Warm-up: none. NaN: passed over; NaN until the first number. Cost: O(n).
    Source: the peak of a schedule, Smith, Cyclical Learning Rates, arXiv 1506.01186.
    """
    return _native.peak(values) if _native.THERE else np.fmax.accumulate(values) + 0.0
