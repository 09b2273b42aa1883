"""Where the good rates of one training lie, from what its runs so far say.

The window of good rates is two numbers: the decade where it begins and its width. Their joint
probability stands on a grid. Each run multiplies it by what its own log says of the window's edges
(``Model.edges``), and all runs together by how well a window explains which of them ended lower
(``losses``). Rates are log10 throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache, partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from lrdoctor.learning_rate.losses import agreement
from lrdoctor.learning_rate.view import View
from lrdoctor.run import Floats
from lrdoctor.signals import _native

STEP = 0.1
"""Decades between neighbouring points of the grid."""
WIDTHS = np.arange(0.1, 4.6, 0.2)
"""Decades that a window may be wide. Of 168 recorded ones the narrowest has 0.35; the widest, 4.75,
counts as 4.5."""
_LENGTHS = np.round(WIDTHS / STEP).astype(np.int64)
WIDTH_LOG_MEAN, WIDTH_LOG_SIGMA = 0.04, 0.66
"""Windows of the recorded families are so wide, in decades: natural logarithm, mean and
deviation (886 families, a made-up one counted as a third of one that torch trained; not all are
kept: of the clinic's 50 and the 72 of other tasks they are 0.33 and 0.57)."""
DOUBT = 0.02
"""Share of belief that no log can take away: the fit may know nothing of this kind of training."""
KINSHIP = 0.5
"""Correlation between what two runs of one training say: errors are mostly of the family."""
REACH = 4.0
"""Decades beyond where the logs place a window's beginning that the grid goes on, both ways."""
HIGHEST = 1.3
"""Good rates begin at 20 or below (log10) in all 342 families that torch trained, by fifteen kinds
of optimizers."""
FURTHER = 1.0
"""Decades above the highest rate tried that may be suggested beyond ``HIGHEST``."""
LATER = 0.25
"""What a good rate found one retrain later is worth. Followed on held-out tasks with the same stop,
three retrains solve 0.972 of the clinic's starts with it and 0.968 with 0, of made-up families'
0.870 and 0.863, with rates moved by -2 decades 0.964 and 0.962, 0.853 and 0.849; after one or two
none loses more than one start. 0.5 gains more after three, but the clinic's lose after two where
rates are moved."""
_NEAR = 1e-6 * STEP
_NEVER = -600.0
"""Logarithm of a density that is none. Below -708 the exponential leaves the range of normal
numbers, and processors take ten times as long for those."""


class Belief(msgspec.Struct, frozen=True, eq=False, dict=True):
    """Probability over the window of good rates."""

    starts: Floats
    """Shape (s,): log10 rates where the window may begin."""
    mass: Floats
    """Shape (s, w), sums to 1; the second axis is ``WIDTHS``."""

    def inside(self) -> tuple[Floats, Floats]:
        """Log10 rates and the probability that each is good: both shape (x,)."""
        good = self._margins[2]
        return self.starts[0] + STEP * np.arange(float(len(good))), good

    @cached_property
    def _margins(self) -> tuple[Floats, Floats, Floats]:
        """The probabilities that the window begins at each of ``starts`` or before, and that it
        ends by, and holds, each grid point from their first on."""
        if _native.THERE:
            return _native.margins(self.mass, _LENGTHS)
        count = len(self.starts)
        beginning = np.add.reduce(self.mass, axis=1)
        held = np.bincount(_ends(count), self.mass.ravel(), count + _LENGTHS[-1] + 1)
        ending = np.asarray(held, np.float64)
        change = np.zeros(len(ending) + 1)
        np.negative(ending, out=change[1:])
        change[:count] += beginning
        good = change.cumsum()
        good = np.minimum(np.maximum(good, 0.0, out=good), 1.0, out=good)
        return beginning.cumsum(), ending.cumsum(), good

    def worth(self, points: NDArray[np.int64]) -> Floats:
        """What is to be won by trying each of these points of ``inside``, same shape.

        The probability that it is good, and ``LATER`` times the probability that it is not but the
        best one to try then is: by its log one knows on which side to go on. Cost: half a
        millisecond for the usual two hundred points.
        """
        together = self._together()[np.ix_(points, points)]
        good = together.diagonal()
        instead = good - together  # row i, column j: point j is good, and i is not
        higher, lower = np.triu(instead).max(axis=1), np.tril(instead).max(axis=1)
        out: Floats = good + LATER * (higher + lower)
        return out

    def _together(self) -> Floats:
        """The probability that two points of ``inside`` are both good, shape (x, x)."""
        begins, points = np.arange(len(self.starts))[:, None], len(self._margins[2])
        at = np.zeros((points, points))
        at[begins, begins + _LENGTHS] = self.mass
        # Windows that begin by the lower of the two points and end no sooner than at the higher.
        upper = np.triu(at.cumsum(axis=0)[:, ::-1].cumsum(axis=1)[:, ::-1])
        out: Floats = upper + np.triu(upper, 1).T
        return out

    def without(self, rates: Floats) -> Belief:
        """The belief if none of these log10 rates is good; itself where that cannot be."""
        mass = self._beside(rates)
        total = float(mass.sum())
        return Belief(self.starts, mass / total) if total > 0 else self

    def none_good(self, rates: Floats) -> float:
        """The probability that none of these log10 rates is good."""
        return float(self._beside(rates).sum())

    def _beside(self, rates: Floats) -> Floats:
        """The mass of the windows that hold none of these log10 rates, zero for the others.

        As for ``inside``, a window holds the grid points where it begins and ends, whatever the
        last bits of their sums are.
        """
        low = self.starts[:, None] - _NEAR
        high = self.starts[:, None] + (WIDTHS + _NEAR)
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
        begins, ends, _ = self._margins
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
    centres = [v.rate + begin for v in views for begin in v.edges[:, 0].tolist()]
    first = math.floor((min(centres) - REACH) / STEP) * STEP
    starts = first + STEP * np.arange(float(int((max(centres) + REACH - first) / STEP) + 1))
    if len(views) == 1:
        mass = _density(views[0], starts)
        mass *= _prior()
        mass /= np.add.reduce(mass, axis=None)
        return Belief(starts, mass)
    low, high = starts[:, None], starts[:, None] + WIDTHS
    log_mass = agreement(views, low, high) + np.log(_prior())
    temper = 1.0 / (1.0 + KINSHIP * (len(views) - 1))
    for view in views:
        # Errors are shared where logs are judged; that a loss was lost is no judgement.
        weight = 1.0 if np.isinf(view.end) else temper
        with np.errstate(divide="ignore"):  # nothing is left of windows above a loss that was lost
            log_mass += weight * np.log(_density(view, starts))
    mass = np.exp(log_mass - log_mass.max())
    return Belief(starts, mass / mass.sum())


def highest(views: Sequence[View]) -> float:
    """Log10 of the highest rate to suggest after these runs; infinite where one's is not known.

    A loss that does not move in any digit would ask for hundreds: none above ``HIGHEST`` is
    suggested unless a run came as near as ``FURTHER``.
    """
    if not all(view.rated for view in views):
        return math.inf
    return max(HIGHEST, max(view.rate for view in views) + FURTHER)


@cache
def _prior() -> Floats:
    off = (np.log(WIDTHS) - WIDTH_LOG_MEAN) / WIDTH_LOG_SIGMA
    out: Floats = np.exp(-0.5 * off * off) / WIDTHS
    return out


def _density(view: View, starts: Floats) -> Floats:
    """How likely each window is by one log alone: its verdict's three experts, mixed.

    As everywhere, a window holds a rate at which it begins or ends, whatever their last bits are.
    """
    if _native.THERE:
        grid = starts, WIDTHS, _NEAR, view.rate
        experts = view.edges, view.sigma, _correlated(view.correlation)
        density = _native.windows(*grid, *experts, _NEVER)
        _native.mix(
            *grid, view.probabilities, DOUBT, math.isinf(view.end), np.exp(density, out=density)
        )
        return density
    # Where windows begin above the rate the verdict is too_low; in the other rows a window ends
    # beneath it (too_high) or holds it (ok). Whole rows are faster than a choice by cell.
    rows = int(starts.searchsorted(view.rate + _NEAR, side="right"))
    out = np.empty((len(starts), len(WIDTHS)))
    too_low, ok, too_high = _experts(view, starts - view.rate)
    _shared(_exponential(too_low(slice(rows, None), out[rows:])), view.probabilities[0])
    told = ok(slice(rows), out[:rows])
    beneath = starts[:rows, None] + WIDTHS < view.rate - _NEAR
    np.copyto(told, too_high(slice(rows), np.empty_like(told)), where=beneath)
    held = np.where(beneath, 0.0, _exponential(told))
    ended = told - held
    np.add(_shared(held, view.probabilities[1]), _shared(ended, view.probabilities[2]), out=told)
    # A rate at which the loss was lost may be anything but too low: no doubt brings windows back
    # that begin above it.
    open_to_doubt = told if np.isinf(view.end) else out
    open_to_doubt += DOUBT / open_to_doubt.size
    return out


def _experts(view: View, away: Floats) -> list[Callable[[slice, Floats], Floats]]:
    """For each verdict, what writes the logarithm of the density of windows' edges if it is right.

    Of windows that begin ``away`` from the run's rate: the normal density of the begin, times that
    of the end for this begin. What depends on the begin alone is computed for all three at once.
    """
    begin, end = view.edges.T[:, :, None]
    wide, long = view.sigma.T[:, :, None]
    r, unit = _correlated(view.correlation)
    first = (away - begin) / wide
    column = unit * ((away - end) / long - r * first)
    tilt, steep = WIDTHS * (unit / long), -0.5 * first * first

    def written(k: int, rows: slice, out: Floats) -> Floats:
        np.add(column[k, rows, None], tilt[k], out=out)
        out *= out
        np.subtract(steep[k, rows, None], out, out=out)
        return out

    return [partial(written, k) for k in range(3)]


@lru_cache(maxsize=4)
def _correlated(correlations: tuple[float, float, float]) -> tuple[Floats, Floats]:
    """The correlations of begin and end, and what the end's distance is multiplied by for its
    square to be the exponent: both shape (3, 1)."""
    r = np.array(correlations)[:, None]
    return r, np.sqrt(0.5 / (1 - r * r))


def _exponential(logarithm: Floats) -> Floats:
    """The densities of which these are the logarithms; in their place."""
    np.maximum(logarithm, _NEVER, out=logarithm)
    out: Floats = np.exp(logarithm, out=logarithm)
    return out


def _shared(density: Floats, probability: float) -> Floats:
    """The density scaled to hold the verdict's probability, less what is doubt."""
    density *= (1 - DOUBT) * probability / max(float(np.add.reduce(density, axis=None)), 1e-12)
    return density
