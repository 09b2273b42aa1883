"""Where the good rates of one training lie, from what its runs so far say.

The window of good rates is two numbers: the decade where it begins and its width. Their joint
probability stands on a grid. Each run multiplies it by what its own log says of the window's edges
(``Model.experts``), and all runs together by how well a window explains which of them ended lower
(``losses``). Rates are log10 throughout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from lrdoctor.learning_rate.losses import agreement
from lrdoctor.learning_rate.view import View
from lrdoctor.run import Floats

STEP = 0.1
"""Decades between neighbouring points of the grid."""
WIDTHS = np.arange(0.1, 4.6, 0.2)
_LENGTHS = np.round(WIDTHS / STEP).astype(np.int64)
WIDTH_LOG_MEAN, WIDTH_LOG_SIGMA = 0.25, 0.7
"""Windows of the recorded families are so wide, in decades: natural logarithm, mean and
deviation (277 families: median 1.2, nine of ten between 0.45 and 3.4)."""
DOUBT = 0.02
"""Share of belief that no log can take away: the fit may know nothing of this kind of training."""
KINSHIP = 0.5
"""Correlation between what two runs of one training say: errors are mostly of the family."""
REACH = 4.0
_NEVER = -600.0
"""Logarithm of a density that is none. Below -708 the exponential leaves the range of normal
numbers, and processors take ten times as long for those."""


@dataclass(frozen=True)
class Belief:
    """Probability over the window of good rates."""

    starts: Floats
    """Shape (s,): log10 rates where the window may begin."""
    mass: Floats
    """Shape (s, w), sums to 1; the second axis is ``WIDTHS``."""

    def inside(self) -> tuple[Floats, Floats]:
        """Log10 rates and the probability that each is good: both shape (x,)."""
        change = np.zeros(len(self._ending) + 1)
        change[1:] -= self._ending
        change[: len(self.starts)] += self._beginning
        rates = self.starts[0] + STEP * np.arange(len(change))
        return rates, np.minimum(np.maximum(change.cumsum(), 0.0), 1.0)

    @cached_property
    def _beginning(self) -> Floats:
        """The probability that the window begins at each of ``starts``."""
        out: Floats = self.mass.sum(axis=1)
        return out

    @cached_property
    def _ending(self) -> Floats:
        """The probability that it ends at each grid point from the first of ``starts`` on."""
        count = len(self.starts)
        held = np.bincount(_ends(count), self.mass.ravel(), count + _LENGTHS[-1] + 1)
        return np.asarray(held, np.float64)

    def without(self, rates: Floats) -> Belief:
        """The belief if none of these log10 rates is good; itself where that cannot be."""
        mass = self._beside(rates)
        total = float(mass.sum())
        return Belief(self.starts, mass / total) if total > 0 else self

    def none_good(self, rates: Floats) -> float:
        """The probability that none of these log10 rates is good."""
        return float(self._beside(rates).sum())

    def _beside(self, rates: Floats) -> Floats:
        """The mass of the windows that hold none of these log10 rates, zero for the others."""
        low, high = self.starts[:, None], self.starts[:, None] + WIDTHS
        mass = self.mass.copy()
        for rate in rates:
            mass[(low <= rate) & (rate <= high)] = 0.0
        return mass

    def edges(self) -> tuple[float, float]:
        """The median of where the window begins, and of where it ends."""
        return self._quantiles(0.5, 0.5)

    def reach(self) -> tuple[float, float]:
        """Good rates begin above the first and end below the second with probability 0.9 each."""
        return self._quantiles(0.1, 0.9)

    def _quantiles(self, begin: float, end: float) -> tuple[float, float]:
        begins, ends = self._beginning.cumsum(), self._ending.cumsum()
        first = min(int(begins.searchsorted(begin)), len(begins) - 1)
        last = min(int(ends.searchsorted(end)), len(ends) - 1)
        return float(self.starts[first]), float(self.starts[0] + STEP * last)


@lru_cache(maxsize=64)
def _ends(count: int) -> NDArray[np.int64]:
    """The grid point at which each window of ``count`` starts ends, shape (count * w,)."""
    ends: NDArray[np.int64] = (np.arange(count)[:, None] + _LENGTHS).ravel()
    return ends


def believe(views: Sequence[View]) -> Belief:
    """What all views together say. Cost: some 3,000 grid cells a view, more for several."""
    centres = np.concatenate([v.rate + v.edges[:, 0] for v in views])
    first = np.floor((centres.min() - REACH) / STEP) * STEP
    starts = first + STEP * np.arange(int((centres.max() + REACH - first) / STEP) + 1)
    if len(views) == 1:
        mass = _density(views[0], starts)
        mass *= _prior()
        mass /= mass.sum()
        return Belief(starts, mass)
    low, high = starts[:, None], starts[:, None] + WIDTHS
    log_mass = agreement(views, low, high) + np.log(_prior())
    temper = 1.0 / (1.0 + KINSHIP * (len(views) - 1))
    for view in views:
        # Errors are shared where logs are judged; that a loss was lost is no judgement.
        weight = 1.0 if np.isinf(view.end) else temper
        log_mass += weight * np.log(_density(view, starts))
    mass = np.exp(log_mass - log_mass.max())
    return Belief(starts, mass / mass.sum())


@cache
def _prior() -> Floats:
    off = (np.log(WIDTHS) - WIDTH_LOG_MEAN) / WIDTH_LOG_SIGMA
    out: Floats = np.exp(-0.5 * off * off) / WIDTHS
    return out


def _density(view: View, starts: Floats) -> Floats:
    """How likely each window is by one log alone: its verdict's three experts, mixed."""
    # Where windows begin above the rate the verdict is too_low; in the other rows a window ends
    # beneath it (too_high) or holds it (ok). Whole rows are faster than a choice by cell.
    rows = int(starts.searchsorted(view.rate, side="right"))
    beneath = starts[:rows, None] + WIDTHS < view.rate
    away = starts - view.rate
    out = np.empty((len(starts), len(WIDTHS)))
    out[rows:] = _shared(_exponential(_expert(view, 0, away[rows:])), view.loose[0])
    off = _expert(view, 1, away[:rows])
    np.copyto(off, _expert(view, 2, away[:rows]), where=beneath)
    told = _exponential(off)
    out[:rows] = _shared(np.where(beneath, 0.0, told), view.loose[1])
    out[:rows] += _shared(np.where(beneath, told, 0.0), view.loose[2])
    # A rate at which the loss was lost may be anything but too low: no doubt brings windows back
    # that begin above it.
    open_to_doubt = out[:rows] if np.isinf(view.end) else out
    open_to_doubt += DOUBT / open_to_doubt.size
    return out


def _expert(view: View, verdict: int, away: Floats) -> Floats:
    """Minus the logarithm of the density of each window's edges if this verdict is right, of
    windows that begin so far from the run's rate. The normal density of the begin, times that of
    the end for this begin."""
    (begin, end), (wide, long) = view.edges[verdict].tolist(), view.sigma[verdict].tolist()
    r = view.correlation[verdict]
    first, unit = (away - begin) / wide, math.sqrt(0.5 / (1 - r * r))
    column = unit * ((away - end) / long - r * first)
    off: Floats = column[:, None] + WIDTHS * (unit / long)
    off *= off
    off += (0.5 * first * first)[:, None]
    return off


def _exponential(off: Floats) -> Floats:
    """The densities of which these are the logarithms but for their sign; in their place."""
    np.maximum(np.negative(off, out=off), _NEVER, out=off)
    out: Floats = np.exp(off, out=off)
    return out


def _shared(density: Floats, probability: float) -> Floats:
    """The density scaled to hold the verdict's probability, less what is doubt."""
    density *= (1 - DOUBT) * probability / max(float(np.add.reduce(density, axis=None)), 1e-12)
    return density
