"""How much training must lie behind a loss before it can be said to stand where it began."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._reading import Reading
from lrdoctor.run import Ints, Run
from lrdoctor.signals._index import index

_STEPS = 400
"""Optimizer steps that ``few`` points must stand for: the small networks of the recorded runs,
trained for 300 to 1,500 steps, had all left their start by then at a rate that trains."""
_FEW_STEPS = 240
"""Optimizer steps before which no run is called flat, however often it was logged."""
_LEAST_STEPS = 100
"""Optimizer steps that a model at rest, or a schedule that is through, must have lasted; on rows
and epochs ``few`` points suffice. Chosen as ``_unmoved._REST``."""
_SOON = 200
"""Optimizer steps after which a loss that has hardly won any of its height is told. Of 100, 150,
200 and 300 chosen on the clinic and the families of seed 11, nothing left out: earlier, a few are
told that fall later."""


class Limits(Protocol):
    """The rule's thresholds; see ``Flat``."""

    @property
    def within(self) -> float: ...
    @property
    def many(self) -> int: ...
    @property
    def few(self) -> int: ...


def soon(limits: Limits, run: Run, reading: Reading) -> int:
    """The first block at which there are points enough for what is as clear as a part of the
    height."""
    if run.settings.planned_steps:
        return max(limits.few - 1, reading.after(-(-run.settings.planned_steps // 2)))
    if run.x_axis == "step":
        return max(limits.few - 1, reading.after(_SOON))
    return (1 if _evaluated(run, reading.steps[: limits.few]) else 2) * limits.few - 1


def _evaluated(run: Run, rows: Ints) -> bool:
    """Whether half of these rows have their own validation loss: as nobody validates every other
    batch, each stands for much training."""
    held_out = run.get("val/loss")
    return held_out is not None and 2 * np.isin(rows, held_out.steps).sum() >= len(rows)


def early(run: Run, reading: Reading) -> int:
    """The first block at which so much training lies behind that some sign calls it enough."""
    if run.x_axis != "step":
        return 0
    planned = run.settings.planned_steps
    return reading.after(min(_LEAST_STEPS, -(-planned // 3)) if planned else _LEAST_STEPS)


def lasted(limits: Limits, run: Run, reading: Reading) -> int:
    """The first block at which either has lasted for long enough."""
    least, planned = limits.few - 1, run.settings.planned_steps
    if planned:
        least = max(least, reading.after(-(-planned // 4)))
    return max(least, reading.after(_LEAST_STEPS)) if run.x_axis == "step" else least


def coarse(limits: Limits, run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where few points stand for much training, so that a move would show."""
    enough, planned = np.zeros(len(reading), np.bool_), run.settings.planned_steps
    if planned:
        enough[max(limits.few - 1, reading.after(-(-planned // 2))) :] = True
    elif run.x_axis == "step":
        gone = reading.steps - reading.first_steps[0]
        enough[max(limits.few - 1, reading.after(_STEPS)) :] = True
        enough &= gone >= 20 * index(len(reading))
    return enough


def many(limits: Limits, run: Run, reading: Reading) -> int:
    """The first block at which there are points enough, however little training they stand for."""
    planned, many = run.settings.planned_steps, limits.many
    if planned:
        return max(many - 1, reading.after(-(-planned // 3)))
    if run.x_axis == "step":
        return min(max(many - 1, reading.after(_FEW_STEPS)),
                   max(-(-2 * many // 3) - 1, reading.after(_STEPS)))  # fmt: skip
    return many // 2 - 1
