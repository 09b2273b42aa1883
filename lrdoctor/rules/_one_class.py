"""Whether a classifier gives every example the same class: nothing is left of what it saw."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._learning import scores_rose
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import Span, over_at, span
from lrdoctor.run import Curve, Floats, Run
from lrdoctor.signals._index import half
from lrdoctor.signals.peak import peak

_FEW = 8
"""Evaluations that are looked at, or the newest half if that is more, and"""
_SHARE = 0.75
"""the share of them that must have the very same accuracy: it is that class's share of the
validation set. Biases swing, so now and then it is another class's."""
_UNDER = 0.98
"""Part of the entropy of such shares under which no loss of one class for all can lie; a model that
learns falls below it. Whoever learnt everything has a constant accuracy, too."""
_AGREES = 0.05
"""Part of the validation loss by which the training loss may lie beside it, and its own doubt:
nothing was learnt by heart. All of these were chosen on the clinic, 18 of the families of
``data/more.npz`` and networks that died in families of seed 2: flat is told of 6 of 8 of these, 3
without, and of none of 399 runs that end well. Of seed 3 it is told of 3 of 5, 1 without, and of
none of 491 runs that end well of the other families and torch's 46."""
_THROWN = 4.0
"""Deviations of single losses by which one must have lain above the first, or by which the level
must lie above its best: what died was thrown, or had learnt."""


class OneClass(NamedTuple):
    """When it was first seen."""

    span: Span
    accuracy: float
    """As logged, in ``equal`` of the newest ``among`` evaluations."""
    equal: int
    among: int
    loss: float
    """Where the validation loss stood."""


def one_class(run: Run, loss: Reading) -> OneClass | None:
    """Where a classifier was first seen to give every example of the validation set one class.

    Its accuracy is the same to the last digit, and no higher than it began, while its loss still
    moves and comes no lower, and neither loss lies under the entropy of that accuracy. None where
    that was never seen.
    """
    scored, held_out = run.get("val/accuracy"), run.get("val/loss")
    if scored is None or held_out is None:
        return None
    scores, val = scored.curve.finite(), read(held_out.curve)
    again = np.count_nonzero(scores.values[1:] == scores.values[:-1])
    if again < _SHARE * _FEW / 2 or len(val) < _FEW:
        return None  # so many of eight leave neighbours alike
    begin = np.minimum(half(len(scores)), np.arange(len(scores)) + 1 - _FEW)
    able = _able(scores, val, loss, begin)
    if np.count_nonzero(able):
        able &= ~scores_rose(run, scores.steps)
    for at in able.nonzero()[0].tolist():
        first = int(begin[at])
        equal = np.count_nonzero(scores.values[first : at + 1] == scores.values[at])
        among = at + 1 - first
        if equal >= _SHARE * among and _moves(val, scores, first, at, among):
            beside = np.maximum(newest_at(val.steps, scores.steps[at:]), 0)
            stand, floor = val.level[beside[0]], val.best[beside[0]] - 2 * val.noise[beside[0]]
            when = span(scores, first, at, over_at(at, val.best[beside] < floor))
            return OneClass(when, float(scores.values[at]), int(equal), among, float(stand))
    return None


def _able(
    scores: Curve, val: Reading, loss: Reading, begin: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Where the losses allow it, at each accuracy."""
    share = scores.values * np.where(peak(np.clip(scores.values, 0, 1e6)) > 1.5, 0.01, 1.0)
    able = (begin >= 0) & (share > 0) & (share < 1)
    then, now = newest_at(val.steps, scores.steps[begin]), newest_at(val.steps, scores.steps)
    fit_then, fit = newest_at(loss.steps, scores.steps[begin]), newest_at(loss.steps, scores.steps)
    able &= (then >= 0) & (fit_then >= 0)
    least = np.where(able, _UNDER * _entropy(np.where(able, share, 0.5)), np.inf)
    able &= (val.level[now] >= least) & (loss.level[fit] >= least)
    # One that has not left its start yet may still learn: ``unmoved`` says how long to wait for it.
    far = _THROWN * loss.noise
    left = (peak(loss.values) - loss.start > far) | (loss.level - loss.best > far)
    able &= left[fit]
    able &= val.best[then] - val.best[now] < val.noise[now]
    able &= loss.level[fit_then] - loss.level[fit] <= 3 * loss.doubt[fit]
    apart = np.abs(loss.level[fit] - val.level[now])
    return np.asarray(able & (apart <= _AGREES * val.level[now] + loss.doubt[fit]))


def _moves(val: Reading, scores: Curve, first: int, at: int, among: int) -> bool:
    """Whether the validation loss took another value at most of these evaluations."""
    lo, hi = np.searchsorted(val.steps, scores.steps[[first, at]])
    return len(np.unique(val.values[lo : hi + 1])) >= among / 2


def _entropy(share: Floats) -> Floats:
    """Of two classes of which one has that share, nats: the least that any others may have."""
    return np.asarray(-share * np.log(share) - (1 - share) * np.log(1 - share))
