"""Whether the validation loss rises with a jump of the training loss.

A batch that merely is a hard one leaves the weights nearly where they were. One that threw them off
shows on the validation set as well, whose loss has no noise of batches.
"""

from __future__ import annotations

import numpy as np

from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Ints, Run

_LEAST = 6
"""Validation losses that must come before. With 5 one fine run of 590 more is told of a spike (the
clinic, the families of seed 21 and half of 36 others, nothing left out) and no other fault."""


def echoed(
    run: Run, reading: Reading, before: Ints, deviations: float, share: float
) -> tuple[Ints, Ints]:
    """The jumps after which the next validation loss lies above its level by so many deviations of
    its noise and by a share of its progress, and the block at which that was known; both shape (k,)

    Args:
        before: the last block before each jump, shape (n,), rising.
    """
    held_out, none = run.get("val/loss"), np.zeros(0, np.int64)
    main = run.main_loss
    if held_out is None or main is None or held_out is main[1] or not len(before):
        return none, none
    val = read(held_out.curve)
    at = val.steps.searchsorted(reading.steps[before + 1])
    known = (at >= _LEAST) & (at < len(val))
    before, at = before[known], at[known]
    rise, least = val.values[at] - val.level[at - 1], share * val.progress[at - 1]
    clear = (rise > deviations * val.noise[at - 1]) & (rise > least)
    before, heard = before[clear], reading.steps.searchsorted(val.steps[at[clear]])
    told = heard < len(reading)
    return before[told], heard[told]
