"""Whether training and validation loss both jump about a level that they never come down from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Floats, Run

JUMPS = 0.1
"""Part of its height above zero by which each of the two losses jumps from one to the next, and"""
_STAYS = 0.95
"""part of the first that each still stands at. All three were chosen on the clinic, whole and in
10, 20 and 50 rows (``coarse.py``), nothing left out: jumps of 0.1 to 0.2, 0.8 to 0.95 of the first
and 6 or 8 evaluations tell three of 288 fine runs at most, and 20 to 26 of 98 that diverge."""
_EVALUATIONS = 8
"""Validation losses that must be known."""


def sways(run: Run, reading: Reading) -> tuple[NDArray[np.bool_], Floats] | None:
    """At each block, whether it is so, and by what part of its height the validation loss jumps.

    The validation set is the same each time, so that its loss jumps as the weights do; and the
    means of a log by the epoch have next to no noise of batches. A few rows are enough where
    nothing tells any more where training began. Asks for losses above zero, as ``_height`` does.
    None: the validation losses do not jump so, or tell nothing.
    """
    held_out = run.get("val/loss")
    val = None if held_out is None else read(held_out.curve)
    if val is None or len(val) < _EVALUATIONS or not (val.start > 0 and reading.start > 0):
        return None
    about = _about(val)
    if not np.count_nonzero(about):
        return None
    at = newest_at(val.steps, reading.steps)
    known, at = at >= _EVALUATIONS - 1, np.maximum(at, 0)
    holds = known & about[at] & _about(reading)
    return holds, val.scatter[at] / np.maximum(val.level[at], 1e-200)


def _about(reading: Reading) -> NDArray[np.bool_]:
    """Where a loss jumps about, no lower than it began."""
    jumps = reading.scatter >= JUMPS * reading.level
    return np.asarray(jumps & (reading.level >= _STAYS * reading.start))
