"""Closed forms of a learning rate over steps.

Every form maps steps to rates for any step, also before its start and beyond its end, where it
holds. Rates are relative to the schedule's peak, which is 1.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec
import numpy as np

from lrdoctor.run import Floats

Bend = Literal["linear", "cosine", "polynomial", "one-minus-sqrt", "exponential"]
Falls = Literal["height", "peak", "all"]


class Form(Protocol):
    """A learning rate as a function of the step."""

    def rates(self, steps: Floats) -> Floats:
        """Rates at these steps, both of shape (n,)."""
        ...


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One way from ``first`` at step ``start`` to ``last`` at step ``end``; holds outside."""

    start: float
    end: float
    first: float
    last: float
    bend: Bend = "linear"
    power: float = 1.0
    """Of the polynomial: the distance to ``last`` falls as ``(1 - progress)^power``."""

    def rates(self, steps: Floats) -> Floats:
        way = progress(steps, self.start, self.end)
        if self.bend == "exponential" and self.first > 0 and self.last > 0:
            return np.asarray(self.first * (self.last / self.first) ** way)
        rates = 1.0 - remaining(way, self.bend, self.power)
        rates *= self.last - self.first
        rates += self.first
        return rates


class Exponential(msgspec.Struct, frozen=True, gc=False):
    """``peak * gamma^(step - start)``, never below ``floor``."""

    start: float
    gamma: float
    peak: float
    floor: float = 0.0

    def rates(self, steps: Floats) -> Floats:
        # Growing forms are range tests: they are not asked for beyond their end.
        with np.errstate(over="ignore", under="ignore"):
            fallen = self.peak * np.power(self.gamma, np.maximum(steps - self.start, 0.0))
        return np.maximum(fallen, self.floor)


class Inverse(msgspec.Struct, frozen=True, gc=False):
    """``peak * (1 + (step - start) / scale)^-power``; power 0.5 is the inverse square root."""

    start: float
    scale: float
    peak: float
    power: float = 0.5

    def rates(self, steps: Floats) -> Floats:
        way = np.maximum(steps - self.start, 0.0) / self.scale
        return np.asarray(self.peak * (1.0 + way) ** -self.power)


class Stairs(msgspec.Struct, frozen=True, gc=False):
    """Constant between drops: ``levels[i]`` holds from ``starts[i]`` on."""

    starts: tuple[float, ...]
    levels: tuple[float, ...]
    period: float | None = None
    """Steps between further drops by ``factor``; None: the last level holds."""
    factor: float = 1.0

    def rates(self, steps: Floats) -> Floats:
        if len(self.levels) == 1 and self.period is None:
            return np.full(steps.shape, self.levels[0])
        place = np.searchsorted(np.asarray(self.starts), steps, side="right") - 1
        held = np.asarray(self.levels)[np.maximum(place, 0)]
        if self.period is None:
            return held
        late = np.maximum(np.floor((steps - self.starts[-1]) / self.period), 0.0)
        if not late.any():
            return held
        with np.errstate(under="ignore"):
            return np.asarray(held * self.factor**late)


class Cycle(msgspec.Struct, frozen=True, gc=False):
    """The same rise and fall again and again.

    A cycle begins at ``low``, rises over the share ``rise`` of it, and falls back; with ``rise`` 0
    it begins at ``high`` (a restart). Cycle k is ``length * multiple^k`` steps long, and its height
    above ``low`` is multiplied by ``decay^k``, or by ``decay`` to the power of the cycles passed,
    fractions included, where ``gliding``.
    """

    start: float
    length: float
    low: float
    high: float
    bend: Bend = "cosine"
    rise: float = 0.0
    multiple: float = 1.0
    decay: float = 1.0
    gliding: bool = False
    ramp: bool = False
    """It rises in a straight line, whatever bend its fall has."""
    falls: Falls = "height"
    """What ``decay`` multiplies: the height above ``low``, the peak alone, or ``low``, too."""

    def rates(self, steps: Floats) -> Floats:
        number, phase = self.phases(steps)
        passed = number + phase if self.gliding else number
        with np.errstate(under="ignore"):
            height = self.decay**passed
        wave = waves(phase, self.rise, self.bend, self.ramp)
        if self.falls == "peak":
            return np.asarray(self.low + (self.high * height - self.low) * wave)
        if self.falls == "all":
            return np.asarray((self.low + (self.high - self.low) * wave) * height)
        return np.asarray(self.low + (self.high - self.low) * height * wave)

    def phases(self, steps: Floats) -> tuple[Floats, Floats]:
        """Which cycle each step lies in, from 0, and how far along it, in [0, 1)."""
        return cycle_phases(np.maximum(steps - self.start, 0.0) / self.length, self.multiple)


class Chain(msgspec.Struct, frozen=True, gc=False):
    """Forms one after the other: ``parts[i]`` holds up to ``borders[i]``, the last one for ever."""

    parts: tuple[Form, ...]
    borders: tuple[float, ...]

    def rates(self, steps: Floats) -> Floats:
        result = self.parts[-1].rates(steps)
        for part, border in zip(self.parts[-2::-1], self.borders[::-1], strict=True):
            result = np.where(steps < border, part.rates(steps), result)
        return result


class Trace(msgspec.Struct, frozen=True, gc=False):
    """Straight from each step to the next, as logged; holds outside."""

    steps: tuple[float, ...]
    levels: tuple[float, ...]

    def rates(self, steps: Floats) -> Floats:
        return np.interp(steps, self.steps, self.levels)


class Product(msgspec.Struct, frozen=True, gc=False):
    """A schedule that a warmup is multiplied by."""

    ramp: Leg
    """From its first share up to 1."""
    body: Form

    def rates(self, steps: Floats) -> Floats:
        return np.asarray(self.ramp.rates(steps) * self.body.rates(steps))


def progress(steps: Floats, start: float, end: float) -> Floats:
    """How far each step is from ``start`` to ``end``: 0 before, 1 beyond."""
    if not end > start:
        return np.where(steps < start, 0.0, 1.0)
    way = steps - start
    way /= end - start
    return bounded(way)


def bounded(way: Floats) -> Floats:
    """Values kept within 0 and 1, in their place; several times faster than ``np.clip``."""
    np.maximum(way, 0.0, out=way)
    return np.minimum(way, 1.0, out=way)


def waves(phase: Floats, rise: float, bend: Bend, ramp: bool = False) -> Floats:
    """Height, 0 to 1, at each phase of a cycle that rises over the share ``rise`` of it.

    Args:
        ramp: in a straight line, whatever the fall's bend.
    """
    up = phase / rise if rise > 0 else np.ones_like(phase)
    down = (1.0 - phase) / (1.0 - rise) if rise < 1 else np.ones_like(phase)
    wave = 1.0 - remaining(np.minimum(np.minimum(up, down), 1.0), bend)
    return np.where(phase < rise, up, wave) if ramp else wave


def cycle_phases(cycles: Floats, multiple: float) -> tuple[Floats, Floats]:
    """Number of each cycle and the phase in it, at times counted in first cycles."""
    if multiple <= 1.0:
        number = np.floor(cycles)
        return number, cycles - number
    # Rounding must not put a border's own time into the cycle before it.
    number = np.floor(np.log1p(cycles * (multiple - 1.0)) / np.log(multiple) + 1e-12)
    length = multiple**number
    begun = (length - 1.0) / (multiple - 1.0)
    return number, np.clip((cycles - begun) / length, 0.0, 1.0)


def remaining(way: Floats, bend: Bend, power: Floats | float = 1.0) -> Floats:
    """The share of a fall that is still to come, 1 to 0, at a progress in steps."""
    if bend == "cosine":
        left = np.pi * way
        np.cos(left, out=left)
        left *= 0.5
        left += 0.5
        return np.asarray(left)
    if bend == "polynomial":
        return np.asarray((1.0 - way) ** power)
    if bend == "one-minus-sqrt":
        return np.asarray(1.0 - np.sqrt(way))
    return np.asarray(1.0 - way)
