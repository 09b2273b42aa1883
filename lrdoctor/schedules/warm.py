"""Warmups that a straight rise does not explain: held low, in geometric progression, multiplied in,
of any shape; and the three phases of a one-cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from msgspec.structs import replace

from lrdoctor.run import Floats
from lrdoctor.schedules.curve import curve
from lrdoctor.schedules.decay import falls, straight_fall
from lrdoctor.schedules.fitting import Candidate, best, error, line, regression
from lrdoctor.schedules.form import Bend, Chain, Leg, Product, Trace, remaining
from lrdoctor.schedules.points import FLOOR, SAME, Points
from lrdoctor.schedules.rise import NOISE, beginning, warmed_kind

FEWEST = 3
"""Points of a warmup that show its shape."""
_JUMP = 0.95
"""Share of the peak to which a warmup that is held low jumps: the next point may be late."""
_ENOUGH = 8
"""Points after a long warmup that show their schedule beyond chance."""
_ANNEALED: tuple[Bend, ...] = ("cosine", "linear")
_AFTER = frozenset({
    "constant", "step", "reduce-on-plateau", "cosine", "linear", "polynomial", "exponential", "wsd",
    "inverse-sqrt", "inverse-time", "cosine-restarts",
})  # fmt: skip
"""What a warmup is known to stand before."""

Explain = Callable[[Points], tuple[Candidate | None, float]]


def held_low(p: Points, explain: Explain) -> Candidate | None:
    """A first level, then a jump to the peak and whatever schedule begins there.

    None where the rate does not begin so.
    """
    jump = int((np.abs(p.rates - p.rates[0]) > SAME * p.rates[0]).argmax())
    if jump < FEWEST or len(p) - jump < FEWEST or not 0 < p.rates[0] < _JUMP <= p.rates[jump]:
        return None
    start, border = beginning(p), float(p.steps[jump])
    body, misfit = explain(replace(p.take(slice(jump, None)), origin=border))
    if body is None or "warmup_steps" in body.parameters or body.kind not in _AFTER:
        return None
    if body.kind == "constant" and jump > len(p) - jump:
        return None  # a rate that was raised late was not warmed up
    low = Leg(start, border, float(p.rates[0]), float(p.rates[0]))
    parameters = {**body.parameters, "warmup_steps": border - start, "initial": low.first,
                  "warmup_held": 1.0}  # fmt: skip
    form = Chain((low, body.form), (border,))
    kind = warmed_kind(body.kind)
    return Candidate(kind, form, parameters, body.free + 2, body.determined, misfit)


def multiplied(p: Points, top: int) -> Iterator[Candidate]:
    """A fall from the run's start on, and the warmup that it is multiplied by: what is left of the
    rates, divided by the fall, is a line or a geometric progression."""
    start, rest = beginning(p), p.take(slice(top + 1, None))
    if top < FEWEST or len(rest) < FEWEST:
        return
    body, misfit = best(rest, falls(rest, start))
    if body is None or body.kind == "wsd" or misfit > 3 * p.resolution:
        return
    head = p.take(slice(0, top))
    for ramp in _ramps(head.steps, head.rates / body.form.rates(head.steps)):
        parameters = {**body.parameters, "warmup_steps": ramp.end - start, "initial": ramp.first,
                      "warmup_multiplied": 1.0}  # fmt: skip
        kind, form = warmed_kind(body.kind), Product(ramp, body.form)
        yield Candidate(kind, form, parameters, body.free + 2, body.determined)


def of_any_shape(p: Points, top: int, explain: Explain) -> Candidate | None:
    """A warmup up to point ``top`` whose shape is not known, and whatever schedule begins there,
    which alone is judged.

    None where the rates before the top do not only rise, or are too many for that: more than half
    of those after it, unless enough of these lie where their schedule has them.
    """
    rest = p.take(slice(top, None))
    short = 1 <= top <= len(rest) // 2
    if top < 1 or len(rest) < (FEWEST if short else _ENOUGH):
        return None
    if not np.diff(p.rates[: top + 1]).min(initial=0.0) >= -NOISE * p.noise:
        return None
    start, border = beginning(p), float(p.steps[top])
    body, misfit = explain(replace(rest, origin=border))
    if body is None or "warmup_steps" in body.parameters or body.kind not in _AFTER:
        return None
    if not short and misfit > 3 * p.resolution:
        return None
    rise = Trace(tuple(p.steps[: top + 1].tolist()), tuple(p.rates[: top + 1].tolist()))
    parameters = {**body.parameters, "warmup_steps": border - start, "initial": rise.levels[0],
                  "warmup_traced": 1.0}  # fmt: skip
    form = Chain((rise, body.form), (border,))
    return Candidate(warmed_kind(body.kind), form, parameters, body.free + 2, body.determined,
                     misfit)  # fmt: skip


def _ramps(steps: Floats, shares: Floats) -> Iterator[Leg]:
    """Rises to 1 through these shares."""
    first = float(steps[0])
    foot, slope = line(steps - first, shares, 1.0 / (shares + FLOOR))
    if slope > 0 and 0 <= foot < 1:
        yield Leg(first, first + (1 - foot) / slope, foot, 1.0)
    if shares.min() > 0:
        foot, slope = line(steps - first, np.log(shares), np.ones(len(shares)))
        if slope > 0 and foot < 0:
            yield Leg(first, first - foot / slope, float(np.exp(foot)), 1.0, "exponential")


def three_phases(p: Points, top: int) -> Iterator[Candidate]:
    """One-cycle's rise, its mirror image, and a last fall below where it began."""
    for bend in _ANNEALED:
        tries = [_mirrored(p, bend, float(at)) for at in _around(p, top)]
        found = [one for one in tries if one is not None]
        if found:
            yield min(found, key=lambda one: error(p, one.form))


def _around(p: Points, top: int) -> Floats:
    """Steps at which the peak may lie, between the points beside the highest one, or beside those
    that may be it for all that noise tells."""
    last = int((p.rates >= 1.0 - NOISE * p.noise).nonzero()[0][-1]) if p.noise else top
    return np.linspace(p.steps[max(top - 1, 0)], p.steps[min(last + 1, len(p) - 1)], 17)


def _mirrored(p: Points, bend: Bend, border: float) -> Candidate | None:
    start = beginning(p)
    turn = 2 * border - start
    tail = p.take(p.steps > turn)
    if border <= start or len(tail) < FEWEST or len(p) - len(tail) < FEWEST:
        return None
    head = p.take(p.steps <= turn)
    way = np.abs(head.steps - border) / (border - start)
    low, height = regression(remaining(way, bend), head)
    last = straight_fall(tail, turn) if bend == "linear" else curve(tail, turn, bend, (), None)
    if last is None or height <= 0 or low < 0:
        return None
    up = Leg(start, border, low, low + height, bend)
    form = Chain((up, Leg(border, turn, low + height, low, bend), last), (border, turn))
    parameters = {"peak": low + height, "initial": low, "final": last.last,
                  "warmup_steps": border - start, "total_steps": last.end,
                  "three_phases": 1.0}  # fmt: skip
    straight = {"linear_anneal": 1.0} if bend == "linear" else {}
    return Candidate("one-cycle", form, parameters | straight, 5)
