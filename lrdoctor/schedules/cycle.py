"""Rates that rise again and again: cosine with restarts, and cyclic."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from lrdoctor.run import Floats
from lrdoctor.schedules.fitting import (
    Candidate,
    descend,
    error,
    line,
    missed,
    regress,
    regression,
)
from lrdoctor.schedules.form import (
    Bend,
    Chain,
    Cycle,
    Leg,
    cycle_phases,
    remaining,
    waves,
)
from lrdoctor.schedules.points import MOST, Points
from lrdoctor.schedules.rise import SHOWN, beginning

_ENDS = 5
"""So many ends of a warmup that left one point are tried."""
TURN = 0.04
"""A move against the trend by more than this share of the whole range is a turn."""


def turns(p: Points) -> list[int]:
    """Indices at which the rate turned, its first and its last point included."""
    moves = p.rates[1:] - p.rates[:-1]
    if not np.maximum.reduce(moves) > 0:  # it only ever falls: most do
        return [0, len(p) - 1] if p.rates[-1] < p.rates[0] else [0]
    way = np.sign(moves)
    # A point between two of the same way is passed through.
    corners = [0, *((way[1:] != way[:-1]).nonzero()[0] + 1).tolist(), len(p) - 1]
    y = dict(zip(corners, p.rates[corners].tolist(), strict=True))
    limit = TURN * (max(y.values()) - min(y.values()))
    found, extreme, rising = [0], 0, None
    for i, rate in y.items():
        if rising is None:
            if abs(rate - y[0]) > limit:
                rising, extreme = rate > y[0], i
        elif (rate > y[extreme]) == rising and rate != y[extreme]:
            extreme = i
        elif abs(rate - y[extreme]) > limit:
            found.append(extreme)
            rising, extreme = not rising, i
        elif not rising and rate == y[extreme]:
            extreme = i  # a rate rests at its lowest and then jumps: the jump starts at the end
    if extreme != found[-1]:
        found.append(extreme)
    return found


def candidates(p: Points, corners: list[int]) -> list[Candidate]:
    """Schedules that may explain rates which rise again after they fell."""
    found: list[Candidate] = []
    for candidate in chain(_restarts(p, corners), _waves(p, corners)):
        found.append(candidate)
        if error(p, candidate.form) <= 1.5 * p.resolution:
            break
    return found


def _restarts(p: Points, corners: list[int]) -> Iterator[Candidate]:
    """Falls that jump back up from one point to the next."""
    y = p.rates
    first_up = y[corners[1]] > y[corners[0]]
    lows = corners[2 if first_up else 1 :: 2]
    ups = [(a, b) for a, b in pairwise(corners) if a in lows]
    if not ups or any(b - a > 2 for a, b in ups):
        return
    before = p.steps[[a for a, _ in ups]]
    after = p.steps[[b for _, b in ups]]
    for origin, warm in _origins(p, corners[1] if first_up else 0):
        body = p.take(slice(corners[1], None)) if warm is not None else p
        for multiple, low, high in _lengths(before - origin, after - origin):
            for bend in ("cosine", "linear"):
                cycle = _restart(body, origin, low, high, multiple, bend)
                if cycle is not None:
                    yield _candidate(cycle, warm, len(ups) + 1)


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


def _lengths(before: Floats, after: Floats) -> Iterator[tuple[float, float, float]]:
    """How long the first cycle can be for each growth of the cycles: (growth, least, most)."""
    number = np.arange(1, len(before) + 1)
    growths = [1.0, 2.0]
    if len(before) >= 2:
        ratio = float((after[1] - after[0]) / max(after[0], 1e-9))
        growths += [round(ratio, 1)] if ratio > 1.05 and abs(ratio - 2) > 0.1 else []
    for growth in growths:
        counts = number if growth == 1.0 else (growth**number - 1) / (growth - 1)
        low, high = float(((before - 1) / counts).max()), float(((after + 1) / counts).min())
        many = (after[-1] + 1) / max(high, 1e-9) > 2 * MOST  # cycles shorter than the gaps
        if high > 0 and low <= high and not many:
            yield growth, max(low, 1e-9), high


def _restart(p: Points, origin: float, least: float, most: float, multiple: float,
             bend: Bend) -> Cycle | None:  # fmt: skip
    whole = np.ceil(least) + np.arange(min(64, max(0, int(most - np.ceil(least)) + 1)))
    lengths = np.unique(np.concatenate([np.linspace(least, most, 48), whole]))
    cycles = np.maximum(p.steps - origin, 0.0)[None, :] / lengths[:, None]
    number, phases = cycle_phases(cycles, multiple)
    shapes = remaining(phases, bend)
    fits = regress(shapes, p)
    k = int(np.argmin(fits.error))
    cycle = _made(p, shapes[k], Cycle(origin, float(lengths[k]), 0.0, 1.0, bend, 0.0, multiple))
    if fits.error[k] > 0.01:
        decay = _shrinkage(p, number[k], phases[k], bend)
        if decay is not None:
            fading = replace(cycle, decay=decay) if cycle is not None else Cycle(
                origin, float(lengths[k]), 0.0, 1.0, bend, 0.0, multiple, decay)  # fmt: skip
            return _made(p, shapes[k] * decay ** number[k], fading)
    return cycle


def _shrinkage(p: Points, number: Floats, phase: Floats, bend: Bend) -> float | None:
    """By what factor the peak falls from cycle to cycle."""
    if number[-1] > MOST:
        return None
    height, rates = remaining(phase, bend), p.rates - p.rates.min()
    high = height > 0.3
    peaks = [float(np.median(rates[m] / height[m]))
             for k in range(int(number[-1]) + 1) if (m := (number == k) & high).any()]  # fmt: skip
    if len(peaks) < 2 or peaks[0] <= 0 or peaks[-1] <= 0:
        return None
    decay = (peaks[-1] / peaks[0]) ** (1.0 / (len(peaks) - 1))
    return float(decay) if 0.05 < decay < 0.995 else None


def _waves(p: Points, corners: list[int]) -> Iterator[Candidate]:
    """Rises and falls without a jump: triangles and full cosines."""
    if len(corners) == 3:
        yield from _returning(p, corners[1])
    if len(corners) < 4:
        return
    inner = np.array(corners[1:-1])
    at = _corners(p, corners)
    half = float(np.polyfit(np.arange(len(at)), at, 1)[0])
    highs = p.rates[inner] > np.roll(p.rates[inner], 1)
    highs[0] = not highs[1]
    first_low = float(at[0] - half) if highs[0] else float(at[0])
    start = first_low - 2 * half * np.ceil((first_low - beginning(p)) / (2 * half) - 0.05)
    peaks = p.rates[inner[highs]]
    for bend in ("linear", "cosine"):
        plain = _wave(p, start, 2 * half, bend, None)
        yield _candidate(plain, None, len(inner) / 2)
        if error(p, plain) > 5 * p.resolution and bend == "linear":
            low = float(p.rates.min())
            shrunk = (peaks[-1] - low) / max(peaks[0] - low, 1e-9)
            decay = 0.5 if len(peaks) < 2 else shrunk ** (1.0 / (len(peaks) - 1))
            decay = float(np.clip(decay, 1e-3, 1.0))
            for gliding in (False, True):
                fading = _wave(p, start, 2 * half, bend, decay, gliding)
                yield _candidate(fading, None, len(inner) / 2)


def _returning(p: Points, lowest: int) -> Iterator[Candidate]:
    """A cosine that was stepped beyond its end and comes back up, as PyTorch's does."""
    start = beginning(p)
    half = float(p.steps[lowest]) - start
    if half > 0 and p.rates[0] > p.rates[lowest]:
        wave = _candidate(_wave(p, start - half, 2 * half, "cosine", None), None, 1.0)
        yield replace(wave, parameters={**wave.parameters, "returning": 1.0})


def _corners(p: Points, corners: list[int]) -> Floats:
    """The steps of the inner turns: where the lines through the legs beside them meet.

    The highest point logged may lie a logging interval away from the turn.
    """
    lines = []
    for a, b in pairwise(corners):
        leg = p.take(slice(a, b + 1) if b - a < 4 else slice(a + 1, b))
        lines.append(line(leg.steps, leg.rates, np.ones(len(leg))))
    at = p.steps[corners[1:-1]].copy()
    for i, corner in enumerate(corners[1:-1]):
        (foot, slope), (next_foot, next_slope) = lines[i], lines[i + 1]
        meeting = (next_foot - foot) / (slope - next_slope) if slope != next_slope else at[i]
        low, high = p.steps[corner - 1], p.steps[min(corner + 1, len(p) - 1)]
        at[i] = min(max(meeting, low), high)
    return np.asarray(at)


def _wave(p: Points, start: float, length: float, bend: Bend, decay: float | None,
          gliding: bool = False) -> Cycle:  # fmt: skip
    """The wave that fits best from a first guess; start, length and rise are searched for."""

    def unpack(theta: Floats) -> tuple[float, float, float, float]:
        rise = float(np.clip(theta[2], 0.02, 0.98))
        fading = float(np.clip(theta[3], 1e-3, 1.0)) if decay is not None else 1.0
        return start + theta[0] * length, length * float(np.exp(np.clip(theta[1], -3, 3))), rise, \
            fading  # fmt: skip

    def shape(theta: Floats) -> Floats:
        begin, size, rise, fading = unpack(theta)
        passed = (p.steps - begin) / size
        number = np.floor(passed)
        wave = waves(passed - number, rise, bend)
        return np.asarray(wave * fading ** (passed if gliding else number))

    theta = np.array([0.0, 0.0, 0.5] + ([decay] if decay is not None else []))
    theta = descend(lambda t: missed(shape(t), p), theta, enough=0.3 * p.resolution, rounds=20)
    begin, size, rise, fading = unpack(theta)
    low, height = regression(shape(theta), p)
    # The form holds before its start, the log does not.
    earlier = max(0.0, float(np.ceil((begin - p.steps[0]) / size - 0.01)))
    grown = fading**earlier
    if grown > 0:  # none would have been as high so many cycles ago
        begin, height = begin - earlier * size, height / grown
    return Cycle(begin, size, low, low + height, bend, rise, 1.0, fading, gliding)


def _made(p: Points, shape: NDArray[np.float64], cycle: Cycle) -> Cycle | None:
    low, height = regression(shape, p)
    if height <= 0 or low < -0.02:
        return None
    return replace(cycle, low=max(low, 0.0), high=low + height)


def _candidate(cycle: Cycle, warm: Leg | None, seen: float) -> Candidate:
    kind = "cosine-restarts" if cycle.bend == "cosine" and cycle.rise == 0 else "cyclic"
    parameters = {"peak": cycle.high, "final": max(cycle.low, 0.0), "cycle_steps": cycle.length,
                  "cycles_seen": seen}  # fmt: skip
    if cycle.multiple != 1.0:
        parameters["cycle_multiple"] = cycle.multiple
    if cycle.decay < 0.999:
        parameters["cycle_decay"] = cycle.decay
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
