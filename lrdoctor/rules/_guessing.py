"""Whether a loss is the cross-entropy of guessing, whose floor is known: nothing."""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._reading import Reading
from lrdoctor.run import Floats

_CLASSES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 1000)
"""Numbers of classes that are common, and far enough apart to be told by their logarithms."""
_WHOLE = tuple(math.log(k) for k in _CLASSES)
_EXACT = 0.003
"""Part of ln(classes) by which a loss that has settled there may differ."""
_UNDER, _OVER = 0.02, 0.06
"""Parts of ln(classes) by which the middle of the first losses may lie under and over it: a network
that was not trained yet is a little worse than a guess."""
_FIRST = 5
"""First losses whose middle counts: a single one is as noisy as any other."""
HAIR = 0.02
"""Part of ln(classes) that hardly counts as learnt. Of 0.015 to 0.03 chosen, as ``_UNDER`` and
``_OVER``, on the clinic and the families of seeds 1, 2, 3 and 5, nothing left out."""


def classes_of(loss: float) -> int | None:
    """The number of classes whose cross-entropy of pure guessing, ln(classes), ``loss`` is."""
    return next((k for k in _CLASSES if abs(loss - math.log(k)) < _EXACT * math.log(k)), None)


def guess(reading: Reading) -> float | None:
    """ln(classes) where the loss began as a guess among so many; None where it did not."""
    first = sorted(reading.values[:_FIRST].tolist())
    begun = first[len(first) // 2]
    if len(first) < _FIRST:
        return None
    for whole in _WHOLE[bisect_left(_WHOLE, begun / (1 + 2 * _OVER)) :]:
        if -_UNDER * whole > begun - whole:
            return None  # the others are higher still
        if begun - whole <= _OVER * whole:
            return whole
    return None


def gained(reading: Reading, whole: float) -> Floats:
    """The part of a guess's loss that it has come down by since its first few values."""
    first = sorted(reading.values[:_FIRST].tolist())
    return np.asarray((first[len(first) // 2] - reading.level) / whole)


def guesses(reading: Reading) -> NDArray[np.bool_]:
    """Where it began as a guess among classes, and has come down from that by no more than a hair.

    The one loss of which the log tells how much there is to learn: all of it. So this asks for the
    loss as it is; one that was scaled or shifted is no longer known for a cross-entropy.
    """
    if (whole := guess(reading)) is None:
        return np.zeros(len(reading), np.bool_)
    won = gained(reading, whole)
    return np.asarray((won <= HAIR) & (won >= -2 * HAIR))
