"""Whether the loss has risen since the learning rate jumped: where the time is known beforehand.

A change that nothing announced must be large to be told from noise, for it may come anywhere. After
a jump of the rate a lesser one is enough.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Floats, Run
from lrdoctor.schedules.jump import jumps
from lrdoctor.signals._index import count

_SETTLED = 5
"""Losses that must have come before, to know their level by."""
_FEW = 3
"""Points that must have come since."""
ERRORS = 3.0
"""Standard errors by which their mean must lie above the level before: of a loss that stays where
it was one in 740. No run of the clinic without a fault has such a jump of its rate."""
_TINY = 1e-200


def jumped(
    run: Run, reading: Reading
) -> tuple[NDArray[np.bool_], Floats, Floats, NDArray[np.intp]] | None:
    """Where that holds; the rise in standard errors; the level's height over that of before; the
    block of the newest jump. Each of shape (blocks,); None where the rate never jumped."""
    jumps, size = _jumps(run, reading), len(reading)
    if not jumps:
        return None
    begun = np.zeros(size, np.intp)
    holds, errors, height = np.zeros(size, np.bool_), np.zeros(size), np.zeros(size)
    for at in jumps:
        before, ragged = float(reading.level[at - 1]), float(reading.noise[at - 1])
        since = count(size - at)
        over = np.cumsum(reading.values[at:] - before) / since
        doubt = np.hypot(reading.doubt[at - 1], ragged / np.sqrt(since))
        errors[at:] = over / np.maximum(doubt, _TINY)
        height[at:] = reading.level[at:] - before
        known = (since >= _FEW) & (since <= at)  # no longer than what it is compared with
        risen = (errors[at:] > ERRORS) | _held_out_rose(run, reading, at)
        holds[at:] = known & risen & (height[at:] > 0)
        begun[at:] = at
    return holds, errors, height, begun


def _jumps(run: Run, reading: Reading) -> list[int]:
    """The blocks from which on it was known that the rate had jumped (``schedules.jump``)."""
    rates = run.get("lr")
    if rates is None:
        return []
    curve = rates.curve.finite()
    at = reading.steps.searchsorted(curve.steps[jumps(run, curve)])
    return [i for i in at.tolist() if _SETTLED <= i < len(reading)]


def _held_out_rose(run: Run, reading: Reading, at: int) -> NDArray[np.bool_]:
    """At each point from ``at`` on, whether two validation losses since lie above the last one."""
    held_out = run.get("val/loss")
    val = None if held_out is None else read(held_out.curve)
    last = -1 if val is None else int(val.steps.searchsorted(reading.steps[at])) - 1
    if val is None or last < _FEW - 1:
        return np.zeros(len(reading) - at, np.bool_)
    above = val.values - val.values[last] > ERRORS * val.noise[last]
    above[: last + 1] = False
    many = np.cumsum(above)
    newest = newest_at(val.steps, reading.steps[at:])
    return np.asarray(many[np.maximum(newest, 0)] >= 2)
