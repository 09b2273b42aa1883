"""How high the first value stands among all so far."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.signals._index import count


def rank(values: Floats) -> Floats:
    """The share of the values so far that are not above the first, the first itself included.

    Formula: at index i the number of ``values[: i + 1] <= values[0]`` over i + 1. Where all come
    from one distribution it is uniform, whatever that distribution is, so that a rank of 0.05 is
    met by chance in one run of twenty.

    Args:
        values: shape (n,), finite.

    Returns:
        Shape (n,), above 0 and at most 1.

    Warm-up: 1 / rank points. NaN: not taken. Cost: O(n).
    Source: ranks as exchangeable under the null, Wilcoxon, Biometrics Bulletin 1 (1945).
    """
    return np.asarray(np.cumsum(values <= values[:1]) / count(len(values)))
