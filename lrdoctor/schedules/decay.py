"""Falling rates: linear, exponential, inverse, cosine, polynomial, and stable-then-decay."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.schedules.curve import HIGHEST, POWERS, curve, power_fall
from lrdoctor.schedules.fitting import Candidate, error, line
from lrdoctor.schedules.form import Chain, Exponential, Inverse, Leg
from lrdoctor.schedules.points import COARSE, SAME, Points

STABLE = 0.08
"""A flat beginning over at least this share of the steps is a phase of its own."""
_ENOUGH = 8
"""With fewer points, several families may fit: all are compared."""
_NEAR = 0.03
"""A cosine that misses by less may only have begun at another step than was thought."""
_WSD_BENDS = ("linear", "cosine", "one-minus-sqrt", "exponential")
_INVERSE = {0.5: "inverse-sqrt", 1.0: "inverse-time", 0.75: "inverse-time"}


def falls(p: Points, origin: float) -> list[Candidate]:
    """Schedules that may explain rates which never rise, simplest first.

    The search ends where a family explains the points to the digits that were logged.

    Args:
        origin: the step at which the fall began: the end of the warmup, or the run's start.
    """
    found: list[Candidate] = []
    # Few digits let a wrong family pass, whose errors would be twice those of the right one.
    enough = (0.5 if p.resolution > COARSE else 1.5) * p.resolution
    for candidate in _all(p, origin):
        misfit = error(p, candidate.form) if candidate.misfit is None else candidate.misfit
        found.append(candidate.missing_by(misfit))
        if len(p) >= _ENOUGH and misfit <= enough:
            break
    return found


def _all(p: Points, origin: float) -> Iterator[Candidate]:
    head = int((p.rates < p.rates[0] * (1 - SAME)).argmax())
    flat = head >= 3 and len(p) - head >= 2 and p.steps[head - 1] - origin >= STABLE * p.span
    coarse = p.resolution > COARSE  # the flat top of a cosine then prints one rate for a while
    if flat and not coarse:
        yield from _stable(p, head, origin)
    body, floor = _without_tail(p)
    if len(body) >= 3:
        yield from _families(body, origin, floor)
    if flat and coarse:
        yield from _stable(p, head, origin)


def _stable(p: Points, head: int, origin: float) -> Iterator[Candidate]:
    """A flat beginning of ``head`` points, then a fall: the end of warmup-stable-decay."""
    start, level = float(p.steps[head - 1]), float(p.rates[0])
    body, floor = _without_tail(p.take(slice(head, None)))
    for fall in _from_level(body, start, level, floor):
        parameters = {"decay_start": fall.start, "decay_steps": fall.end - fall.start,
                      "total_steps": fall.end, "peak": level, "final": fall.last,
                      "decay_bend": float(_WSD_BENDS.index(fall.bend))}  # fmt: skip
        yield Candidate("wsd", fall, parameters, 4 if fall.bend == "linear" else 5)
    if len(body) >= 4:
        for root in _inverse(body, start, floor):
            if root.kind == "inverse-sqrt":
                held = Chain((Leg(origin, start, level, level), root.form), (start,))
                yield Candidate(root.kind, held, root.parameters, 3)


def _families(p: Points, origin: float, floor: float | None) -> Iterator[Candidate]:
    straight = _linear(p, origin, floor)
    if straight is not None:
        yield straight
    hollow, bent = _hollow(p, origin, floor), _bent(p, origin, floor)
    yield from chain(bent, hollow) if _bulges(p, origin) else chain(hollow, bent)


def _bulges(p: Points, origin: float) -> bool:
    """Whether the fall's first half lies so far above its chord that every hollow curve, by the
    inequality of Cauchy and Schwarz, misses five times what the digits allow."""
    n = len(p)
    if n < 2 * _ENOUGH or p.steps[n // 16] < origin:
        return False
    at = [n // 16, n // 4, n // 2]
    (start, middle, end), (high, y, low) = p.steps[at].tolist(), p.rates[at].tolist()
    chord = high + (low - high) * (middle - start) / (end - start)
    return bool(y - chord > 7.5 * math.sqrt(n) * p.resolution)


def _hollow(p: Points, origin: float, floor: float | None) -> Iterator[Candidate]:
    """Falls that only ever slow down."""
    if p.rates[-1] > 0:
        yield from _exponential(p, origin, floor)
        yield from _inverse(p, origin, floor)


def _bent(p: Points, origin: float, floor: float | None) -> Iterator[Candidate]:
    """Cosine and polynomial falls."""
    if len(p) < 4:
        return
    lows = (0.0, None) if floor is None else (floor,)
    nearest = np.inf
    for low in lows:
        leg = curve(p, origin, "cosine", (), low)
        if leg is not None:
            misfit = error(p, leg)
            nearest = min(nearest, misfit)
            fall = _curve_candidate("cosine", leg, 2 + (low != 0.0))
            yield fall if floor is not None else fall.missing_by(misfit)
        if low is not None and len(p) >= 5:
            power = power_fall(p, origin, low)
            if power is not None:
                yield _curve_candidate("polynomial", power, 3 + (low != 0.0))
    if len(p) < 6 or nearest < 3 * p.resolution:
        return
    if nearest < _NEAR:
        for low in lows:
            leg = curve(p, origin, "cosine", (), low, shift=True)
            if leg is not None:
                yield _curve_candidate("cosine", leg, 3 + (low != 0.0))
    if floor is None:
        leg = curve(p, origin, "polynomial", POWERS, None)
        if leg is not None:
            yield _curve_candidate("polynomial", leg, 4)


def _linear(p: Points, origin: float, floor: float | None) -> Candidate | None:
    leg = straight_fall(p, origin, floor)
    if leg is None:
        return None
    parameters = {"peak": leg.first, "final": leg.last, "total_steps": leg.end}
    return Candidate("linear", leg, parameters, 2 if floor is None else 3)


def straight_fall(p: Points, origin: float, floor: float | None = None) -> Leg | None:
    """A line down, to ``floor`` where the rates rest there, else to the planned end or to 0."""
    inner = p.take(slice(0, -1)) if floor is not None and len(p) > 3 else p
    x = inner.steps - origin
    top, slope = line(x, inner.rates, inner.weights)
    if slope * p.span >= -SAME:
        return None
    if floor is not None:
        return Leg(origin, origin + (floor - top) / slope, top, floor)
    last = float(p.steps[-1])
    if p.planned is not None and p.planned >= last:
        final = top + slope * (p.planned - origin)
        if final >= -p.resolution:
            return Leg(origin, p.planned, top, max(final, 0.0))
    # A line alone does not tell where it ends: without a plan, at zero.
    return Leg(origin, max(origin - top / slope, last), top, 0.0)


def _exponential(p: Points, origin: float, floor: float | None) -> Iterator[Candidate]:
    inner = p.take(slice(0, -1)) if floor is not None and len(p) > 3 else p
    if inner.rates[-1] <= 0:
        return
    level, slope = line(inner.steps - origin, np.log(inner.rates), np.ones(len(inner)))
    if slope * p.span >= -SAME or level > 20.0:
        return
    gamma, peak = float(np.exp(slope)), float(np.exp(level))
    form = Exponential(origin, gamma, peak, floor or 0.0)
    parameters = {"peak": peak, "gamma": gamma, "halflife": float(-np.log(2) / slope)}
    if floor:
        parameters["final"] = floor
    yield Candidate("exponential", form, parameters, 3 if floor else 2)


def _inverse(p: Points, origin: float, floor: float | None) -> Iterator[Candidate]:
    if p.rates[-1] <= 1e-6 or floor is not None:
        return
    for power, kind in _INVERSE.items():
        z = p.rates ** (-1.0 / power)
        first = float(p.steps[0])
        level, slope = line(p.steps - first, z, 1.0 / z)
        if slope * p.span <= SAME or level <= 0:
            continue
        start, earlier = first, level - slope * (first - origin)
        if earlier > 0 and earlier**-power < HIGHEST:  # else it falls from infinity
            start, level = origin, earlier
        peak, scale = level**-power, level / slope
        parameters = {"peak": peak, "timescale": scale}
        if kind == "inverse-time":
            parameters["power"] = power
        yield Candidate(kind, Inverse(start, scale, peak, power), parameters, 2 + (power == 0.75))


def _curve_candidate(kind: str, leg: Leg, free: int) -> Candidate:
    if leg.bend == "polynomial" and abs(leg.power - 1.0) < 0.02:
        kind = "linear"
    parameters = {"peak": leg.first, "final": leg.last, "total_steps": leg.end}
    if kind == "polynomial":
        parameters["power"] = leg.power
    return Candidate(kind, leg, parameters, free)


def _from_level(p: Points, start: float, level: float, floor: float | None) -> Iterator[Leg]:
    """Falls of every bend that leave ``level`` near ``start``."""
    straight = straight_fall(p, start, floor) if len(p) >= 2 else None
    if straight is not None:
        slope = (straight.last - straight.first) / (straight.end - straight.start)
        begin = start + (level - straight.first) / slope
        if abs(begin - start) <= 2 * float(p.steps[0] - start) + 1:
            yield Leg(max(begin, start), straight.end, level, straight.last)
    root = _one_minus_sqrt(p, level, floor or 0.0) if len(p) >= 3 else None
    if root is not None and abs(root.start - start) <= 2 * float(p.steps[0] - start) + 1:
        yield root
    if len(p) < 4:
        return
    for low in (0.0, None) if floor is None else (floor,):
        for shift in (False, True) if len(p) >= 6 else (False,):
            leg = curve(p, start, "cosine", (), low, shift)
            if leg is not None and abs(leg.first - level) < 0.05:
                yield leg
                if error(p, leg) <= 3 * p.resolution:
                    break
    if p.rates[-1] > 0:
        for fall in _exponential(p, start, floor):
            gamma, end = fall.parameters["gamma"], float(p.steps[-1])
            begin = start + math.log(level / fall.parameters["peak"]) / math.log(gamma)
            if abs(begin - start) <= 2 * float(p.steps[0] - start) + 1 and begin < end:
                yield Leg(begin, end, level, level * gamma ** (end - begin), "exponential")


def _one_minus_sqrt(p: Points, level: float, low: float) -> Leg | None:
    """``level`` minus a square root of the steps: its square is a line."""
    gone = (level - p.rates) / (level - low)
    weights = p.weights / np.maximum(gone, 1e-3)
    foot, slope = line(p.steps - p.steps[0], gone * gone, weights)
    if slope <= 0:
        return None
    start = float(p.steps[0]) - foot / slope
    return Leg(start, start + 1.0 / slope, level, low, "one-minus-sqrt")


def _without_tail(p: Points) -> tuple[Points, float | None]:
    """The points before a flat end, that end's first one included, and its level."""
    last = float(p.rates[-1])
    apart = np.abs(p.rates[::-1] - last) > SAME * last  # from the end on
    first = int(apart.argmax())
    tail = len(p) - first if apart[first] else 0
    if len(p) - tail < 3 or (p.resolution > COARSE and _rounded_tail(p.rates, tail)):
        return p, None
    return p.take(slice(0, tail + 1)), last


def _rounded_tail(rates: Floats, tail: int) -> bool:
    """Whether the rates rest from ``tail`` on only as long as few digits let them: up to twice as
    long as at the rate before."""
    longer = np.abs(rates[:tail][::-1] - rates[tail - 1]) > SAME * rates[tail - 1]
    before = int(longer.argmax()) if longer.any() else tail
    return len(rates) - tail <= 2 * before
