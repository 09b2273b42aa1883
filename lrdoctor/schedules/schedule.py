"""A learning-rate schedule: recognised from the logged rates, and drawn beyond them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from lrdoctor.run import Floats, Ints
from lrdoctor.schedules import cycle, decay, held, rise, stairs, warm, words
from lrdoctor.schedules.fitting import Candidate, best, error, explained
from lrdoctor.schedules.form import Chain, Form, Stairs
from lrdoctor.schedules.points import (
    COARSE,
    SAME,
    Levels,
    Points,
    levels,
    logged,
    points,
    rounded,
)

KINDS = (
    "constant", "step", "exponential", "linear", "polynomial", "cosine", "cosine-restarts",
    "cyclic", "one-cycle", "inverse-sqrt", "inverse-time", "reduce-on-plateau", "wsd",
    "warmup-constant", "warmup-cosine", "warmup-linear", "range-test", "unknown",
)  # fmt: skip
"""Every kind that ``recognise`` names."""

APART = frozenset({"warmup_held", "warmup_multiplied", "three_phases", "returning"})
"""Parameters that are 1 for a shape that its kind alone does not draw: a warmup held at one rate or
multiplied into what follows, one-cycle in three phases, a cosine stepped beyond its end."""
_RATES = frozenset({"peak", "final", "initial"})
_LOOSE = 0.03
"""A family whose relative error is larger does not explain the rates: the kind is unknown. Real
logs of known kind, rounded and updated once per epoch, stay below 0.025."""
_HELD = 2e-3
"""The same for a smooth curve that is updated once per epoch and logged more often."""
_LEVELS = 6
"""Levels of no common factor that may be samples of a curve."""
_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the learning rate follows.

    A kind without a warmup of its own in ``KINDS`` (``step``, ``wsd``, ``polynomial``, ...) may
    still have had one: ``parameters["warmup_steps"]`` then tells.
    """

    kind: str
    """One of ``KINDS``."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Rates (``peak``, ``final``, ``initial``) as logged; lengths (``warmup_steps``,
    ``cycle_steps``, ``period``, ``decay_steps``) and places (``total_steps``, ``first_drop``,
    ``last_drop``, ``decay_start``) in the run's own steps; ``gamma`` per step; the rest plain
    numbers (``decay_bend`` of a wsd: 0 linear, 1 cosine, 2 one minus square root, 3 exponential;
    ``linear_anneal`` and ``cosine_wave`` are 1 for a one-cycle or a cycle of that unusual shape,
    ``gliding`` for one whose peaks fall all the time; see ``APART`` for further ones).
    What the log does not tell is absent."""
    base: float = float("nan")
    """The peak rate; NaN where none was logged."""
    fit: float = 0.0
    """R squared over the logged points, 1 for a perfect fit; 0 for ``unknown``."""
    determined: bool = False
    """Whether the log fixes the schedule beyond its end. Not so for a warmup that still rises,
    for reduce-on-plateau and for irregular drops."""
    last_step: float = 0.0
    last_rate: float = float("nan")
    form: Form | None = field(default=None, repr=False)
    """The closed form, relative to ``scale``."""
    scale: float = 1.0

    def rate_at(self, steps: Ints | Floats) -> Floats:
        """Rates at any steps, shape (n,), also beyond the log's end, where the last one holds
        unless the kind says otherwise. NaN where no rate was ever logged."""
        at = np.asarray(steps, np.float64)
        if self.form is None:
            return np.full(at.shape, self.last_rate)
        with np.errstate(all="ignore"):
            return np.asarray(np.maximum(self.form.rates(at), 0.0) * self.scale)

    def planned(
        self, from_step: int, to_step: int, points: int = 60
    ) -> tuple[tuple[int, float], ...]:
        """The schedule between two steps as (step, rate), at most ``points`` of them.

        Empty where the future cannot be known: an unknown kind, a warmup that still rises, a
        range test. Reduce-on-plateau and irregular drops go on at the last rate.
        """
        if self.form is None or to_step < from_step or points < 1 or not self._goes_on():
            return ()
        # As ``np.linspace`` and ``np.append``, whose generality takes longer than all else here.
        exact = np.arange(float(points)) * ((to_step - from_step) / max(points - 1, 1)) + from_step
        exact[-1] = to_step if points > 1 else from_step
        at = np.rint(exact).astype(np.int64)
        if to_step - from_step < points:
            last = np.ones(len(at), np.bool_)  # of several at one step
            np.greater(at[1:], at[:-1], out=last[:-1])
            at = at[last]
        rates = self.rate_at(at)
        return tuple(zip(at.tolist(), rates.tolist(), strict=True))

    def describe(self, unit: str = "steps") -> str:
        """The schedule in one plain sentence, lengths counted in ``unit``."""
        return words.sentence(self.kind, self.parameters, self.base, self.determined, unit)

    def milestones(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Steps at which the rate changes from level to level, and the levels, as shares of the
        peak, before and between them. Both empty where the rate has no levels."""
        stairs = self._stairs()
        if stairs is None:
            return (), ()
        changed = [a != b for a, b in pairwise(stairs.levels)]
        places = tuple(s for s, c in zip(stairs.starts[1:], changed, strict=True) if c)
        later = tuple(r for r, c in zip(stairs.levels[1:], changed, strict=True) if c)
        return places, (stairs.levels[0], *later)

    def _stairs(self) -> Stairs | None:
        last = self.form.parts[-1] if isinstance(self.form, Chain) else self.form
        return last if isinstance(last, Stairs) else None

    def _goes_on(self) -> bool:
        return self.determined or self._stairs() is not None


def recognise(
    steps: NDArray[np.integer] | NDArray[np.floating],
    rates: NDArray[np.floating],
    planned_steps: int | None = None,
) -> Schedule:
    """Which schedule a run's learning rate follows, from all of its log or the part so far.

    Args:
        steps: shape (n,), in the run's own axis.
        rates: shape (n,), as logged: rounded, with gaps, NaN or repeated steps.
        planned_steps: the step at which training is to end, where that is known; it fixes the
            end of a cosine or linear decay.

    Cost: linear in n with a small constant, plus a fit on at most about 256 points.
    """
    clean = logged(steps, rates)
    count, base = len(clean.steps), clean.most
    if not count or clean.least < 0:
        return Schedule("unknown", base=base)
    last_step, last = float(clean.steps[-1]), float(clean.rates[-1])
    plain = partial(Schedule, base=base, last_step=last_step, last_rate=last)
    if count == 1:
        return plain("unknown", {"peak": base})
    if base < _TINY:
        return plain("constant", {"peak": 0.0}, fit=1.0, determined=True,
                     form=Stairs((last_step,), (0.0,)))  # fmt: skip
    if clean.least == base:
        return plain("constant", {"peak": base}, fit=1.0, determined=True,
                     form=Stairs((float(clean.steps[0]),), (1.0,)), scale=base)  # fmt: skip
    with np.errstate(all="ignore"):
        p = points(clean, float(planned_steps) if planned_steps else None)
        chosen, misfit = _explain(p)
        if chosen is None or not misfit <= _LOOSE:
            return plain("unknown", {"peak": base})
        fit = _r_squared(p, chosen)
    parameters = {
        name: float(value * p.scale if name in _RATES else value)
        for name, value in chosen.parameters.items()
    }
    peak = parameters.get("peak", base)
    return Schedule(chosen.kind, parameters, peak, fit, chosen.determined, last_step, last,
                    chosen.form, p.scale)  # fmt: skip


def _explain(p: Points) -> tuple[Candidate | None, float]:
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
    if chosen is None or not misfit <= _LOOSE:
        return True
    return chosen.kind == "step" and "factor" not in chosen.parameters


def _once_a_level(p: Points, lv: Levels) -> tuple[Candidate, float] | None:
    """A smooth curve through levels whose rows keep to no rhythm, each of which counts once.

    A level may have begun anywhere between two rows, so that it may miss the curve by as much as
    the curve moves in between.
    """
    if len(lv.first) < _LEVELS:
        return None
    begun, before = p.steps[lv.first], p.steps[lv.first[1:] - 1]
    ended = np.append(before, p.steps[-1])
    once = p.take(lv.first)
    middle = np.concatenate([begun[:1], 0.5 * (before + begun[1:])])
    moved = np.abs(lv.rates[1:] - lv.rates[:-1]) * once.weights[1:]
    unsure = np.minimum((begun[1:] - before) / np.maximum(ended[1:] - before, 1e-9), 1.0)
    play = moved * unsure
    allowed = min(_LOOSE, max(_HELD, math.sqrt(float(np.add.reduce(play * play)) / len(play))))
    smooth, misfit = _gliding(replace(once, steps=middle).thinned())
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
    warm, misfit = best(head, rise.then_fall(head, rise.top_of(head)))
    if warm is None or misfit > _LOOSE:
        return None
    if len(stood.sizes) == 1:
        return warm, misfit
    start = rise.beginning(p)
    body = stairs.candidate(p, stood, start, start + warm.parameters["warmup_steps"])
    return rise.before(p, warm, body), misfit


def _gliding(p: Points) -> tuple[Candidate | None, float]:
    """Rates that change from point to point."""
    if len(p) < 3:
        return None, np.inf
    corners = cycle.turns(p)
    y = p.rates
    ups = sum(y[b] > y[a] for a, b in pairwise(corners))
    if ups > 1 or (ups == 1 and len(corners) > 2 and y[corners[1]] < y[corners[0]]):
        return best(p, cycle.candidates(p, corners))
    top = rise.top_of(p)
    if top == len(p) - 1:
        return best(p, rise.only(p))
    if top == 0 or y[0] >= 1 - 1e-3:
        origin = rise.beginning(p)
        return best(p, decay.falls(p, origin))
    found = rise.then_fall(p, top)
    chosen, misfit = best(p, found)
    if misfit <= (0.5 if p.resolution > COARSE else 3) * p.resolution:
        return chosen, misfit
    found += [*warm.multiplied(p, top), *warm.three_phases(p, top)]
    wave = cycle.once(p, top) if len(p) >= _LEVELS else None
    return best(p, found if wave is None else [*found, wave])


def _r_squared(p: Points, chosen: Candidate) -> float:
    y = p.rates
    fitted = chosen.form.rates(p.steps)
    if chosen.kind == "range-test":  # over decades, the last few points would be all that counts
        good = (y > 0) & (fitted > 0)
        y, fitted = np.log(y[good]), np.log(fitted[good])
    spread, missed = explained(y, fitted)
    if spread <= len(y) * (10 * SAME) ** 2 * 0.01:
        return 1.0 if missed <= len(y) * (10 * SAME) ** 2 else 0.0
    return min(max(1.0 - missed / spread, 0.0), 1.0)
