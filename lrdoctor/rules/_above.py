"""Whether losses lie above the first one, where that one is a single draw among noisy others."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._learning import held_out_moved
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Floats, Run
from lrdoctor.signals._index import count, index, of_index, two_thirds
from lrdoctor.signals.best import best
from lrdoctor.signals.level import level
from lrdoctor.signals.moments import moments
from lrdoctor.signals.rank import rank

_TINY = 1e-200
RARE = 0.0125
"""Share of all values at or under the first from which on that is rarely an accident: of runs
whose losses all come from one distribution, one in eighty has such a first one."""
_FLOOR = 19.0
"""Times further that the mean lies above a first loss than the lowest lies under it: of noise that
is bounded below and skew (exponential) one value in twenty lies so low, of normal noise fewer."""
_EARLIEST = 8
"""Points before which the first loss is compared with no others."""
ERRORS = 4.0
"""Standard errors that the mean of the newest half must lie above the first loss."""
_HALF = 16
"""Points that must be known. One spike, however high, is one standard error."""
_STAYS = 0.7
"""Part of the rise of a third of the points ago that is still there: else it is on its way back.
Chosen on all tasks of the clinic and of the families of seeds 1, 3 and 5; those of seed 2 were left
out."""
_EVALUATIONS = 5
"""Validation losses that must be known, or their jumps are not."""
_RESTLESS = 0.1
"""Part of the excess that single validation losses must jump by. Fitted: none of 218 recorded runs
whose rate was too low to move them comes near (tests/evaluation)."""
_STUDENT = np.array([
    1e9, 1e9, 1e9, 4.30265273, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252,
    2.306004135, 2.262157163, 2.228138852, 2.20098516, 2.17881283, 2.160368656, 2.144786688,
    2.131449546, 2.119905299, 2.109815578, 2.10092204, 2.093024054, 2.085963447, 2.079613845,
    2.073873068, 2.06865761, 2.063898562, 2.059538553, 2.055529439, 2.051830516, 2.048407142,
    2.045229642, 2.042272456, 2.039513446, 2.036933343, 2.034515297, 2.032244509, 2.030107928,
    2.028094001, 2.026192463, 2.024394164, 2.02269092,
])  # fmt: skip
"""Student's 0.975 quantile for 2 to 39 degrees of freedom, written out: to import what computes it
(``scipy.special.stdtrit``, which the tests compare) takes longer than to diagnose a run.
Deviations by which the mean of few values lies above another one of the same normal noise in
one case of forty; by their number, from 0 on."""
_HELD = 0.4
"""Part of the few points so far at which that must have held: a running average that wanders
away from its first value comes back."""
_LOW = 0.15
"""Quantile of the newest losses that stands for the lowest of them: single ones may dip."""
_APART = 4.0
"""Distances from that quantile to the median by which a first loss that lies apart from all others
lies under it; of normal noise none does. Chosen on the clinic and the families of seed 1
(``fit_thresholds.py``): of few values less is not rare enough."""
_UNSURE = 8.0
"""Points from which on a distance of two quantiles is known to half, see ``_apart``."""
_AT_REST = 0.3
"""Noise deviations that the validation losses of a model at rest may lie apart. Chosen on all tasks
of the clinic and of the families of seeds 1, 2, 3 and 5, nothing left out: of 518 runs that never
moved, or hardly, 83 are no longer said to rise; of 1,239 that did rise four."""
_FAR = 6.0
"""Times that the scatter of all values may exceed that of neighbours, at most."""


def crowd(run: Run, reading: Reading) -> tuple[NDArray[np.bool_], Floats]:
    """Where next to all values lie above the first, and have not begun to come back; its rank.

    Not where the validation losses stand: a model at rest has but a first loss that is low by
    chance. That of a dead network does not move at all.
    """
    many, low = _crowd(reading, run.x_axis == "step")
    if np.count_nonzero(many):
        moved = held_out_moved(run, reading.steps)
        many = many & ~((moved > 0) & (moved <= _AT_REST * reading.noise))
    return many, low


@lru_cache(maxsize=16)
def _crowd(reading: Reading, stepwise: bool) -> tuple[NDArray[np.bool_], Floats]:
    full, size = len(reading), reading.risen
    if size < _EARLIEST:
        return np.zeros(full, np.bool_), np.zeros(full)
    reading = reading.head(size)
    place, low = index(len(reading)), rank(reading.values)
    rare = (low <= RARE) & (place >= 1 / RARE)
    beneath = reading.start - best(reading.values)
    mean, errors = _newest(reading)
    rare |= (mean > _FLOOR * beneath) & (errors > ERRORS) & (place >= 2 * _HALF) & (low <= 0.1)
    rare |= _apart(reading)
    if stepwise and not reading.lone:
        rare[: len(_STUDENT)] |= _student(reading.head(len(_STUDENT)))
    rise = reading.level - reading.start
    rare[: _EARLIEST - 1] = False
    rare &= rise >= 0.5 * rise[two_thirds(len(reading))]
    if np.count_nonzero(rare):
        rare &= rise > 0.5 * reading.lately
    return _padded(rare, full), _padded(low, full)


def _student(reading: Reading) -> NDArray[np.bool_]:
    """Where the mean of few values has been above the first by more than their scatter tells."""
    mean, spread = moments(reading.values[1:], 1.0).T
    over = np.concatenate([[0.0], mean - reading.start])
    far = _STUDENT[: len(reading)] * np.concatenate([[1e9], spread])
    holds = over > np.maximum(far, _TINY)
    return np.asarray(holds & (np.cumsum(holds) >= _HELD * count(len(reading))))


def _apart(reading: Reading) -> NDArray[np.bool_]:
    """Where the first loss lies apart from all the newest, under them.

    Measured by the lower half of their own scatter, so that no tail above them hides it.
    """
    low = level(reading.values, 0.9, quantile=_LOW)
    over = (low > reading.start).nonzero()[0]
    if not len(over):
        return np.zeros(len(reading), np.bool_)
    full, size = len(reading), int(over[-1]) + 1
    low, spread, reading = low[:size], reading.newest[:size, 1], reading.head(size)
    middle = level(reading.values, 0.9)
    # A loss that wanders or climbs is farther from its first value than neighbours are apart.
    wide = np.minimum(np.maximum(spread / np.maximum(reading.scatter, _TINY), 1.0), _FAR)
    if reading.lone:  # one batch beside averages over a whole rhythm
        wide *= float(reading.steps[2] - reading.steps[1]) ** 0.5
    need = _APART * (1 + _UNSURE / count(size)) * wide * (middle - low)
    return _padded(low - reading.start > np.maximum(need, _TINY), full)


def restless(run: Run, reading: Reading) -> tuple[NDArray[np.bool_], Floats]:
    """Where the mean lies above the first loss while the validation loss jumps about.

    A model at rest keeps its loss on the same validation set. The level must lie above the first
    loss by the noise of one, for that is one itself, and not be on its way back. Also the mean's
    excess in standard errors.
    """
    held_out, full, size = run.get("val/loss"), len(reading), reading.risen
    if held_out is None or size <= _HALF:
        return np.zeros(full, np.bool_), np.zeros(full)
    reading = reading.head(size)
    over, errors = _newest(reading)
    holds = errors > ERRORS
    holds[:_HALF] = False
    if not holds.any():
        return np.zeros(full, np.bool_), _padded(errors, full)
    val = read(held_out.curve)
    at = newest_at(val.steps, reading.steps)
    jumps = val.scatter[np.maximum(at, 0)] if len(val) else np.zeros(len(reading))
    holds &= (at >= _EVALUATIONS - 1) & (jumps > _RESTLESS * over)
    rise = reading.level - reading.start
    holds &= (rise > reading.lately) & (rise >= _STAYS * rise[two_thirds(len(reading))])
    return _padded(holds, full), _padded(errors, full)


def _padded(figures: NDArray[Any], size: int) -> NDArray[Any]:
    """``figures`` and zeros, shape (size,)."""
    whole = np.zeros(size, figures.dtype)
    whole[: len(figures)] = figures
    return whole


def _newest(reading: Reading) -> tuple[Floats, Floats]:
    """How far the mean of the newest half lies above the first loss; the same in its errors."""
    mean, spread = reading.newest.T
    over = mean - reading.start
    return over, over * _root_of_half(len(reading)) / np.maximum(spread, 1e-100)


_root_of_half = of_index(lambda i: np.sqrt(i // 2 + 1))
"""Root of the number of points in the newest half."""
