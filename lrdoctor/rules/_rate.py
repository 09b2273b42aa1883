"""What rules ask of the logged learning rate."""

from __future__ import annotations

from functools import cached_property, lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading
from lrdoctor.run import Floats, Ints, Run, Series
from lrdoctor.signals._index import index, of_index
from lrdoctor.signals.peak import peak

_STILL = 1e-4
"""Part of its peak by which a rate that stands still may differ from what it was: no more than logs
round, for a cosine begins slowly."""
_HIGH = 0.35
"""Part of its peak above which a rate still has its effect before it: a cosine and a line reach
that at three fifths of the way. Of 0.15, 0.25, 0.35 and 0.5 chosen on the clinic and the families
of seeds 1, 2, 3 and 5, nothing left out: from 0.5 on down, 15 of 135 false alarms of divergence
less, for two that were right."""
_SPENT = 0.1
"""Part of its peak at which a rate has done its work: a cosine is there at four fifths of the way.
Of 0.1, 0.25 and 0.5 chosen on the clinic and the families of seeds 1, 2, 3 and 5, nothing left
out."""


def rates_at(run: Run, steps: Ints) -> Floats | None:
    """The rate in force at each of ``steps``, shape (n,); NaN before the first. None: not logged.

    Causal: the newest rate logged at or before each step.
    """
    series = run.get("lr")
    return None if series is None or not len(series) else _in_force(series, steps)


def _in_force(series: Series, steps: Ints) -> Floats:
    index = newest_at(series.steps, steps)
    if len(index) and index[0] >= 0:  # nearly always; it never falls
        rates = series.values[index]
    else:
        rates = np.where(index >= 0, series.values[np.maximum(index, 0)], np.nan)
    return np.minimum(np.maximum(rates, -1e100), 1e100)  # no product of two may overflow


class Course(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The rate at each block of a reading; all arrays have its shape."""

    rates: Floats

    @cached_property
    def highest(self) -> Floats:
        """The peak so far."""
        return peak(self.rates)

    @cached_property
    def moved(self) -> Floats:
        """How far it has come over the newest half of the points, or over the newest quarter."""
        rates, n = self.rates, len(self.rates)
        before, lately = rates[_half_ago(n)], rates[_quarter_ago(n)]
        return np.asarray(np.maximum(np.abs(rates - before), np.abs(rates - lately)))


def course(run: Run, reading: Reading) -> Course | None:
    """What rules ask of the rate beside the whole that ``reading`` is a head of, found once a look.

    None: not logged. Causal, so that its first entries are the head's.
    """
    series = run.get("lr")
    if series is None or not len(series):
        return None
    return _course(series, len(series), series.rewritten, reading.whole)


@lru_cache(maxsize=16)
def _course(series: Series, points: int, rewritten: int, reading: Reading) -> Course:
    """Of a series as long as it has so many points and was so often rewritten."""
    return Course(_in_force(series, reading.steps))


def rising(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """At each block, whether the rate has risen over the newest fifth of the points."""
    known, n = course(run, reading), len(reading)
    if known is None:
        return np.zeros(n, np.bool_)
    return np.asarray(known.rates[:n] > 1.05 * known.rates[_fifth_ago(n)], np.bool_)


def rises(run: Run, reading: Reading) -> bool:
    """``rising`` at the newest block."""
    known, newest = course(run, reading), len(reading) - 1
    return known is not None and bool(known.rates[newest] > 1.05 * known.rates[newest * 4 // 5])


_fifth_ago = of_index(lambda i: i * 4 // 5)


def changing(run: Run, reading: Reading, above: float = _HIGH) -> NDArray[np.bool_]:
    """At each block, whether the rate is high for its schedule and on its way up or down.

    High: above a part of its peak so far, ``_HIGH`` where none is given. A loss that is thrown up
    there, before it has learnt anything, comes back as the rate falls, or does not: only a lower
    rate tells.
    """
    known, n = course(run, reading), len(reading)
    if known is None:
        return np.zeros(n, np.bool_)
    highest = known.highest[:n]
    return (known.moved[:n] > _STILL * highest) & (known.rates[:n] > above * highest)


def spent(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """At each block, whether the rate has come down to ``_SPENT`` of its peak so far."""
    known, n = course(run, reading), len(reading)
    if known is None:
        return np.zeros(n, np.bool_)
    return np.asarray(known.rates[:n] <= _SPENT * known.highest[:n], np.bool_)


_half_ago, _quarter_ago = of_index(lambda i: i - i // 2), of_index(lambda i: i - i // 4)
"""The point that lay a half and a quarter of the points so far before each."""


def returned(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """At each block, whether the rate has just jumped up to where it had been before.

    That is a restart of a cosine or cyclic schedule; a jump beyond every former rate is not, nor is
    a rate that has fallen to under half since it rose.
    """
    known, n = course(run, reading), len(reading)
    if known is None or n < 2:
        return np.zeros(n, np.bool_)
    rates, highest, at = known.rates[:n], known.highest, index(n)
    one, two, recent = (rates[np.maximum(at - back, 0)] for back in (1, 2, 3))
    before = highest[np.maximum(at - 4, 0)]
    up = (rates > 1.5 * recent) & (2 * rates >= np.maximum(one, two))
    return np.asarray(up & (rates <= 1.05 * before), np.bool_)
