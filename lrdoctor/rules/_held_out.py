"""What the validation loss says of a training loss that seems to rise.

The validation set is the same each time, so that its loss has no noise of batches: it moves with
the weights alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._rate import spent
from lrdoctor.rules._reading import Reading
from lrdoctor.run import Floats, Ints, Run
from lrdoctor.signals._index import count, two_thirds
from lrdoctor.signals.best import best
from lrdoctor.signals.level import level
from lrdoctor.signals.noise import noise

_FEW = 4
"""Validation losses that must be known: of three in random order the first is the lowest in one
case of three."""
_EARLIEST = 8
"""Training losses before which the first is compared with no others, as in ``_above``."""
_MANY = 12
"""Training losses that must be known where no validation loss tells where it began: the first of so
many is the lowest by chance in one case of twelve, and the others must speak against that, too."""
_RARE = 0.05
"""Share of all training losses that may lie at or under the first, or the first alone."""
_SAME = 0.5
"""Part of the training loss's rise, or of its scatter, that the validation loss's must come to."""
_STAYS = 0.7
"""Part of the rise of a third of the points ago that is still there, see ``_above``; less is on its
way back, unless the rate is spent."""
_DOWN = 0.7
"""Part of its whole way that the validation loss must have come down, and"""
_FAR = 0.3
"""deviations of single training losses by which, to say that the model learns, and"""
_NEAR = 4.0
"""deviations above the first training loss within which it must have begun: else both were thrown
up, and come down from there. The three were chosen on the clinic and the families of seeds 1, 2, 3
and 5, nothing left out: 7 of 115 false alarms less, for 2 of 1,050 that were right."""


def agrees(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where next to no training loss lies under the first, and the validation losses agree.

    Either they have risen from their own first one by as much as the training loss did from its,
    none of them under it. Or all of them lie above the first training loss and jump about by as
    much as training losses scatter: then these scatter as the weights move, not by their batches,
    and the first one is no accident of its batch.
    """
    held_out = run.get("val/loss")
    curve = None if held_out is None else held_out.curve.finite()
    if curve is None or len(curve) < _FEW:
        return np.zeros(len(reading), np.bool_)
    low = np.cumsum(reading.values <= reading.start)
    rise = reading.level - reading.start
    holds = (low <= np.maximum(_RARE * count(len(reading)), 1)) & (rise > 0)
    holds[: _EARLIEST - 1] = False
    if not holds.any():
        return np.zeros(len(reading), np.bool_)
    values = np.clip(curve.values, -1e100, 1e100)
    at = newest_at(curve.steps, reading.steps)
    stays = (rise >= _STAYS * rise[two_thirds(len(reading))]) | spent(run, reading)
    holds &= (at >= _FEW - 1) & stays
    at = np.maximum(at, 0)
    moves = (best(values) > reading.start)[at]
    moves &= noise(values)[at] > _SAME * reading.scatter
    moves[: _MANY - 1] = False
    return np.asarray(holds & (moves | _risen(values, at, reading)), np.bool_)


def _risen(values: Floats, at: Ints, reading: Reading) -> NDArray[np.bool_]:
    """Where the validation losses lie above their first one as the training losses do."""
    over = level(values, 0.5) - values[0]
    above = values - values[0] > _SAME * over
    above[1:] &= best(values[1:]) > values[0]
    return np.asarray(above[at] & (over[at] > _SAME * (reading.newest[:, 0] - reading.start)))


def learns(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where the validation loss has come down nearly all the way that it went, from near the start.

    Then a first training loss that lies under most of the others is an accident of its batch.
    """
    held_out = run.get("val/loss")
    curve = None if held_out is None else held_out.curve.finite()
    if curve is None or len(curve) < _FEW:
        return np.zeros(len(reading), np.bool_)
    values = np.clip(curve.values, -1e100, 1e100)
    fall = values[0] - values
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(values)))])
    at = newest_at(curve.steps, reading.steps)
    known, at = at >= _FEW - 1, np.maximum(at, 0)
    near = values[0] - reading.start <= _NEAR * reading.noise
    far = fall[at] >= _FAR * reading.scatter
    return np.asarray(known & near & far & (fall > 0)[at] & (fall >= _DOWN * way)[at])
