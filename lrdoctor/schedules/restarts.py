"""Falls that jump back up: cosine and linear decays with restarts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from msgspec.structs import replace

from lrdoctor.run import Floats
from lrdoctor.schedules.fitting import Candidate, descend, error, line, regress
from lrdoctor.schedules.form import Bend, Chain, Cycle, Falls, Leg, cycle_phases, remaining
from lrdoctor.schedules.points import MOST, Points
from lrdoctor.schedules.rise import SHOWN, beginning

_ENDS = 5
"""So many ends of a warmup that left one point are tried."""
_FALLS: tuple[Falls, ...] = ("height", "peak", "all")
_SEARCHED = 0.3
"""Cycles whose first guess misses by more are not searched for further."""


def restarts(p: Points, corners: list[int]) -> Iterator[Candidate]:
    """Falls that jump back up from one point to the next.

    A point between the two is a mean over the jump, and counts for nothing.
    """
    y = p.rates
    first_up = y[corners[1]] > y[corners[0]]
    lows = corners[2 if first_up else 1 :: 2]
    ups = [(a, b) for a, b in pairwise(corners) if a in lows]
    if not ups or any(b - a > 2 for a, b in ups):
        return
    kept = np.ones(len(p), np.bool_)
    kept[[a + 1 for a, b in ups if b - a == 2]] = False
    before = p.steps[[a for a, _ in ups]]
    after = p.steps[[b for _, b in ups]]
    for origin, warm in _origins(p, corners[1] if first_up else 0):
        body = p.take(kept)
        if warm is not None:
            body = body.take(body.steps >= p.steps[corners[1]])
        for cycle in _all(body, origin, before - origin, after - origin):
            yield _told(p.take(kept), cycle, warm, len(ups) + 1)


def _all(p: Points, origin: float, before: Floats, after: Floats) -> Iterator[Cycle]:
    """Cycles whose jumps lie between these steps, counted from the origin, simplest first."""
    rest = float(p.steps[-1]) - origin
    bends: tuple[Bend, ...] = ("cosine", "linear")
    for bend in bends:
        for multiple, low, high in _lengths(before, after, rest):
            yield from _cycles(p, Cycle(origin, low, 0.0, 1.0, bend, 0.0, multiple), high)
        low, high = max(float(before[0]) - 1, 1e-9), float(after[0]) + 1
        length = 0.5 * (low + high)
        second = after[1] - after[0] if len(after) > 1 else max(1.1 * (rest - length), 1.5 * length)
        guess = Cycle(origin, length, 0.0, 1.0, bend, 0.0, max(float(second) / length, 1.0))
        number, _ = guess.phases(p.steps)
        for falls in _FALLS:
            start = replace(guess, falls=falls, decay=_fading(p, number))
            grown = _faded(p, start, (low, high), growing=True)
            if grown is not None:
                yield grown


def _told(p: Points, cycle: Cycle, warm: Leg | None, seen: int) -> Candidate:
    found = as_candidate(cycle, warm, seen)
    misfit = error(p, found.form)
    if warm is None or misfit <= 3 * p.resolution:
        return found.missing_by(misfit)
    # The warmup may have any shape: the cycles after it are what counts.
    rise, body = p.take(p.steps < warm.end), p.take(p.steps >= warm.end)
    if len(body) < 3 * len(rise):
        return found.missing_by(misfit)
    return found.missing_by(min(misfit, error(body, cycle) + p.resolution))


def _origins(p: Points, top: int) -> Iterator[tuple[float, Leg | None]]:
    """Steps from which the cycles may count, with the warmup before them if there is one."""
    start = beginning(p)
    if top == 0:
        yield start, None
        if p.steps[0] != start:
            yield float(p.steps[0]), None
        return
    ramp = p.take(slice(0, max(top, 1)))
    if len(ramp) == 1:  # the warmup ended anywhere before the next point
        for end in np.linspace(p.steps[0], p.steps[1], _ENDS).tolist():
            yield end, Leg(float(p.steps[0]), end, float(p.rates[0]), 1.0)
        return
    if len(ramp) >= 2:
        foot, slope = line(ramp.steps - start, ramp.rates, ramp.weights)
    else:
        foot, slope = 0.0, float(p.rates[0]) / max(float(p.steps[0]) - start, 1e-9)
    if slope <= 0:
        end = float(p.steps[top])
        yield end, Leg(float(p.steps[0]), end, float(p.rates[0]), 1.0)
        return
    high = float(p.steps[min(top + 1, len(p) - 1)])
    end = float(np.clip(start + (1.0 - foot) / slope, p.steps[top - 1], high))
    end = float(round(end)) if abs(end - round(end)) < 0.05 else end
    yield end, Leg(start, end, max(foot, 0.0), foot + slope * (end - start))


def _lengths(before: Floats, after: Floats, rest: float) -> Iterator[tuple[float, float, float]]:
    """How long the first cycle can be for each growth of the cycles: (growth, least, most).

    None would have begun another cycle before the ``rest`` of the log was over.
    """
    number = np.arange(1, len(before) + 1)
    growths = [1.0, 2.0]
    if len(before) >= 2:
        ratio = float((after[1] - after[0]) / max(after[0], 1e-9))
        growths += [round(ratio, 1)] if ratio > 1.05 and abs(ratio - 2) > 0.1 else []
    for growth in growths:
        counts = number if growth == 1.0 else (growth**number - 1) / (growth - 1)
        low, high = float(((before - 1) / counts).max()), float(((after + 1) / counts).min())
        due = len(number) + 1 if growth == 1.0 else (growth ** (len(number) + 1) - 1) / (growth - 1)
        low = max(low, (rest - 1) / due)
        many = (after[-1] + 1) / max(high, 1e-9) > 2 * MOST  # cycles shorter than the gaps
        if high > 0 and low <= high and not many:
            yield growth, max(low, 1e-9), high


def _cycles(p: Points, guess: Cycle, most: float) -> Iterator[Cycle]:
    """The cycles of at least the guess's and at most this length that fit best, simplest first."""
    least = guess.length
    whole = np.ceil(least) + np.arange(min(64, max(0, int(most - np.ceil(least)) + 1)))
    lengths = np.unique(np.concatenate([np.linspace(least, most, 48), whole]))
    cycles = np.maximum(p.steps - guess.start, 0.0)[None, :] / lengths[:, None]
    number, phases = cycle_phases(cycles, guess.multiple)
    fits = regress(remaining(phases, guess.bend), p)
    k = int(np.argmin(fits.error))
    if fits.height[k] > 0 and fits.low[k] >= -0.02:
        low = float(fits.low[k])
        plain = replace(guess, length=float(lengths[k]), low=max(low, 0.0),
                        high=low + float(fits.height[k]))  # fmt: skip
        yield plain
        if fits.error[k] <= 3 * p.resolution:
            return
    if number[k, -1] > MOST:
        return
    start = replace(guess, length=float(lengths[k]), decay=_fading(p, number[k]))
    for falls in _FALLS:
        faded = _faded(p, replace(start, falls=falls), (least, most), growing=False)
        if faded is not None:
            yield faded


def _fading(p: Points, number: Floats) -> float:
    """A first guess by what factor the peak falls from cycle to cycle."""
    peaks = [float(p.rates[number == k].max()) for k in (number[0], number[-1])]
    passed = max(float(number[-1] - number[0]), 1.0)
    return float(min(max((peaks[1] / max(peaks[0], 1e-9)) ** (1.0 / passed), 0.05), 1.0))


def _faded(p: Points, guess: Cycle, bounds: tuple[float, float], growing: bool) -> Cycle | None:
    """Cycles whose peaks fall: length and factor, and the growth, are searched for."""

    def unpack(theta: Floats) -> Cycle:
        length = min(max(guess.length * float(np.exp(theta[0])), bounds[0]), bounds[1])
        multiple = min(max(float(theta[2]), 1.0), 4.0) if growing else guess.multiple
        return replace(guess, length=length, decay=min(max(float(theta[1]), 0.02), 1.2),
                       multiple=multiple)  # fmt: skip

    def fitted(cycle: Cycle) -> tuple[float, float, Floats]:
        number, phase = cycle.phases(p.steps)
        with np.errstate(under="ignore"):
            share = cycle.decay**number
        shape = remaining(phase, cycle.bend)
        foot = {"height": np.ones_like(share), "peak": 1.0 - shape, "all": share}[cycle.falls]
        low, height = _both(foot * p.weights, share * shape * p.weights, p.rates * p.weights)
        residual = (low * foot + height * share * shape - p.rates) * p.weights
        return low, height if cycle.falls == "peak" else low + height, residual

    def missed(theta: Floats) -> Floats:
        return fitted(unpack(theta))[2]

    first = np.array([0.0, guess.decay, guess.multiple][: 3 if growing else 2])
    here = missed(first)
    if float(here @ here) > _SEARCHED**2 * len(here):
        return None
    cycle = unpack(descend(missed, first, enough=0.3 * p.resolution))
    low, high, _ = fitted(cycle)
    if high <= low or low < -0.02 or not 0.05 < cycle.decay < 1.05:
        return None
    return replace(cycle, low=max(low, 0.0), high=high)


def _both(one: Floats, other: Floats, target: Floats) -> tuple[float, float]:
    """How much of either column, shape (n,), adds up to the target by least squares."""
    square = np.array([[one @ one, one @ other], [one @ other, other @ other]])
    square.flat[::3] += 1e-12
    found = np.linalg.solve(square, np.array([one @ target, other @ target]))
    return float(found[0]), float(found[1])


def as_candidate(cycle: Cycle, warm: Leg | None, seen: float) -> Candidate:
    """Cycles, with the warmup before them, as a schedule."""
    again = cycle.bend == "cosine" and (cycle.rise == 0 or cycle.ramp)
    kind = "cosine-restarts" if again else "cyclic"
    parameters = {"peak": cycle.high, "final": max(cycle.low, 0.0), "cycle_steps": cycle.length,
                  "cycles_seen": seen}  # fmt: skip
    if cycle.multiple != 1.0:
        parameters["cycle_multiple"] = cycle.multiple
    if cycle.decay < 0.999:
        parameters["cycle_decay"] = cycle.decay
    if cycle.ramp:
        parameters["warmup_each"] = cycle.rise * cycle.length
    if cycle.falls != "height":
        parameters["fading_peak" if cycle.falls == "peak" else "fading_low"] = 1.0
    if cycle.gliding:
        parameters["gliding"] = 1.0
    if kind == "cyclic" and abs(cycle.rise - 0.5) > 0.01:
        parameters["rise_share"] = cycle.rise
    if kind == "cyclic" and cycle.bend == "cosine":
        parameters["cosine_wave"] = 1.0
    free = 3 + (cycle.multiple not in (1.0, 2.0)) + (cycle.decay < 1) + (warm is not None)
    free += 1 if cycle.rise else 0
    if warm is None:
        return Candidate(kind, cycle, parameters, free)
    parameters["warmup_steps"] = warm.end - warm.start
    if warm.first > SHOWN:
        parameters["initial"] = warm.first
    return Candidate(kind, Chain((warm, cycle), (warm.end,)), parameters, free)
