"""The loss as it would stand in the log if its logger wrote NaN."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from lrdoctor.run import RAW, Block, Floats, Ints, Run, Series, last_finite
from lrdoctor.signals.noise import noise

PAIR, PATIENCE = 2, 5
"""Equal losses in a row at the end that are a NaN where what stands beside them is not finite, and
where nothing does; with the two below they are those of the rule ``hidden-nan``."""
FALL, DEVIATIONS = 0.3, 8.0
"""Parts of the progress, and noise deviations, by which the second kind lies under all before it:
no step of an optimizer takes a loss so far down and then nowhere."""


def unmasked(run: Run, losses: Series) -> Series:
    """The losses, NaN from where the run's newest ones are a NaN that was written as a number.

    Hugging Face's ``logging_nan_inf_filter`` and ClearML write it as 0: so broken a run would be
    taken for the best of all. The series itself where its newest losses are not of that kind.
    """
    if len(losses) < PAIR or losses.values[-1] != losses.values[-2]:
        return losses
    steps, values = losses.steps, losses.values
    held = _held(values[-RAW:])
    if held == RAW:  # for longer than is looked at
        held = len(values) - _moved(losses)
    near = steps[-min(held, RAW) :]
    moved = int(steps[-held - 1]) if held < len(steps) else None
    gone = len(near) - _since(~_not_finite_beside(run, near, moved))
    lost = held if gone == len(near) else gone
    if lost < PAIR:
        fell = held >= PATIENCE and _fell(values[:-held][-RAW:], float(values[-1]))
        lost = held if fell else 0
    if not lost:
        return losses
    told = _before(losses, int(steps[-lost]), losses.overtaken)
    new = steps[len(told) :]
    told.append(Block(losses.tag, new, np.full(len(new), np.nan)))
    return told


@lru_cache(maxsize=16)
def _before(losses: Series, step: int, overtaken: int) -> Series:
    """The losses before ``step``, to which each look adds what is new; cut anew after a resume."""
    return losses.until(step - 1)


def _held(values: Floats) -> int:
    """How many values in a row the newest one has stood, itself included."""
    return len(values) - _since(values != values[-1])


def _moved(losses: Series) -> int:
    """Index from which on all values have been the newest one."""
    curve, now = losses.curve, float(losses.values[-1])
    if not math.isfinite(now):  # a block does not tell infinities from NaN
        return _since(losses.values != now)
    end = int(curve.starts[-1] + curve.sizes[-1])
    if newest := _since(losses.values[end:] != now):
        return end + newest
    other = np.flatnonzero((curve.low != now) | (curve.high != now) | (curve.non_finite > 0))[-1:]
    if not len(other):
        return 0
    start, size = int(curve.starts[other[0]]), int(curve.sizes[other[0]])
    return start + _since(losses.values[start : start + size] != now)


def _since(differs: np.ndarray) -> int:
    """Index from which on none differs any more."""
    last = np.flatnonzero(differs)[-1:]
    return int(last[0]) + 1 if len(last) else 0


def _not_finite_beside(run: Run, steps: Ints, moved: int | None) -> np.ndarray:
    """At each of ``steps``, whether the newest gradient norm or validation loss is not finite; a
    validation loss that was so when the loss still moved, at ``moved``, is NaN of its own."""
    gone = np.zeros(len(steps), np.bool_)
    for other in ("grad_norm", "val/loss"):
        beside = run.get(other)
        if beside is not None and beside.non_finite:
            lost = beside.steps[last_finite(beside) + 1 :]
            if other == "val/loss" and moved is not None and len(lost) and moved > lost[0]:
                continue
            at = np.searchsorted(beside.steps, steps, side="right") - 1
            gone |= (at >= 0) & ~np.isfinite(beside.values[np.maximum(at, 0)])
    return gone


def _fell(before: Floats, now: float) -> bool:
    before = before[np.isfinite(before)]
    if len(before) < PATIENCE:
        return False
    low = float(before.min())
    deep = max(FALL * (float(before[0]) - low), DEVIATIONS * float(noise(before)[-1]))
    return bool(low - now > deep > 0)
