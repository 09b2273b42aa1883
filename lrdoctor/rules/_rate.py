"""What rules ask of the logged learning rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Floats, Ints, Run


def rates_at(run: Run, steps: Ints) -> Floats | None:
    """The rate in force at each of ``steps``, shape (n,); NaN before the first. None: not logged.

    Causal: the newest rate logged at or before each step.
    """
    series = run.get("lr")
    if series is None or not len(series):
        return None
    index = np.searchsorted(series.steps, steps, side="right") - 1
    rates = np.where(index >= 0, series.values[np.maximum(index, 0)], np.nan)
    return np.minimum(np.maximum(rates, -1e100), 1e100)  # no product of two may overflow


def rising(run: Run, steps: Ints) -> NDArray[np.bool_]:
    """At each of ``steps``, whether the rate has risen over the newest fifth of the points."""
    rates = rates_at(run, steps)
    if rates is None:
        return np.zeros(len(steps), np.bool_)
    before = rates[np.arange(len(steps)) * 4 // 5]
    return np.asarray(rates > 1.05 * before, np.bool_)


def returned(run: Run, steps: Ints) -> NDArray[np.bool_]:
    """At each of ``steps``, whether the rate has just jumped up to where it had been before.

    That is a restart of a cosine or cyclic schedule; a jump beyond every former rate is not.
    """
    rates = rates_at(run, steps)
    if rates is None or len(rates) < 2:
        return np.zeros(len(steps), np.bool_)
    recent = rates[np.maximum(np.arange(len(rates)) - 3, 0)]
    highest = np.fmax.accumulate(rates)
    before = highest[np.maximum(np.arange(len(rates)) - 4, 0)]
    return np.asarray((rates > 1.5 * recent) & (rates <= 1.05 * before), np.bool_)
