"""What a cut of the learning rate has won, and the most that a first one may."""

from __future__ import annotations

import math

import numpy as np

from lrdoctor.rules._rate import rates_at
from lrdoctor.rules._reading import Reading
from lrdoctor.run import Floats, Ints, Run

TO = 0.1
"""Part of the rate that a cut is to leave, as ReduceLROnPlateau's default is."""
_HELD_UP = 2.7
"""Deviations of the loss about its fall that a cut of the rate to a tenth wins at the most: nine in
ten of 43 cuts won less. As told, it holds in 0.90 of 51 cuts of these six tasks and in 0.99 of 104
of eight others (``tests/evaluation/cut.py``)."""
_CUT = 1.5
"""Times smaller that a rate becomes from one line to the next in a cut; decays take small steps."""
_NEAR = 0.5
"""Part of its peak from which on a rate is near it."""
SEEN = 4
"""Points on either side of a cut that its gain is read off."""
TINY = 1e-200


def newest_cut(rates: Floats, at: int) -> int | None:
    """The block at which the rate was cut last, with some on either side; None where it was not.

    Args:
        rates: in force at each block up to ``at``.
    """
    cuts: Ints = np.flatnonzero(rates[1:] < rates[:-1] / _CUT) + 1
    cuts = cuts[(cuts >= SEEN) & (cuts + SEEN <= at)]
    return int(cuts[-1]) if len(cuts) else None


def known_rates(run: Run, reading: Reading, at: int) -> Floats | None:
    """The rate in force at each block up to ``at``; None where one is unknown, or it is zero."""
    rates = rates_at(run, reading.steps[: at + 1])
    if rates is None or not np.isfinite(rates).all() or not rates[-1] > 0:
        return None
    return rates


def is_near_its_peak(rates: Floats) -> bool:
    return bool(rates[-1] >= _NEAR * rates.max())


def most_of_a_first(run: Run, reading: Reading, at: int) -> float | None:
    """The most that a first cut may win, a part of the progress; None where the rate was cut
    already, is no longer near its peak or is unknown, or where that is more than all that was won,
    which says nothing."""
    rates = known_rates(run, reading, at)
    if rates is None or newest_cut(rates, at) is not None or not is_near_its_peak(rates):
        return None
    most = held_up(reading, at)
    return most if most < 1 else None


def held_up(reading: Reading, at: int) -> float:
    """The most that a cut of the rate may win, a part of the progress: the steps' own noise, which
    a lower rate calms, holds the loss no higher than it makes it scatter."""
    return _HELD_UP * spread(reading, at) / max(float(reading.progress[at]), TINY)


def spread(reading: Reading, at: int) -> float:
    """The deviation of the newest half of the losses about their fall; no less than about their
    neighbours, for a fall at once is none along the whole half."""
    fall = float(reading.level[at // 2] - reading.level[at])
    about = math.sqrt(max(float(reading.newest[at, 1]) ** 2 - fall**2 / 12, 0.0))
    return max(about, float(reading.scatter[at]))
