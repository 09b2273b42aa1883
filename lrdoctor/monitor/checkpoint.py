"""Which checkpoint to go back to, where a diagnosis says to go back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lrdoctor import metrics
from lrdoctor.diagnosis import Advice, Diagnosis
from lrdoctor.ending import one_line
from lrdoctor.follow import checkpoint
from lrdoctor.follow.checkpoint import Checkpoint, Found
from lrdoctor.follow.place import Place
from lrdoctor.follow.shown import shown
from lrdoctor.run import Run

KEPT = "A resume brings the old learning rate back: set the new one after loading."
"""A Transformers resume from a checkpoint, started with another rate, went on at the old one: it
comes with the optimizer's state (pytorch/examples, issue 816, tells the same of plain PyTorch)."""


def with_checkpoints(diagnosis: Diagnosis, run: Run, place: Place) -> Diagnosis:
    """The diagnosis, its advice to go back naming the newest checkpoint that may be gone back to.

    Folders are listed only where there is such advice.
    """
    if all(advice.sound_step is None for advice in diagnosis.advice):
        return diagnosis
    found = checkpoint.beside(place)
    if not found.checkpoints:
        return diagnosis
    moved = diagnosis.learning_rate.factor not in (None, 1)
    advice = tuple(_naming(one, run, found, moved=moved) for one in diagnosis.advice)
    return replace(diagnosis, advice=advice)


def _naming(advice: Advice, run: Run, found: Found, *, moved: bool) -> Advice:
    """The advice, naming the checkpoint.

    Args:
        moved: the rate is to be another one from there on.
    """
    sound = advice.sound_step
    if sound is None:
        return advice
    at = _axis_of(run, found)
    known = [(step, one.path) for one in found.checkpoints if (step := at(one)) is not None]
    newest = max((one for one in known if one[0] <= sound), default=None)
    if newest is not None:
        name = shown(newest[1])
        said = f"The newest found up to there is {one_line(name)}."
        said = f"{said} {KEPT}" if moved else said
        return replace(advice, checkpoint=name, reason=f"{advice.reason} {said}")
    if not known or not found.whole:
        return advice
    said = f"No checkpoint found is that early: the oldest is of {run.x_axis} {min(known)[0]}."
    return replace(advice, reason=f"{advice.reason} {said}")


def _axis_of(run: Run, found: Found) -> Callable[[Checkpoint], int | None]:
    """Where on the run's own axis a checkpoint was saved; None for those of which that is not
    known."""
    if run.x_axis == "epoch":
        first = min(run.first_step or 0, 1)
        return lambda one: None if one.epoch is None else _as_logged(one, one.epoch, first)
    if run.x_axis != "step":
        return lambda one: None
    tag = next((tag for tag, kind in metrics.axes(run.tags) if kind == "epoch"), None)
    if tag is None or all(one.step is not None for one in found.checkpoints):
        return lambda one: one.step
    steps = run.tags[tag].steps
    counts = np.maximum.accumulate(np.nan_to_num(run.tags[tag].values, posinf=0.0))
    # Parts of an epoch are logged as how much is done: 1.0 at the end of the first.
    first = 1 if counts[0] >= 1 or (counts % 1).any() else 0

    def at(one: Checkpoint) -> int | None:
        """An epoch's is saved after its last row."""
        if one.step is not None or one.epoch is None:
            return one.step
        epoch = _as_logged(one, one.epoch, first)
        rows = int(np.searchsorted(counts, epoch, side="right"))
        return int(steps[rows - 1]) if rows and epoch <= counts[-1] else None

    return at


def _as_logged(one: Checkpoint, epoch: int, first: int) -> int:
    """The number that the log gives to the epoch after which it was saved.

    Args:
        first: what the log calls the first epoch, 0 or 1.
    """
    return epoch if one.counts_from is None else epoch - one.counts_from + first
