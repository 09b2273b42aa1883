"""What the code to paste has to say, framework aside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from lrdoctor.schedules import APART, Schedule

Unit = Literal["step", "epoch"]
Shape = Literal[
    "constant", "step", "levels", "exponential", "linear", "polynomial", "cosine", "restarts",
    "cyclic", "one-cycle", "inverse", "wsd", "plateau", "kept",
]  # fmt: skip
_RATES = ("final", "initial", "peak")
_SHAPES: Mapping[str, Shape] = {
    "constant": "constant",
    "warmup-constant": "constant",
    "exponential": "exponential",
    "linear": "linear",
    "warmup-linear": "linear",
    "polynomial": "polynomial",
    "cosine": "cosine",
    "warmup-cosine": "cosine",
    "cosine-restarts": "restarts",
    "cyclic": "cyclic",
    "one-cycle": "one-cycle",
    "inverse-sqrt": "inverse",
    "inverse-time": "inverse",
    "wsd": "wsd",
    "reduce-on-plateau": "plateau",
}
PATIENCE = 10
"""ReduceLROnPlateau's default in PyTorch and Keras; a log does not tell a run's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A base rate and the schedule on it. Only numbers: no text of a log gets into code."""

    new: float
    old: float | None
    shape: Shape
    """``kept``: the log does not tell the schedule; the user keeps his own."""
    warmup: int = 0
    start: float = 0.0
    """Share of the peak at which the warmup begins."""
    total: int = 0
    """Steps from the run's start to the end of the decay; 0 where there is none."""
    values: Mapping[str, float] = field(default_factory=dict)
    """The schedule's other parameters, rates moved along with the base rate."""
    milestones: tuple[int, ...] = ()
    levels: tuple[float, ...] = ()
    """Shares of the peak: before the first milestone, after each."""
    optimizer: str | None = None
    """Canonical name; None for one that is not in the table."""
    clip: float | None = None
    unit: Unit = "step"
    title: str | None = None
    """What the code begins with; None: how the rate changes."""

    @property
    def final(self) -> float:
        return self.values.get("final", 0.0)

    @property
    def decay(self) -> int:
        """Steps from the end of the warmup to the end of the decay."""
        return max(self.total - self.warmup, 1)

    @property
    def decade(self) -> tuple[int, float]:
        """Steps in which an exponential decay comes to about a tenth, and the factor over them.
        The factor of one step, raised to thousands, is off by 1e-5 in 32 bits."""
        gamma = self.values["gamma"]
        steps = max(1, round(math.log(0.1) / math.log(gamma))) if 0 < gamma < 1 else 1
        return steps, gamma**steps

    @property
    def heading(self) -> str:
        if self.title is not None:
            return f"# {self.title}"
        before = "" if self.old is None else f"{number(self.old, 6)} -> "
        same = "; keep your schedule" if self.shape == "kept" else ", same schedule"
        return f"# Base learning rate {before}{number(self.new, 6)}{same}."


def plan(
    old: float | None,
    new: float,
    schedule: Schedule | None,
    optimizer: str | None,
    clip: float | None,
    unit: Unit,
    title: str | None = None,
) -> Plan:
    """The plan for ``new`` on the run's own schedule."""
    if schedule is None or not _known(schedule):
        return Plan(new, old, "kept", optimizer=optimizer, clip=clip, unit=unit, title=title)
    moved = new / schedule.base
    values = {k: v * moved if k in _RATES else v for k, v in schedule.parameters.items()}
    shape = _SHAPES.get(schedule.kind, "levels")
    milestones, levels = schedule.milestones()
    if schedule.kind == "step" and "period" in values and "warmup_steps" not in values:
        shape = "step"
    warmup = 0 if shape == "one-cycle" else _count(values.get("warmup_steps", 0.0))
    return Plan(
        new=new,
        old=old,
        shape=shape,
        warmup=warmup,
        start=values.get("initial", 0.0) / new if new else 0.0,
        total=_count(values.get("total_steps", 0.0)),
        values=values,
        milestones=tuple(_count(m) for m in milestones),
        levels=levels,
        optimizer=optimizer,
        clip=clip,
        unit=unit,
        title=title,
    )


@lru_cache(maxsize=256)  # one rate stands in each framework's code
def number(value: float, digits: int = 8) -> str:
    """As Python reads it back, ``0.0003`` or ``3e-05``, in digits enough for a schedule to be drawn
    to 10^-6 of its peak."""
    return repr(float(f"{value:.{digits}g}"))


def _known(schedule: Schedule) -> bool:
    settled = schedule.determined or schedule.kind in ("step", "reduce-on-plateau")
    usable = math.isfinite(schedule.base) and schedule.base > 0
    drawn = schedule.kind not in ("unknown", "range-test") and not APART & set(schedule.parameters)
    return settled and usable and drawn


def _count(value: float) -> int:
    """A number of steps; what is beyond 10^15 means never."""
    return round(min(max(value, 0.0), 1e15))
