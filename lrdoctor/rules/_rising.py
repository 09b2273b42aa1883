"""The signs by which a loss diverges: that it stands above its start, that it lost what it won."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lrdoctor.diagnosis import Severity
from lrdoctor.rules._above import ERRORS, RARE, crowd, restless
from lrdoctor.rules._held_out import agrees, learns
from lrdoctor.rules._jumped import ERRORS as SINCE
from lrdoctor.rules._jumped import jumped
from lrdoctor.rules._rate import changing
from lrdoctor.rules._reading import Reading
from lrdoctor.rules._thrown import TIMES, soars, thrown
from lrdoctor.run import Floats, Run
from lrdoctor.signals._index import count, index, of_index, two_thirds
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_TINY = 1e-200
_CATAPULT = 20
"""Points above the first loss until which one that had learnt nothing yet may come back: at a rate
beyond the sharpness the loss rises for some steps, then falls into a flatter valley (Lewkowycz et
al., The large learning rate phase of deep learning, arXiv 2003.02218)."""
_LASTING = 0.2
"""Share of the points so far that a loss must have stood above its start where it had not come
under it before: many a run rises before it falls. Chosen on all tasks
of the clinic and of the families of seeds 1, 3 and 5; those of seed 2 were left out."""
_LEFT = 0.04
"""Part of its peak down to which a rate that is on its way still brings the loss down, and"""
_STAYS = 0.9
"""part of the rise of a third of the points ago that must be left meanwhile. Both chosen on the
clinic and the families of seeds 1, 2, 3 and 11, nothing left out, while the figures of seeds 5 and
12 were printed."""
_START = 15
"""The noise of the first loss is read off the first so many."""
_DEAD = 8
"""Exactly equal losses in a row: no network that still learns from changing batches writes them."""
_LONG = 60
"""Points that a slow rise must last, and half of the points so far."""
_BEYOND = 2.0
"""Times as high above its best as the level has stood before, each time to come under it again: so
far a loss swings that wanders about a level. From 1.5 to 3 no run of the clinic is judged
otherwise; chosen there and on made-up curves of seed 5 (``stress.py``)."""


class Limits(Protocol):
    """The rule's thresholds; see ``Divergence``."""

    @property
    def excess(self) -> float: ...
    @property
    def given_back(self) -> float: ...
    @property
    def patience(self) -> int: ...
    @property
    def share(self) -> float: ...


class Sign(NamedTuple):
    """One way to diverge: where it holds, and what tells so."""

    holds: NDArray[np.bool_]
    """Shape (first blocks,); beyond them it does not hold."""
    height: Floats
    """Shape (blocks,): the rise, in the loss's own unit; under half of it the trouble is over."""
    measured: Floats
    """Shape (first blocks,) or more."""
    limit: float
    unit: str
    severity: Severity
    confidence: float
    earliest: NDArray[np.intp] | None = None
    """Shape (blocks,): where its cause is known, the block before which the rise cannot begin."""


def signs_of(limits: Limits, run: Run, reading: Reading) -> list[Sign]:
    """Those that hold anywhere, the worst first."""
    signs = [*_risen(limits, run, reading), *_lost(limits, reading), *_since(run, reading)]
    held = [sign for sign in signs if np.count_nonzero(sign.holds)]
    return sorted(held, key=lambda sign: sign.severity is not Severity.CRITICAL)


def _risen(limits: Limits, run: Run, whole: Reading) -> Iterator[Sign]:
    """That it stands above where it began."""
    size = whole.risen
    if size < _earliest(limits):
        return
    over = whole.level - whole.start
    high, times = soars(run, whole)
    # One that came down from a millionfold to tenfold has not come back.
    capped = np.minimum(over, (TIMES - 1) * whole.start)
    yield Sign(high, capped, times, TIMES, "times its first loss", Severity.WARNING, 0.85)
    many, low = crowd(run, whole)
    restive, errors = restless(run, whole)
    height = over if whole.base == whole.start else whole.level - whole.base
    rise, reading = height[:size], whole.head(size)
    at_first = _at_first(reading)
    above = rise > limits.excess * at_first
    if np.count_nonzero(above):
        yield from _high(limits, run, reading, height, at_first)
    many, restive = many[:size] | agrees(run, reading), restive[:size]
    if np.count_nonzero(many) or np.count_nonzero(restive):
        taught = learns(run, reading)
        many, restive = many & ~taught, restive & ~taught
    many |= thrown(run, reading)
    if not (np.count_nonzero(many) or np.count_nonzero(restive)):
        return
    stays = over[:size] >= _STAYS * over[two_thirds(size)]
    settled = ~changing(run, reading) & (stays | ~changing(run, reading, _LEFT))
    unit = "of its values above the first loss"
    yield Sign(many & settled, over, 1 - low, 1 - RARE, unit, Severity.WARNING, 0.8)
    unit = "standard errors of its mean above the first loss"
    yield Sign(restive & settled, over, errors, ERRORS, unit, Severity.WARNING, 0.8)


def _high(
    limits: Limits, run: Run, reading: Reading, height: Floats, at_first: Floats
) -> Iterator[Sign]:
    """That it stands there by more than the noise, and for long enough."""
    size = len(reading)
    rise, progress = height[:size], np.maximum(reading.progress, _TINY)
    up = streak(rise > 0.2 * progress)
    # How unsure the rise is: by the first loss's own noise, and by the level's.
    doubt = np.maximum(np.hypot(at_first, reading.doubt), _TINY)
    above = rise > (limits.excess + 20 / np.maximum(up, 1)) * doubt
    above &= (rise >= 0.5 * rise[two_thirds(size)]) & (up >= _need(limits, size))
    if not np.count_nonzero(above):
        return
    # A running average wanders: its first value is as far off as any, see ``drift``.
    above &= rise > limits.excess * at_first * reading.wander
    under = reading.progress > 2 * at_first
    above &= under | (streak(above) >= _LASTING * count(size)) & ~changing(run, reading)
    known, unit = learnt(limits, reading), "noise deviations above the first loss"
    sure = above & (known | (up >= _CATAPULT))
    yield Sign(sure, height, rise / doubt, limits.excess, unit, Severity.CRITICAL, 0.95)
    unsure = above & ~known
    yield Sign(unsure, height, rise / doubt, limits.excess, unit, Severity.WARNING, 0.8)


def _lost(limits: Limits, whole: Reading) -> Iterator[Sign]:
    """That it has lost again what it had learnt."""
    height = whole.level - whole.best
    fell = height > 0.1 * whole.progress
    least = 2 * limits.excess * whole.noise[_START : _START + 1]
    fell[_START:] &= whole.progress[_START:] > least  # else it has learnt nothing
    size = _known(limits, fell)
    if not size:
        return
    reading, lost = whole.head(size), height[:size]
    progress = np.maximum(reading.progress, _TINY)
    won = learnt(limits, reading) & (lost > 0.1 * progress)
    if not np.count_nonzero(won):
        return
    need, now = _need(limits, size), index(size)
    back = won & (lost > limits.given_back * progress)
    back &= streak(lost > 0.5 * limits.given_back * progress) >= need
    half = won & (lost > 0.5 * progress) & (streak(lost > 0.4 * progress) >= 2 * need)
    since = now - reading.best_at
    slow = won & (since >= _LONG) & (2 * since >= now) & (lost > progress / 8)
    beyond = lost > _BEYOND * peak(lost)[reading.best_at]
    half &= beyond
    slow &= beyond
    # The dear figures last, and only where they can still decide.
    if np.count_nonzero(half) or np.count_nonzero(slow):
        back &= lost > 1.5 * limits.excess * reading.drift
        half &= lost > 1.5 * limits.excess * reading.drift
        slow &= lost > limits.excess * reading.drift
    share, unit = lost / progress, "of its progress lost again"
    yield Sign(back, height, share, limits.given_back, unit, Severity.CRITICAL, 0.9)
    dead, same = won & (reading.frozen >= _DEAD), reading.frozen.astype(np.float64)
    alike = "values in a row exactly the same, above the best"
    yield Sign(dead, height, same, float(_DEAD), alike, Severity.CRITICAL, 0.9)
    yield Sign(half, height, share, 0.5, unit, Severity.WARNING, 0.85)
    yield Sign(slow, height, share, 0.125, f"{unit}, slowly", Severity.WARNING, 0.7)


def _since(run: Run, reading: Reading) -> Iterator[Sign]:
    """That it stands above where it stood when the rate jumped."""
    if (since := jumped(run, reading)) is None:
        return
    holds, errors, height, begun = since
    unit = "standard errors above its level before the rate jumped"
    yield Sign(holds, height, errors, SINCE, unit, Severity.WARNING, 0.85, begun)


def _known(limits: Limits, holds: NDArray[np.bool_]) -> int:
    """Blocks up to the last at which it holds; 0 where that is before any sign is told."""
    last = holds.nonzero()[0][-1:].tolist()
    return last[0] + 1 if last and last[0] + 1 >= _earliest(limits) else 0


def _earliest(limits: Limits) -> int:
    """Blocks that every sign takes."""
    return min(limits.patience, _DEAD)


def _need(limits: Limits, size: int) -> Floats:
    """Points in a row for which it must have held."""
    need: Floats = np.maximum(limits.patience, limits.share * _counted(size))
    return need


_counted = of_index(lambda i: i + 1.0)


def learnt(limits: Limits, reading: Reading) -> NDArray[np.bool_]:
    """Where it had made progress at its best: shape (blocks,)."""
    at_best = np.maximum(reading.noise[reading.best_at], _at_first(reading))
    least = np.maximum(2 * limits.excess * at_best, 2 * _TINY)
    return np.asarray(np.maximum(reading.progress, _TINY) > least)


def _at_first(reading: Reading) -> Floats:
    """The noise of the first loss, as known at each block."""
    noise = reading.noise.copy()
    noise[_START:] = noise[_START : _START + 1]
    return noise
