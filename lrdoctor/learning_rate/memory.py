"""Recorded range tests whose good rates are known: what a new test is compared with.

The known finders take one landmark (the steepest fall, the lowest point over ten) and fail where
the loss is noisy, spiky or falls in two steps. Here all landmarks together are compared with
those of recorded tests (``finder.json``, its provenance inside).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from lrdoctor.learning_rate.landmarks import Landmarks
from lrdoctor.run import Floats

KERNEL = 1.2
"""How far two tests may differ and still be alike, in deviations of the features: the best of
0.7 to 5 on held-out tasks."""
OFFSETS = np.arange(-4.0, 4.0, 0.05)
"""Decades from the lowest point that are considered."""
CALM = 11
"""Neighbouring offsets that the chance of a rate is averaged over, half a decade: a rate amid good
ones is safer than one at their edge. The best of 3 to 27 on held-out tasks."""
BELOW = (0.9, 0.6, 0.2)
"""Where good rates begin, the rate to use and where they end, decades below the blow-up, in a test
that shows nothing else (``Landmarks.unseen``).

The edges are the medians of 85 such tests of the clinic's and torch's families, of which any rate
0.3 to 0.8 below suits as many as or more than what tests that look alike say. Bengio 2012,
arXiv:1206.5533, finds the best rate within a factor of two of the largest that does not diverge,
where each is trained at for longer than in a sweep."""
BELOW_CHANCE = 0.42
"""The share of these tests in which the rate is good."""


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
    seen: Floats
    """Standardised features, shape (tests, features)."""
    low: Floats
    high: Floats
    """Shape (tests,): the good rates' edges in decades from the test's lowest point."""
    weight: Floats
    """Shape (tests,): what each test's word counts."""

    def suggest(self, marks: Landmarks) -> Band:
        """The rate that would have been good in most of the tests that looked alike."""
        if marks.unseen:
            low, rate, high = (marks.blow_up - decades for decades in BELOW)
            return Band(rate, low, high, BELOW_CHANCE)
        z = self.standardised(features(marks))
        alike = np.exp(-0.5 * ((self.seen - z) ** 2).sum(axis=1) / KERNEL**2)
        alike = self.weight * alike + 1e-9
        alike /= alike.sum()
        good = ((self.low[:, None] <= OFFSETS) & (self.high[:, None] >= OFFSETS)).T @ alike
        calm = np.convolve(good, np.ones(CALM) / CALM, "same")
        best = int(np.argmax(calm))
        rate = marks.lowest + float(OFFSETS[best])
        low = marks.lowest + _median(self.low, alike)
        high = marks.lowest + _median(self.high, alike)
        return Band(rate, min(low, rate), max(high, rate), float(good[best]))

    def standardised(self, values: Floats) -> Floats:
        return np.clip((values - self.mean) / self.scale, -3, 3)


def features(marks: Landmarks) -> Floats:
    """Distances between the landmarks, in decades, how clear they are, and the rate of the lowest
    point: a weak hint, one of nine, as good rates are not anywhere."""
    at = marks.lowest
    return np.array([
        marks.start - at, marks.half - at, marks.steepest - at, marks.turn - at,
        marks.blow_up - at, marks.end - at,
        np.log10(marks.drop_to_noise), np.log10(marks.per_decade), at,
    ])  # fmt: skip


def from_json(told: dict) -> Memory:  # type: ignore[type-arg]
    names = ("mean", "scale", "seen", "low", "high", "weight")
    return Memory(*(np.asarray(told[k], np.float64) for k in names))


@cache
def memory() -> Memory:
    """The recorded tests that come with the package."""
    return from_json(json.loads(files(__package__).joinpath("finder.json").read_text("utf-8")))


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    half = int(np.searchsorted(np.cumsum(weights[order]), 0.5))
    return float(values[order[min(half, len(order) - 1)]])
