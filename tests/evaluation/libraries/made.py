"""One schedule that a library drew, and what it may be called from any part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Phase = tuple[float, float, tuple[str, ...]]
"""From this update on, these kinds are right; within so many updates those before are as well."""

WARM = {"constant": "warmup-constant", "cosine": "warmup-cosine", "linear": "warmup-linear"}
RISES = ("warmup-constant",)
CURVED = ("warmup-constant", "one-cycle")
"""A warmup along half a cosine may still become one-cycle's."""
GROWING = ("warmup-constant", "range-test")
"""One in geometric progression may still become a range test's."""


@dataclass(frozen=True)
class Made:
    """Rates of updates 0, 1, 2, ... and the truth behind them."""

    name: str
    rates: Sequence[float]
    phases: Sequence[Phase]
    truth: Mapping[str, float] = field(default_factory=dict)
    """Parameters as ``recognise`` names them, lengths in updates."""


def falling(kind: str, n: int, w: int = 0, rise: tuple[str, ...] = RISES) -> list[Phase]:
    """A fall of this kind, after a warmup of ``w`` updates or at once."""
    return [(0, 0, rise), (w, 0.1 * n, (WARM.get(kind, kind),))] if w else [(0, 0, (kind,))]


def levels(drops: Sequence[float], n: int, kind: str = "step", w: int = 0) -> list[Phase]:
    """Drops at these updates: the first may be a step's or a plateau's."""
    either = ("step", "reduce-on-plateau")
    later = [(d, n / 20, (kind,) if i else either) for i, d in enumerate(drops[:2])]
    return [(0, 0, ("warmup-constant" if w else "constant",)), *later]


def restarting(n: int, first: float, w: int = 0) -> list[Phase]:
    """A cosine up to the first restart, ``first`` updates after the warmup."""
    return [*falling("cosine", n, w), (w + first, 0.05 * n, ("cosine-restarts",))]


def stable(begin: float, n: int, w: int = 0, rise: tuple[str, ...] = RISES) -> list[Phase]:
    """Warmup, the peak, and a decay from ``begin`` on."""
    flat = "warmup-constant" if w else "constant"
    start = [(0, 0, rise), (w, 0.05 * n, (flat,))] if w else [(0, 0, (flat,))]
    return [*start, (begin, 0.08 * n, ("wsd",))]


def cycling(n: int, up: float, cycle: float) -> list[Phase]:
    """Up, down, and so on: cyclic once a cycle is over, a warmup or a one-cycle before."""
    rise = ("warmup-constant", "range-test")
    once = ("cyclic", "warmup-linear", "one-cycle")
    return [(0, 0, rise), (up, 0.1 * cycle, once), (1.2 * cycle, 0, ("cyclic",))]


def one_cycle(top: float, n: int, straight: bool) -> list[Phase]:
    if not straight:
        return [(0, 0, ("one-cycle",))]
    both = ("one-cycle", "warmup-linear")
    return [(0, 0, RISES), (top, 0.02 * n, both), (0.9 * n, 0, ("one-cycle",))]


class Chance:
    """What people choose, at random."""

    def __init__(self, seed: Sequence[int]) -> None:
        self.rng = np.random.default_rng(seed)

    def one(self, *of: float) -> float:
        return of[self.rng.integers(len(of))]

    def peak(self) -> float:
        return float(f"{10 ** self.rng.uniform(-5, -0.5):.2g}")

    def updates(self, low: int = 60, high: int = 1500) -> int:
        """Two of three are round."""
        n = 10 ** self.rng.uniform(np.log10(low), np.log10(high))
        return int(max(float(f"{n:.1g}"), low) if self.rng.random() < 2 / 3 else n)

    def warmup(self, n: int) -> int:
        return max(2, int(n * self.one(0.01, 0.03, 0.05, 0.1, 0.2)))

    def drops(self, n: int) -> list[int]:
        parts = [(0.5, 0.75), (0.3, 0.6, 0.9), (0.6, 0.8), (0.25, 0.5, 0.75)]
        return [int(n * part) for part in parts[self.rng.integers(len(parts))]]

    def losses(self, n: int) -> list[float]:
        """A validation loss that falls, stands for a while, and falls again after a while."""
        value, values, falls = 1.0, [], True
        for _ in range(n):
            falls = falls if self.rng.random() > 12 / n else not falls
            value *= 0.98 if falls else 1.0
            values.append(value * (1 + 0.003 * self.rng.standard_normal()))
        return values


def changes(rates: Sequence[float]) -> list[int]:
    """Updates from which on the rate is another."""
    return [i for i in range(1, len(rates)) if rates[i] != rates[i - 1]]
