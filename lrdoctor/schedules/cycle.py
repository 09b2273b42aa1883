"""Rates that rise again and again: cosine with restarts, and cyclic."""

from __future__ import annotations

import math
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
    regression,
)
from lrdoctor.schedules.form import Cycle, waves
from lrdoctor.schedules.points import Points
from lrdoctor.schedules.restarts import as_candidate, restarts
from lrdoctor.schedules.rise import NOISE, beginning

TURN = 0.04
"""A move against the trend by more than this share of the whole range is a turn."""

SHORT = 0.15
"""A cycle rises over more than this share of it: its usual one is a half, warmups are shorter."""
_GLIDES = 0.98
"""Peaks that fall by less from cycle to cycle are as good as level."""


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
    return _at_jumps(p, found) if p.noise else found


def _at_jumps(p: Points, corners: list[int]) -> list[int]:
    """The turns where noise hides them: a peak at the first rate that is as good as the highest
    after a rise, a low before it at the last that is as good as the lowest."""
    y, slack = p.rates, NOISE * p.noise
    found = corners.copy()
    for k in range(1, len(found)):
        a, b = found[k - 1], found[k]
        if y[b] > y[a]:
            found[k] = b = a + 1 + int((y[a + 1 : b + 1] >= y[b] * (1 - slack)).argmax())
            if k > 1:
                found[k - 1] = b - 1 - int((y[a:b][::-1] <= y[a] * (1 + slack)).argmax())
    return found


def candidates(p: Points, corners: list[int]) -> list[Candidate]:
    """Schedules that may explain rates which rise again after they fell."""
    found: list[Candidate] = []
    for candidate in chain(restarts(p, corners), _waves(p, corners)):
        found.append(candidate)
        if error(p, candidate.form) <= 1.5 * p.resolution:
            break
    return found


def _waves(p: Points, corners: list[int]) -> Iterator[Candidate]:
    """Rises and falls without a jump: triangles, full cosines, and cosines with a warmup each."""
    if len(corners) == 3:
        yield from _returning(p, corners[1])
    if len(corners) < 4:
        return
    inner = np.array(corners[1:-1])
    highs = p.rates[inner] > np.roll(p.rates[inner], 1)
    highs[0] = not highs[1]
    start, length, rise = _rhythm(p, _corners(p, corners), highs)
    first = Cycle(start, length, 0.0, 1.0, "linear", rise)
    peaks = p.rates[inner[highs]]
    low = float(p.rates.min())
    shrunk = (peaks[-1] - low) / max(peaks[0] - low, 1e-9)
    decay = 0.5 if len(peaks) < 2 else shrunk ** (1.0 / (len(peaks) - 1))
    decay = float(np.clip(decay, 1e-3, 1.0))
    for guess in (first, replace(first, bend="cosine"), replace(first, bend="cosine", ramp=True)):
        plain = _wave(p, guess, None)
        yield as_candidate(plain, None, len(inner) / 2)
        if guess.bend == "linear" and error(p, plain) > 5 * p.resolution:
            for gliding in (False, True):
                fading = _wave(p, replace(guess, gliding=gliding), decay)
                yield as_candidate(fading, None, len(inner) / 2)


def _rhythm(p: Points, at: Floats, highs: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Start, length and share of the rise of cycles that turn at these steps, shape (n,).

    Some turns may lie in a gap of the log.
    """
    begun = beginning(p)
    if len(at) > 2:
        gaps = np.maximum(at[2:] - at[:-2], 1e-9)
        length = float(np.mean(gaps / np.maximum(np.rint(gaps / gaps.min()), 1.0)))
    else:  # one cycle and a part: it began where the log did, if that is as low
        slope = (p.rates[1] - p.rates[0]) / (p.steps[1] - p.steps[0])
        foot = p.rates[0] - slope * (p.steps[0] - begun)
        whole = bool(highs[0]) and abs(foot - p.rates.min()) <= TURN
        length = max(float(at[1] - begun) if whole else 2.0 * float(at[1] - at[0]), 1e-9)
    rises = (at[1:] - at[:-1])[highs[1:]]
    if not len(rises):
        rises = at[:1] - begun
    rise = float(np.median(np.mod(rises, length))) / length
    low = float(at[0]) - rise * length if highs[0] else float(at[0])
    return low - length * math.ceil((low - begun) / length - 0.05), length, rise


def once(p: Points, top: int) -> Candidate | None:
    """One rise and its fall, or a part of them, both lowered by one factor a step.

    None where that is not told from a warmup and a fall: by a short rise, a factor near 1, or by
    more than the digits that were logged.
    """
    start, peak, last = beginning(p), float(p.steps[top]), float(p.steps[-1])
    fall = (1.0 - float(p.rates[-1])) / (last - peak)
    length = peak - start + (1.0 - float(p.rates[0])) / max(fall, 1e-12)
    rise = (peak - start) / length
    guess = Cycle(start, length, 0.0, 1.0, "linear", rise, gliding=True)
    wave = _wave(p, guess, 0.9)
    misfit = error(p, wave)
    told = misfit <= 1.5 * p.resolution and wave.decay < _GLIDES and SHORT < wave.rise < 1 - SHORT
    if not told:
        return None
    return as_candidate(wave, None, (last - start) / wave.length).missing_by(misfit)


def _returning(p: Points, lowest: int) -> Iterator[Candidate]:
    """A cosine that was stepped beyond its end and comes back up, as PyTorch's does."""
    start = beginning(p)
    half = float(p.steps[lowest]) - start
    if half > 0 and p.rates[0] > p.rates[lowest]:
        wave = as_candidate(
            _wave(p, Cycle(start - half, 2 * half, 0.0, 1.0, "cosine", 0.5), None), None, 1.0
        )
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


def _wave(p: Points, guess: Cycle, decay: float | None) -> Cycle:
    """The wave that fits best from a first guess; start, length and rise are searched for.

    Args:
        decay: a first guess of the factor from cycle to cycle; None: there is none.
    """

    def unpack(theta: Floats) -> Cycle:
        begin = guess.start + float(theta[0]) * guess.length
        length = guess.length * math.exp(min(max(theta[1], -3.0), 3.0))
        fading = min(max(float(theta[3]), 1e-3), 1.0) if decay is not None else 1.0
        rise = min(max(float(theta[2]), 0.02), 0.98)
        return replace(guess, start=begin, length=length, rise=rise, decay=fading)

    def shape(wave: Cycle) -> Floats:
        passed = (p.steps - wave.start) / wave.length
        number = np.floor(passed)
        height = wave.decay ** (passed if wave.gliding else number)
        return np.asarray(waves(passed - number, wave.rise, wave.bend, wave.ramp) * height)

    theta = np.array([0.0, 0.0, guess.rise] + ([decay] if decay is not None else []))
    theta = descend(
        lambda t: missed(shape(unpack(t)), p), theta, enough=0.3 * p.resolution, rounds=20
    )
    found = unpack(theta)
    begin, size = found.start, found.length
    low, height = regression(shape(found), p)
    # The form holds before its start, the log does not.
    earlier = max(0.0, float(np.ceil((begin - p.steps[0]) / size - 0.01)))
    grown = found.decay**earlier
    if grown > 0:  # none would have been as high so many cycles ago
        begin, height = begin - earlier * size, height / grown
    return replace(found, start=begin, low=low, high=low + height)
