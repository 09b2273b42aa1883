"""Whether a loss is the cross-entropy of guessing, whose floor is known: nothing."""

from __future__ import annotations

import math

_CLASSES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 1000)
"""Numbers of classes that are common, and far enough apart to be told by their logarithms."""
_EXACT = 0.003
"""Part of ln(classes) by which a loss that has settled there may differ."""
_UNDER, _OVER = 0.02, 0.06
"""Parts of ln(classes) by which the middle of the first losses may lie under and over it: a network
that was not trained yet is a little worse than a guess. Chosen on the clinic and the families of
seeds 1, 2, 3 and 5, nothing left out."""


def classes_of(loss: float) -> int | None:
    """The number of classes whose cross-entropy of pure guessing, ln(classes), ``loss`` is."""
    return next((k for k in _CLASSES if abs(loss - math.log(k)) < _EXACT * math.log(k)), None)


def is_guess(begun: float) -> bool:
    """Whether a loss that began there began as a guess among so many."""
    among = (math.log(k) for k in _CLASSES)
    return any(-_UNDER * whole <= begun - whole <= _OVER * whole for whole in among)
