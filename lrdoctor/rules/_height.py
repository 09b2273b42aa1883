"""How much of its height above zero a loss has won: it can win no more than that.

Most losses end at zero or above. So a part of its height says how much a fall is worth, as noise
says how clear it is: one from 2.30 to 2.28 is next to nothing, however clear, and where single
losses scatter by half their height, no fall at all can be told from their scatter.

This asks for a loss as it is. One that goes below zero has no height, and is judged by its noise
alone; so is in effect one that stands on a high floor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._guessing import is_guess
from lrdoctor.rules._learning import held_out_moved
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Floats, Run
from lrdoctor.signals._index import count, half, of_index

_FIRST = 5
"""First losses whose middle is the height: a single one is as noisy as any other."""
HAIR = 0.02
"""Part of the height that hardly counts as won, and"""
_SURE = 0.02
"""that the error of what was won may come to, to say so. All figures here were chosen on the clinic
and the families of seed 11, nothing left out; any from half to twice as large do alike (0.003 of
precision, 0.02 of recall). On the families of seed 12, for which none was chosen though their
figures were printed meanwhile, flat has a precision and recall of 0.95/0.85 with them and of
0.89/0.82 without."""
_FAR = 12.0
"""Deviations of single losses beyond which a fall is no hair of anything: so falls a loss that
stands on a high floor. That of a guess among classes is zero."""
NOTHING = 0.005
"""Part of the height that is a hair even of a loss on a floor of nine tenths of it, however clear:
rows that are means over many batches scatter too little to say so."""
_STEADY = 6.0
"""Standard errors from which on a fall is on its way: half a hair is asked of it."""
_WON = 0.03
"""Part of the height that must be won to say that something was, by"""
_ERRORS = 2.5
"""standard errors, or on the validation set by"""
_JUMPS = 2.0
"""deviations of its own from one evaluation to the next."""
_DEVIATIONS = 0.5
"""Deviations of single losses, where they go below zero, that must be won instead, and by which the
first must lie low; won by"""
_BARE = 4.0
"""standard errors. A quarter or one deviation do alike, as do six errors."""
_THROWN = 2.0
"""Deviations of single losses by which the mean of the first quarter must have stood above the
first loss for it to have been thrown up: where batches scatter as far as all progress, the first
is easily a low one. From 1.5 to 3 nothing is lost on any recorded family; the level's highest
point, asked before, is moved by a tail."""
_AMONG = 3.0
"""The same where more of that quarter than"""
_LOW = 0.05
"""lie at or under the first, or another one. Chosen on the clinic, made-up curves of seeds 5 and 6
(``stress.py``) and families of seeds 201 and 202: up to 3 none of 416 flat runs is lost."""
_SINCE = 2.5
"""Times the noise of then, of a loss that goes below zero: that of a batch of one scatters as far
as it is high. Of 0.6, 1, 1.5 and 2.5 chosen on the clinic moved below zero, where flat's recall is
0.935, 0.935, 0.932 and 0.928 (0.840 without), and on 40 falls of single examples' losses, of which
19, 7, 2 and 1 are called flat."""
_FELL = 3.0
"""Deviations of its own that the first loss may lie above a level that lies no more than a hair
under the middle of the first few: a quick fall is over within these. A guess among classes may have
come down to there. Chosen on the clinic with floors of five times the progress under its losses:
17 of 288 fine runs were told, now 2; of the 72 other families 40 of 411, now 29."""
AT_REST = 0.03
"""Part of a fall that validation losses must lie apart, or no weights have moved that far. Of 0.03
and 0.1 chosen on the clinic and the families of seed 21: of the latter a U of the validation loss,
under a training loss that was learnt by heart, is taken for rest."""
_MOST = 1e50
"""No loss is as many times as high: products of it stay numbers."""
_SHOWS = 0.08
"""Part of the height up to which the error is small enough to say that nothing was won, or"""
_RESTS = 0.02
"""part of it that the validation losses may lie apart."""
_FEW = 3
"""Fewer validation losses tell nothing."""

_quarter = of_index(lambda i: np.minimum(np.maximum((i + 1) // 4, 2), i + 1))


def height(reading: Reading) -> float:
    """The middle of the first losses, where they lie above zero; 0 where the loss has no height."""
    first = sorted(reading.values[:_FIRST].tolist())
    return float(first[len(first) // 2]) if first and first[0] > 0 else 0.0


def won(reading: Reading, whole: float) -> Floats:
    """The part of ``whole``, its height, that the level has come down by."""
    return np.asarray((whole - reading.level) / whole)


def hardly_won(run: Run, reading: Reading, soon: int) -> NDArray[np.bool_]:
    """Where it has surely won no more than a hair of its height, nor has the validation loss: told
    up to the last point at which it may have, and only if that is the point ``soon`` or later."""
    whole, later = height(reading), reading.level[soon:]
    if not (whole and len(later)) or (whole - np.maximum.reduce(later)) / whole > HAIR:
        return np.zeros(0, np.bool_)
    part = won(reading, whole)
    near = (part <= HAIR) & (part >= -2 * HAIR)
    if not is_guess(whole):
        near &= (part <= NOTHING) | (part * whole <= _FAR * reading.noise)
    places = near.nonzero()[0][-1:]
    if not len(places) or places[0] < soon:
        return near[:0]
    last = int(places[0]) + 1
    if 2 * np.count_nonzero(near[:last]) <= soon:
        return near[:0]  # ``hardly_moved`` asks for half of the points
    near, part, reading = near[:last], part[:last], reading.head(last)
    error = _error(reading)
    near &= error <= _SURE * whole
    near &= (part <= HAIR / 2) | (_fall(reading) <= _STEADY * error)
    val = _held_out(run)
    if not is_guess(whole) and (val is None or val.steps[0] > reading.steps[0]):
        # A validation loss as old as the first one tells better whether that was a high draw.
        near &= reading.start - reading.level <= HAIR * whole + _FELL * _at_first(reading)
    if val is not None:
        at = newest_at(val.steps, reading.steps)
        fall = val.start - val.level[np.maximum(at, 0)]
        near &= (at < 0) | (np.abs(fall) <= HAIR * height(val))
    return near


def _at_first(reading: Reading) -> Floats:
    """The deviation of the first loss: one batch among averages over many scatters farther."""
    if not reading.lone:
        return reading.noise
    return np.asarray(reading.noise * float(reading.steps[2] - reading.steps[1]) ** 0.5)


def clearly_won(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where it has won a part of its height, or the validation loss has; never by coming back.

    Where it has no height, a part of the noise of single losses stands for one; and only where the
    first loss is a low one, which hides a fall from whoever measures from there.
    """
    whole, error = height(reading), _error(reading) * reading.wander
    begun, newest = _begun(reading), reading.newest[:, 0] - reading.start
    fall = begun - newest
    fall = np.where(_was_thrown(reading, begun, whole), np.minimum(fall, -newest), fall)
    if not whole:
        clear = np.minimum(fall, begun) > _DEVIATIONS * reading.noise
        return np.asarray(clear & (fall > _BARE * error))
    clear = (fall > _WON * whole) & (fall > _ERRORS * error)
    clear &= held_out_moved(run, reading.steps) > AT_REST * fall
    if (val := _held_out(run)) is not None:
        at = newest_at(val.steps, reading.steps)
        fall = min(val.start, reading.start) - val.level[np.maximum(at, 0)]
        higher = (fall > _WON * height(val)) & (fall > _JUMPS * val.scatter[np.maximum(at, 0)])
        clear |= higher & (at >= _FEW - 1)
    return np.asarray(clear)


def _was_thrown(reading: Reading, begun: Floats, whole: float) -> NDArray[np.bool_]:
    """Where the first quarter stood so far above the first loss that this was no low draw.

    Where a loss scatters in proportion to its height, the noise of now is too small for then: it
    is taken as many times, or that of then where it has no height. And by more of it where others
    of that quarter lie as low.
    """
    last = _quarter(len(reading)) - 1
    low = np.cumsum(reading.values <= reading.start)[last]
    far = np.where(low > np.maximum(_LOW * (last + 1), 1), _AMONG, _THROWN)
    most, noise = np.maximum.accumulate(begun), reading.noise
    if not whole:
        noise = _SINCE * np.maximum(noise[last], noise)
    else:
        now = np.maximum(reading.newest[:, 0], 1e-200)
        noise = noise * np.minimum(np.maximum((most + reading.start) / now, 1.0), _MOST)
    return np.asarray(most > far * noise)


def would_show(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where a part of its height would show, were it won; everywhere where it has no height."""
    whole = height(reading)
    if not whole:
        return np.ones(len(reading), np.bool_)
    rests = held_out_moved(run, reading.steps) <= _RESTS * whole
    return np.asarray(rests | (_error(reading) <= _SHOWS * whole))


def _fall(reading: Reading) -> Floats:
    """How far the mean of the newest half lies under that of the first quarter."""
    return np.asarray(_begun(reading) - (reading.newest[:, 0] - reading.start))


def _begun(reading: Reading) -> Floats:
    """How far the mean of the first quarter lies above the first loss."""
    older = _quarter(len(reading))
    return np.asarray(np.cumsum(reading.values - reading.start)[older - 1] / older)


def _error(reading: Reading) -> Floats:
    """The standard error of ``_fall``."""
    newer = count(len(reading)) - half(len(reading))
    return np.asarray(reading.scatter * np.sqrt(1 / _quarter(len(reading)) + 1 / newer))


def _held_out(run: Run) -> Reading | None:
    """The validation losses, where they have a height."""
    held_out = run.get("val/loss")
    val = None if held_out is None else read(held_out.curve)
    return val if val is not None and height(val) else None
