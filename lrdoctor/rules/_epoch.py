"""How long an epoch is, and what comes back with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.run import Floats, Ints, Run

_SAME = 0.05
"""Part of an epoch by which two places in it may differ and still be the same batches: logs that
tell every tenth step of an epoch of 200 are exact to that."""


def epoch_steps(run: Run, step: int) -> float | None:
    """Steps from one epoch to the next, as known at ``step``; None where the log does not tell.

    From a logged epoch number, else from the distance of validation losses, which come with the
    epoch in most trainings.
    """
    if run.x_axis != "step":
        return None
    epochs = run.get("epoch")
    if epochs is not None:
        n = int(np.searchsorted(epochs.steps, step, side="right"))
        steps, numbers = epochs.steps[max(0, n - 2000) : n], epochs.values[max(0, n - 2000) : n]
        if n > 1 and np.isfinite(numbers).all() and numbers[-1] > numbers[0]:
            return _length(steps, numbers)
    held_out = run.get("val/loss")
    if held_out is None:
        return None
    at = held_out.steps[: int(np.searchsorted(held_out.steps, step, side="right"))][-65:]
    if len(at) < 4:
        return None
    gaps = np.diff(at)
    usual = float(np.median(gaps))
    return usual if usual > 1 and (np.abs(gaps - usual) <= _SAME * usual + 1).mean() > 0.8 else None


def _length(steps: Ints, numbers: Floats) -> float | None:
    """Steps of an epoch by its number beside them; both shape (n,). None where it went back.

    A whole number stands still within an epoch, and the newest one is not over: it is measured from
    where one begins to where the newest does.
    """
    if (numbers == np.floor(numbers)).all():
        begun = np.flatnonzero(numbers[1:] > numbers[:-1]) + 1
        ends = (begun[0], begun[-1]) if len(begun) > 1 else (0, begun[0])
    else:
        ends = (0, -1)
    first, last = ends
    many = float(numbers[last] - numbers[first])
    return float(steps[last] - steps[first]) / many if many > 0 else None


def same_place(steps: Sequence[int], epoch: float | None) -> bool:
    """Whether all of ``steps``, three at least, lie at the same place of an epoch each."""
    if epoch is None or len(steps) < 3:
        return False
    turns = np.diff(np.asarray(steps, np.float64)) / epoch
    return bool((np.abs(turns - np.round(turns)) <= _SAME).all() and (turns > 0.5).all())
