"""Whether a loss is the cross-entropy of guessing, whose floor is known: nothing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Run

_CLASSES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 1000)
"""Numbers of classes that are common, and far enough apart to be told by their logarithms."""
_EXACT = 0.003
"""Part of ln(classes) by which a loss that has settled there may differ."""
_UNDER, _OVER = 0.02, 0.06
"""Parts of ln(classes) by which the middle of the first losses may lie under and over it: a network
that was not trained yet is a little worse than a guess. Chosen on the clinic and the families of
seeds 1, 2, 3 and 5, nothing left out."""
_CALM = 0.02
"""Part of ln(classes) that single losses may scatter by, and"""
_AGREES = 0.01
"""by which the validation loss may lie beside it: a model that guesses gives every example the same
loss, other losses get there by chance. Chosen on the clinic and made-up losses of other kinds (23
families, seed 2), where three that learn scatter by 0.06 to 0.16; models that do guess by 0.004."""

_GUESSED = tuple(math.log(k) for k in _CLASSES)


def guesses(run: Run, reading: Reading, at: int) -> int | None:
    """The number of classes among which a loss that stands still at block ``at`` is guessed."""
    return classes_of(float(reading.level[at])) if guessing(run, reading)[at] else None


def guessing(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where the loss stands at, and the validation loss beside, the cross-entropy of guessing."""
    stand = reading.level
    near = np.zeros(len(reading), np.bool_)
    for k in _CLASSES:
        near |= np.abs(stand - math.log(k)) < _EXACT * math.log(k)
    near &= reading.scatter <= _CALM * stand
    held_out = run.get("val/loss")
    if held_out is not None and np.count_nonzero(near):
        val = read(held_out.curve)
        at = newest_at(val.steps, reading.steps)
        near &= (at < 0) | (np.abs(val.level[np.maximum(at, 0)] - stand) <= _AGREES * stand)
    return near


def classes_of(loss: float) -> int | None:
    """The number of classes whose cross-entropy of pure guessing, ln(classes), ``loss`` is."""
    return next((k for k in _CLASSES if abs(loss - math.log(k)) < _EXACT * math.log(k)), None)


def is_guess(begun: float) -> bool:
    """Whether a loss that began there began as a guess among so many."""
    return any(-_UNDER * whole <= begun - whole <= _OVER * whole for whole in _GUESSED)
