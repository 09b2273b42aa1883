"""How long a trouble held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._reading import Reading
from lrdoctor.run import Curve


def over_at(fired: int, over: NDArray[np.bool_]) -> int:
    """The first block at which a trouble that was told at block ``fired`` is over.

    Args:
        over: whether it is, at each block from ``fired`` on. Where it never is, the answer is the
            curve's length.
    """
    return fired + (int(over.argmax()) if np.count_nonzero(over) else len(over))


def held_until(curve: Curve | Reading, fired: int, free: int) -> int:
    """The step at which a trouble still held, told at block ``fired`` and over at ``free``.

    Args:
        free: the first block at which it no longer holds; the curve's length where it still does.
    """
    return int(curve.steps[max(fired, free - 1)])
