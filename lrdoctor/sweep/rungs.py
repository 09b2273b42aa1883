"""Rungs of successive halving: at which steps trials are compared, and which of them go on.

ASHA (Li et al. 2018, "A System for Massively Parallel Hyperparameter Tuning", arXiv 1810.05934):
with a least resource r, a reduction factor eta and an early-stopping rate s, rung k stands at
``r * eta**(s + k)`` steps, and of the trials that have come to a rung the best ``1 / eta`` go on to
the next. Hyperband (Li et al. 2016, arXiv 1603.06560) hedges over s: bracket s starts its trials
with more steps and stops fewer of them, the last one none.
"""

from __future__ import annotations

import binascii
import math
from collections.abc import Sequence
from dataclasses import dataclass

from lrdoctor.errors import UsageError

ASHA = "ASHA, Li et al. 2018, arXiv 1810.05934"
HYPERBAND = "Hyperband, Li et al. 2016, arXiv 1603.06560"
FACTOR = 4
"""The paper's and Optuna's reduction factor for ASHA."""
HYPERBAND_FACTOR = 3
"""Hyperband's (section 3.2: 3 or 4), and Optuna's."""
MOST_FACTOR = 1_000_000
"""Nobody has so many trials that one in more could go on."""
MOST_STEPS = 2**53
"""A float counts no further."""
SHARE = 100
"""Without a word the first rung is a hundredth of the most steps, as Optuna's pruner sets it."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """One line of Hyperband's schedule."""

    rate: int
    """The early-stopping rate s: 0 stops the most trials."""
    steps: tuple[int, ...]
    """Its rungs, below the most steps."""
    trials: int
    """How many of its share of trials start in it, by the paper's Algorithm 1."""


@dataclass(frozen=True, slots=True)
class Rungs:
    """Where trials are compared.

    Raises:
        UsageError: a figure is out of its range.
    """

    least: int
    """r: steps before the first rung of bracket 0, at least 1."""
    most: int | None
    """R: steps of a whole trial; None where it is not known, which only brackets need."""
    factor: int = FACTOR

    def __post_init__(self) -> None:
        if not 1 <= self.least < MOST_STEPS:
            raise UsageError("the least resource must be 1 step or more, and fewer than 2**53")
        if not 2 <= self.factor <= MOST_FACTOR:
            raise UsageError(f"the reduction factor must be 2 to {MOST_FACTOR:,}")
        if self.most is not None and not self.least <= self.most < MOST_STEPS:
            raise UsageError(
                f"the most steps must be {self.least:,} (the least) or more, and fewer than 2**53"
            )

    def step(self, rung: int, rate: int = 0) -> int:
        """The step of a rung."""
        return int(self.least * self.factor ** (rate + rung))

    def reached(self, last_step: int, rate: int = 0) -> int:
        """How many rungs a trial that has come so far has reached."""
        count = 0
        while self.step(count, rate) <= last_step:
            count += 1
        return count

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        """Hyperband's, the one that stops most first; bracket s of the paper is the last less s.

        Raises:
            UsageError: the most steps are not known.
        """
        if self.most is None:
            raise UsageError("Hyperband needs to know how many steps a whole trial has: --most")
        # With the logarithm's error, as Optuna: the trials must be in the same brackets.
        count = math.floor(math.log(self.most / self.least, self.factor)) + 1
        out = []
        for rate in range(count):
            left = count - 1 - rate  # the paper's s
            trials = math.ceil(count * self.factor**left / (left + 1))
            steps = [self.step(k, rate) for k in range(left + 1)]
            out.append(Bracket(rate, tuple(s for s in steps if s < self.most), trials))
        return tuple(out)

    def bracket_of(self, study: str, number: int) -> int:
        """The bracket of a trial, by its share of the trials: the one that Optuna's
        ``HyperbandPruner`` of the same figures has it in (a checksum of its name decides)."""
        sizes = [bracket.trials for bracket in self.brackets]
        left = binascii.crc32(f"{study}_{number}".encode()) % sum(sizes)
        for rate, size in enumerate(sizes):
            left -= size
            if left < 0:
                return rate
        raise AssertionError


def place(value: float, others: Sequence[float]) -> int:
    """The place of a loss among all at a rung, itself included: 1 is the lowest."""
    return 1 + sum(other < value or math.isnan(value) > math.isnan(other) for other in others)


def promoted(count: int, factor: int) -> int:
    """How many of so many trials at a rung go on. 0: too few for one to be promoted yet."""
    return count // factor
