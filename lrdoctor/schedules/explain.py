"""Which family of schedules the cleaned rates belong to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrdoctor.schedules import cycle, decay, held, rise, stairs, warm
from lrdoctor.schedules.fitting import Candidate, best, error
from lrdoctor.schedules.points import COARSE, SAME, Levels, Points, levels, rounded

LOOSE = 0.03
"""A family whose relative error is larger does not explain the rates: the kind is unknown. Real
logs of known kind, rounded and updated once per epoch, stay below 0.025."""
_HELD = 2e-3
"""The same for a smooth curve that is updated once per epoch and logged more often."""
_LEVELS = 6
"""Levels of no common factor that may be samples of a curve."""


def explain(p: Points) -> tuple[Candidate | None, float]:
    """The schedule behind the points and its relative error."""
    lv = levels(p)
    if lv is not None and not stairs.regular(lv):
        updates = held.epochs(p, lv)
        if updates is not None:
            smooth, misfit = _through(updates, levels(updates))
            if smooth is not None and misfit <= _HELD:
                return smooth, misfit
    found = _through(p, lv)
    if lv is None or not _doubtful(*found):
        return found
    return _once_a_level(p, lv) or found


def _doubtful(chosen: Candidate | None, misfit: float) -> bool:
    """Whether nothing explains the rates, or only that each level was set by hand."""
    if chosen is None or not misfit <= LOOSE:
        return True
    return chosen.kind == "step" and "factor" not in chosen.parameters


def _once_a_level(p: Points, lv: Levels) -> tuple[Candidate, float] | None:
    """A smooth curve through levels whose rows keep to no rhythm, each of which counts once."""
    if len(lv.first) < _LEVELS:
        return None
    once, play = held.once(p, lv)
    smooth, misfit = _gliding(once.thinned())
    allowed = min(LOOSE, max(_HELD, play))
    return (smooth, misfit) if smooth is not None and misfit <= allowed else None


def _through(p: Points, lv: Levels | None) -> tuple[Candidate | None, float]:
    """The schedule through points that were set one by one, or stand still between changes."""
    low = warm.held_low(p, lambda rest: _through(rest, levels(rest)))
    if low is not None:
        return low, error(p, low.form)
    if lv is not None and not rounded(p, lv):
        found = _standing(p, lv)
        if found is not None:
            return found
    return _gliding(p.thinned())


def _standing(p: Points, lv: Levels) -> tuple[Candidate, float] | None:
    """Rates that stand still between changes, after a warmup or without."""
    top = rise.top_of(p)
    place = int(np.searchsorted(lv.first, top, side="right")) - 1  # jitter may peak inside a run
    climbs = place > 0 and np.all(np.diff(p.rates[: top + 1]) >= -SAME)
    if climbs and int(lv.sizes[:place].max()) <= max(1.0, 0.1 * len(p)):
        after = Levels(lv.first[place:], lv.sizes[place:], lv.rates[place:])
        return _warmed(p, after) or _warmed(p.take(_once(p, lv.first[: place + 1])), None)
    stood = stairs.standing(p, lv)
    if stood is None:
        return None
    exact = stairs.candidate(p, stood, rise.beginning(p))
    if stairs.small(p, stood) and len(stood.sizes) == len(lv.sizes):
        smooth, misfit = _gliding(p.take(stood.first))
        if smooth is not None and misfit <= _HELD and "period" not in exact.parameters:
            return smooth, misfit
    if len(stood.sizes) == len(lv.sizes):
        return exact, error(p, exact.form)
    members = np.concatenate(
        [np.arange(f, f + n) for f, n in zip(stood.first, stood.sizes, strict=True)]
    )
    return exact, error(p.take(members), exact.form)


def _once(p: Points, first: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which points are left where each level up to the last of ``first`` counts but once."""
    kept = np.ones(len(p), np.bool_)
    kept[: first[-1]] = False
    kept[first[:-1]] = True
    return kept


def _warmed(p: Points, after: Levels | None) -> tuple[Candidate, float] | None:
    """A warmup, then rates that stand still; ``after`` None: those from the top on."""
    if after is None:
        lv = levels(p)
        if lv is None:
            return None
        place = int(np.searchsorted(lv.first, rise.top_of(p), side="right")) - 1
        after = Levels(lv.first[place:], lv.sizes[place:], lv.rates[place:])
    stood = stairs.standing(p, after) if after.sizes.sum() >= 2 else None
    if stood is None:
        return None
    head = p.take(slice(0, int(stood.first[0] + stood.sizes[0]))).thinned()
    warmup, misfit = best(head, rise.then_fall(head, rise.top_of(head)))
    if warmup is None or misfit > LOOSE:
        traced = _traced(p, int(stood.first[0]), warmup, misfit)
        few = len(stood.sizes) < _LEVELS or (traced and "period" in traced[0].parameters)
        return traced if few else None
    if len(stood.sizes) == 1:
        return warmup, misfit
    start = rise.beginning(p)
    body = stairs.candidate(p, stood, start, start + warmup.parameters["warmup_steps"])
    return rise.before(p, warmup, body), misfit


def _gliding(p: Points) -> tuple[Candidate | None, float]:
    """Rates that change from point to point."""
    if len(p) < 3:
        return None, np.inf
    corners = cycle.turns(p)
    y = p.rates
    ups = sum(y[b] > y[a] for a, b in pairwise(corners))
    if ups > 1 or (ups == 1 and len(corners) > 2 and y[corners[1]] < y[corners[0]]):
        chosen, misfit = best(p, cycle.candidates(p, corners))
        risen = y[corners[1]] > y[0]
        return (risen and _traced(p, corners[1], chosen, misfit)) or (chosen, misfit)
    top = rise.top_of(p)
    if top == len(p) - 1:
        return best(p, rise.only(p))
    if top == 0 or y[0] >= 1 - max(1e-3, rise.NOISE * p.noise):
        origin = rise.beginning(p)
        return best(p, decay.falls(p, origin))
    found = rise.then_fall(p, top)
    chosen, misfit = best(p, found)
    if misfit <= (0.5 if p.resolution > COARSE else 3) * p.resolution:
        return chosen, misfit
    found += [*warm.multiplied(p, top), *warm.three_phases(p, top)]
    wave = cycle.once(p, top) if len(p) >= _LEVELS else None
    chosen, misfit = best(p, found if wave is None else [*found, wave])
    return _traced(p, top, chosen, misfit) or (chosen, misfit)


def _traced(
    p: Points, top: int, chosen: Candidate | None, misfit: float
) -> tuple[Candidate, float] | None:
    """A warmup as it was logged and what explains the rest, where nothing else explains all."""
    if chosen is not None and misfit <= LOOSE:
        return None
    traced = warm.of_any_shape(p, top, lambda rest: _through(rest, levels(rest)))
    if traced is None or traced.misfit is None or not traced.misfit <= LOOSE:
        return None
    return traced, traced.misfit
