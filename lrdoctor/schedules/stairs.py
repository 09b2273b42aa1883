"""Rates that stand still and drop: constant, step, and what reduce-on-plateau leaves behind."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from lrdoctor.run import Floats
from lrdoctor.schedules.fitting import Candidate
from lrdoctor.schedules.form import Stairs
from lrdoctor.schedules.points import SAME, UNIT, Levels, Points

SMALL_STEPS, MANY_STEPS = 0.9, 10
"""Regular drops by less than a tenth, ten or more of them, are an exponential decay that is
updated once in a while: the factors that step schedules are given are 0.1 to 0.5."""
_EVEN = 0.02
"""Drops whose factors agree so well come from one factor."""
_DOUBLE = math.log(2.0)
"""The smallest fall that two of them between rows may hide."""
_RESTS = 0.25
"""Part of the rows that stand still where others fall by one factor, from row to row."""
_ODDS = 1.0
"""Log odds at which drops at round steps are taken as planned beforehand."""
_HASTY = 2.5
"""Log odds in favour of a plan where a level held for at most three points: less than a
patience."""
GLIDE = 3
"""So many lone points at the end are no mean over a drop, which leaves one."""
_CHOSEN = 3
"""Drops that a person chooses one by one: more of them in a hurry are a plateau's."""
_PARTS = 20
"""Drops are put at parts of the length down to so small a one."""
_TRIES = 6
"""About how many grids are tried, so how often chance gets to look round."""


class Drops(msgspec.Struct, frozen=True, gc=False):
    """Changes between levels. Arrays have shape (m - 1,)."""

    before: Floats
    """Last step at the old rate."""
    after: Floats
    """First step at the new one."""
    factors: Floats
    levels: tuple[float, ...]


def ladder(factors: Floats, play: Floats) -> tuple[float, Floats] | None:
    """The one factor that made all changes, and how often each took it: more than once where
    several fell between two rows. The last may stop at a lowest rate.

    Args:
        factors: shape (n,).
        play: relative error of each that the printed digits allow, shape (n,).

    Returns:
        None where there is no such factor.
    """
    if not 0.0 < factors.min() <= factors.max() < 1 - 1e-3:
        return None
    falls = -np.log(factors)
    made = falls[:-1] if len(falls) > 2 else falls
    for part in (1.0, 2.0):
        unit = float(made.min()) / part
        if part > 1 and unit < _DOUBLE:
            return None
        counts = np.rint(made / unit)
        unit = float((counts @ made) / (counts @ counts))
        allowed = _EVEN if counts.max() == 1 else play[: len(made)]
        if (np.abs(made - counts * unit) <= allowed).all():
            rest = np.maximum(np.ceil(falls[len(made) :] / unit - _EVEN), 1.0)
            return math.exp(-unit), np.concatenate([counts, rest])
    return None


def standing(p: Points, lv: Levels) -> Levels | None:
    """The levels at which the rate stood still, None where it mostly did not.

    A lone point between two levels is a mean over the drop; lone points elsewhere are a warmup
    or a glide, and may be one in ten, but for the newest: those are a decay that has begun.
    """
    m = len(lv.sizes)
    if m == 1:
        return lv
    keep = lv.sizes >= 2
    keep[-1] |= m > 1 and keep[-2] and lv.rates[-1] < 0.6 * lv.rates[-2]
    stood = int(lv.sizes[keep].sum())
    if not keep.all() and stood >= _RESTS * lv.sizes.sum() and lv.rates.min() > 0:
        made = ladder(lv.rates[1:] / lv.rates[:-1], _play(p, lv.rates))
        if made is not None and made[0] < SMALL_STEPS:
            return lv
    if m > GLIDE and not keep[-GLIDE:].any():
        return None
    if stood < 0.9 * lv.sizes.sum() or not keep.any():
        return None
    return Levels(lv.first[keep], lv.sizes[keep], lv.rates[keep])


def _play(p: Points, rates: Floats) -> Floats:
    """How far rounding may move the quotient of each rate by the one before; shape (n - 1,)."""
    logged = rates * p.scale
    first_digits = logged / 10.0 ** np.floor(np.log10(logged))
    half = 0.5 * UNIT * p.resolution / first_digits + SAME
    return np.asarray(half[1:] + half[:-1])


def candidate(p: Points, lv: Levels, *origins: float) -> Candidate:
    """Constant, step, reduce-on-plateau or exponential: what these levels are.

    Args:
        origins: steps from which a regular schedule may count: the run's start, a warmup's end.
    """
    starts = p.steps[lv.first]
    if len(lv.rates) == 1:
        rate = float(lv.rates[0])
        return Candidate("constant", Stairs((float(starts[0]),), (rate,)), {"peak": rate}, 1)
    ends = p.steps[lv.first[1:] - 1]
    with np.errstate(divide="ignore", over="ignore"):
        factors = np.where(lv.rates[:-1] > 0, lv.rates[1:] / lv.rates[:-1], np.inf)
    drops = Drops(ends, starts[1:], factors, tuple(float(r) for r in lv.rates))
    parameters = {
        "peak": float(lv.rates.max()),
        "final": float(lv.rates[-1]),
        "drops": float(len(factors)),
        "first_drop": float(starts[1]),
        "last_drop": float(starts[-1]),
    }
    last, counted = (
        float(p.steps[-1]),
        ladder(factors, _play(p, lv.rates)) if lv.rates.min() > 0 else None,
    )
    even = counted is not None
    period = None
    if counted is not None:
        parameters["factor"], counts = counted
        parameters["drops"] = float(counts.sum())
        number = np.cumsum(counts)
        periods = (_period(drops, number, origin, last) for origin in origins)
        period = next((found for found in periods if found is not None), None)
    if period is not None:
        parameters["period"] = period
        return _regular(drops, starts, parameters, period, last)
    form = Stairs(tuple(float(s) for s in starts), drops.levels)
    free = 1 + 2 * len(factors)
    if even and not _planned(p, lv, drops):
        parameters["shortest_wait"] = float(np.diff(np.append(starts[0], starts[1:])).min())
        return Candidate("reduce-on-plateau", form, parameters, free, determined=False)
    return Candidate("step", form, parameters, free, determined=False)


def regular(lv: Levels) -> bool:
    """One factor made all changes from the peak on, and each by more than a smooth decay would."""
    fall = lv.rates[int(lv.rates.argmax()) :]
    if len(fall) < 3 or fall.min() <= 0:
        return False
    factors = fall[1:] / fall[:-1]
    return bool(factors.max() < SMALL_STEPS and np.ptp(factors[:-1]) <= _EVEN * factors.max())


def small(p: Points, lv: Levels) -> bool:
    """The levels may be samples of a smooth curve, held between updates."""
    return len(lv.rates) >= 5 and len(p) >= 2 * len(lv.rates)


def _regular(drops: Drops, starts: Floats, parameters: dict[str, float],
             period: float, last: float) -> Candidate:  # fmt: skip
    factor = parameters["factor"]
    places, levels = tuple(float(s) for s in starts), drops.levels
    if places[-1] + period <= last:  # a drop was due at the very last step: it is still to come
        places, levels = (*places, last + 1.0 - period), (*levels, levels[-1])
    form = Stairs(places, levels, period, factor)
    if factor >= SMALL_STEPS and len(drops.factors) >= MANY_STEPS:
        gamma = factor ** (1.0 / period)
        smooth = {"peak": parameters["peak"], "gamma": gamma, "period": period,
                  "factor": factor, "halflife": float(-np.log(2) / np.log(gamma))}  # fmt: skip
        return Candidate("exponential", form, smooth, 3)
    return Candidate("step", form, parameters, 3)


def _period(drops: Drops, number: Floats, origin: float, last: float) -> float | None:
    """Steps from drop to drop, counted from the origin; None where one drop or no rhythm.

    Args:
        number: of each drop, shape (n,), from 1.
    """
    n = int(number[-1])
    if len(number) < 2:
        return None
    # A rate logged before or after the update of its step: one step of play at either end.
    overdue = (last - 1 - origin) / (n + 1)  # the next drop has not come yet
    low = max(((drops.before - 1 - origin) / number).max(), overdue)
    high = ((drops.after + 1 - origin) / number).min()
    if high < low or high <= 0:
        return None
    exact = (
        max(((drops.before - origin) / number).max(), overdue),
        ((drops.after - origin) / number).min(),
    )
    if exact[1] >= exact[0]:
        low, high = exact
    return _roundest(max(float(low), 1e-9), float(high))


def _roundest(low: float, high: float) -> float:
    """The number with the fewest digits in the range."""
    unit = 10.0 ** math.ceil(math.log10(max(high, 1e-12)))
    for _ in range(16):
        for part in (1.0, 0.5, 0.2):
            tick = unit * part
            value = math.floor(high / tick + 1e-9) * tick
            if value >= low - 1e-9 and value > 0:
                return value
        unit /= 10.0
    return 0.5 * (low + high)


def _planned(p: Points, lv: Levels, drops: Drops) -> bool:
    """The drops stand at steps that a person would choose, beyond what chance explains."""
    width = float(np.median(drops.after - drops.before))
    grids = [g * 10.0**k for k in range(12) for g in (1.0, 2.0, 5.0)]
    surest = 0.0
    for grid in grids:
        if width < grid <= p.steps[-1] and _on_grid(drops, grid):
            surest = max(surest, float(np.log(grid / width)))
    for whole, play in _wholes(p, width):
        for grid in (whole / 20, whole / 10, whole / 6, whole / 4):
            surest = max(surest, _odds(drops, grid, width, play))
    free = _independent(drops, width)
    sure = free * surest - math.log(_TRIES)
    for count in range(1, _PARTS + 1):  # parts of a length that is not known
        grid = float(drops.after[0]) / count
        most = float(drops.after[-1]) / grid
        if most < _PARTS + 0.5:
            sure = max(sure, (free - 1) * _odds(drops, grid, width, width) - math.log(2.0 * most))
    hasty = _HASTY if lv.sizes[:-1].min() <= 3 and len(drops.after) <= _CHOSEN else 0.0
    return sure + hasty >= _ODDS


def _odds(drops: Drops, grid: float, width: float, play: float) -> float:
    """Log odds of a drop that all keep so near to the multiples of ``grid`` on purpose.

    Args:
        play: the most that a drop may lie beside one.
    """
    place = np.rint(0.5 * (drops.before + drops.after) / grid) * grid
    off = np.maximum(np.maximum(drops.before - place, place - drops.after), 0.0)
    spread = width + 2.0 * float(off.max())
    return math.log(grid / spread) if off.max() <= play and spread < grid else 0.0


def _independent(drops: Drops, width: float) -> int:
    """How many drops tell something of their own: a plateau's come one patience after another."""
    gaps = np.diff(drops.after)
    again = [bool((np.abs(gaps[:i] - gap) <= width).any()) for i, gap in enumerate(gaps)]
    return len(drops.after) - sum(again)


def _on_grid(drops: Drops, grid: float) -> bool:
    """Every drop has a multiple of ``grid`` in it, at its upper or at its lower end."""
    upper = np.floor((drops.after) / grid + 1e-9) * grid > drops.before + 1e-9 * grid
    lower = np.ceil((drops.before) / grid - 1e-9) * grid < drops.after - 1e-9 * grid
    return bool(upper.all() or lower.all())


def _wholes(p: Points, width: float) -> list[tuple[float, float]]:
    """Lengths of which the drops may be round parts, each with the play it leaves."""
    if p.planned is not None:
        return [(p.planned, width + 1.0)]  # the drop is rounded to an epoch
    last = float(p.steps[-1])
    play = 0.5 * width + 0.5  # the length is not a round number
    return [(last, play), (last + float(p.steps[-1] - p.steps[-2]), play)]
