"""Recorded range tests whose good rates are known: what a new test is compared with.

The known finders take one landmark (the steepest fall, the lowest point over ten) and fail where
the loss is noisy, spiky or falls in two steps. Here the recorded tests that look alike say where
their good rates lay. Where the optimizer is known, a regression on the figures of all of them has
as much to say, with the errors that it made on those that look alike; without it, it is right less
often than they are. Both are in ``finder.json``, their provenance inside.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from lrdoctor.learning_rate.sweep_figures import ALIKE, NAMES
from lrdoctor.run import Floats

KERNEL = 1.2
"""How far two tests may differ and still be alike, in deviations of the figures ``ALIKE``: the best
of 0.7 to 5 on held-out tasks."""
OFFSETS = np.arange(-6.0, 5.0, 0.05)
"""Decades from the lowest point that are considered."""
CALM = 11
"""Neighbouring offsets that the chance of a rate is averaged over, half a decade: a rate amid good
ones is safer than one at their edge. The best of 3 to 27 on held-out tasks."""
LIMIT = 3.0
"""A figure further from its mean, in deviations, says no more than one at it."""
_AT = NAMES.index("at")


@dataclass(frozen=True, slots=True)
class Band:
    """Log10 rates: the suggested one and the edges of the good ones."""

    rate: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Recorded tests: what each looked like, and where its good rates truly lay."""

    mean: Floats
    scale: Floats
    """Shape (figures,), as ``NAMES``."""
    seen: Floats
    """Standardised figures ``ALIKE``, shape (tests, alike); NaN where not known."""
    edges: Floats
    """Shape (tests, 2): where the good rates begin and end, decades from the lowest point."""
    weight: Floats
    """Shape (tests,): what each test's word counts."""
    regression: Floats
    """Shape (2 * figures + 1, 2): what ``terms`` are multiplied by to tell ``edges``."""
    errors: Floats
    """Shape (tests, 2): by how much the regression misses them, each left out of its fit."""

    def suggest(self, figures: Floats) -> Band:
        """The rate that would have been good most often."""
        z = self.standardised(figures)
        away = np.nan_to_num(self.seen - z[: len(ALIKE)])
        alike = self.weight * (np.exp(-0.5 * (away**2).sum(axis=1) / KERNEL**2) + 1e-9)
        windows, share = self.edges, alike / alike.sum()
        if not np.isnan(z).any():
            foretold = terms(z) @ self.regression + self.errors
            windows, share = np.concatenate([windows, foretold]), np.tile(share / 2, 2)
        good = ((windows[:, :1] <= OFFSETS) & (windows[:, 1:] >= OFFSETS)).T @ share
        calm = np.convolve(good, np.ones(CALM) / CALM, "same")
        best = int(np.argmax(calm))
        at, rate = float(figures[_AT]), float(OFFSETS[best])
        low, high = _median(windows[:, 0], share), _median(windows[:, 1], share)
        return Band(at + rate, at + min(low, rate), at + max(high, rate), float(good[best]))

    def standardised(self, figures: Floats) -> Floats:
        return np.clip((figures - self.mean) / self.scale, -LIMIT, LIMIT)


def terms(z: Floats) -> Floats:
    """What the regression is on: standardised figures (..., figures), their squares and a constant,
    shape (..., 2 * figures + 1).

    A figure that is not known adds nothing.
    """
    squares = np.nan_to_num(0.5 * (z * z - 1))
    out: Floats = np.concatenate([np.nan_to_num(z), squares, np.ones((*z.shape[:-1], 1))], axis=-1)
    return out


def from_json(told: dict) -> Memory:  # type: ignore[type-arg]
    """
    Raises:
        ValueError: the file was fitted on other figures than this version computes.
    """
    if tuple(told["figures"]) != NAMES:
        raise ValueError("finder.json was fitted on other figures: run fit_range.py again")
    names = ("mean", "scale", "seen", "edges", "weight", "regression", "errors")
    return Memory(*(np.asarray(told[k], np.float64) for k in names))


@cache
def memory() -> Memory:
    """The recorded tests that come with the package."""
    return from_json(json.loads(files(__package__).joinpath("finder.json").read_text("utf-8")))


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    half = int(np.searchsorted(np.cumsum(weights[order]), 0.5))
    return float(values[order[min(half, len(order) - 1)]])
