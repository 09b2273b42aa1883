"""What other metrics than the loss say of whether the model learns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import read
from lrdoctor.run import Curve, Floats, Ints, Run
from lrdoctor.signals.best import best
from lrdoctor.signals.level import level
from lrdoctor.signals.noise import noise
from lrdoctor.signals.peak import peak

_JUMPS = 0.05
"""Part of the training losses' scatter by which validation losses must jump: those of a model at
rest, or at a rate too low for it, draw a line. Chosen on
all tasks of the clinic and of the families of seeds 1, 2, 3 and 5: nothing was left out."""
_CLIPPED = 0.2
"""Share of the norms so far that equal the one before, from which on they were clipped before they
were logged: free norms of floating point hardly ever repeat."""
_EVALUATIONS = 3
"""Validation losses of which the first may still be the model of before the training. Of 2, 3 and 4
chosen on the clinic and the families of seed 11, nothing left out; those of seed 12, that no choice
has seen, agree: 22 missed runs more are found flat, for three false alarms."""
_TINY = float(np.finfo(float).tiny)
_FEW = 5
"""Fewer values of a metric say nothing of its trend."""


def gradient_changed(run: Run, steps: Ints) -> NDArray[np.bool_]:
    """At each of ``steps``, whether the gradient norm is no longer what it was at the start.

    In a vanishing part of the way to a minimum the gradient keeps its length: a change by more
    than a tenth and its own noise says that the weights have gone somewhere.
    """
    if (norms := _gradient(run)) is None:
        return np.zeros(len(steps), np.bool_)
    at, moved, ragged = norms
    return _carried(at, moved > 0.1 + ragged, steps, 2 * _FEW)


def gradient_idle(run: Run, steps: Ints) -> NDArray[np.bool_]:
    """At each of ``steps``, whether the gradient norm is known to be what it was at the start."""
    if (norms := _gradient(run)) is None:
        return np.zeros(len(steps), np.bool_)
    at, moved, ragged = norms
    return _carried(at, moved + 0.3 * ragged < 0.05, steps, 2 * _FEW)


def _gradient(run: Run) -> tuple[Ints, Floats, Floats] | None:
    """Steps, change since the start and noise of the gradient norm's logarithm; see ``_moved``."""
    norms = run.get("grad_norm")
    return None if norms is None else _moved(norms.curve)


@lru_cache(maxsize=16)
def _moved(curve: Curve) -> tuple[Ints, Floats, Floats] | None:
    """Causal; the change is NaN where so many norms are equal that they tell of a clip alone."""
    curve = curve.finite()
    if len(curve) < 2 * _FEW:
        return None
    logs = np.log(np.maximum(curve.values, _TINY))
    first = float(np.sort(logs[: 2 * _FEW])[_FEW])
    moved = np.abs(level(logs, 0.2) - first)
    equal = np.cumsum(curve.values[1:] == curve.values[:-1])
    moved[1:][equal > _CLIPPED * np.arange(1, len(curve))] = np.nan
    return curve.steps, moved, noise(logs)


def scores_rose(run: Run, steps: Ints, gain: float = 0.1) -> NDArray[np.bool_]:
    """At each of ``steps``, whether an accuracy has risen by ``gain`` (of 1) since it began."""
    rose = np.zeros(len(steps), np.bool_)
    for at, stand, first in _scores(run):
        rose |= _carried(at, stand - first > gain, steps, _FEW)
    return rose


def weights_move(run: Run, steps: Ints, scatter: Floats) -> NDArray[np.bool_]:
    """At each of ``steps``, whether the validation loss jumps about by a part of ``scatter``.

    The validation set is the same each time, so that only other weights give another loss on it.

    Args:
        scatter: noise of single training losses, shape of ``steps``, in the loss's unit.
    """
    held_out = run.get("val/loss")
    if held_out is None:
        return np.zeros(len(steps), np.bool_)
    val = read(held_out.curve)
    if len(val) < _FEW:
        return np.zeros(len(steps), np.bool_)
    at = newest_at(val.steps, steps)
    jumps = val.scatter[np.maximum(at, 0)]
    return np.asarray((at >= _FEW - 1) & (jumps > _JUMPS * scatter), np.bool_)


def held_out_moved(run: Run, steps: Ints) -> Floats:
    """At each of ``steps``, how far apart the validation losses so far lie; inf where too few are.

    The validation set is the same each time: as long as the weights do, the loss on it stays.
    """
    held_out = run.get("val/loss")
    val = None if held_out is None else read(held_out.curve)
    if val is None or len(val) < _EVALUATIONS:
        return np.full(len(steps), np.inf)
    far = peak(val.values) - best(val.values)
    far[: _EVALUATIONS - 1] = np.inf
    at = newest_at(val.steps, steps)
    return np.where(at >= 0, far[np.maximum(at, 0)], np.inf)


def scores_idle(run: Run, steps: Ints, gain: float = 0.03) -> NDArray[np.bool_]:
    """At each of ``steps``, whether an accuracy is known, low (under a half), and has not risen."""
    idle = np.zeros(len(steps), np.bool_)
    for at, stand, first in _scores(run):
        idle |= _carried(at, (stand - first < gain) & (stand < 0.5), steps, _FEW)
    return idle


def _scores(run: Run) -> Iterator[tuple[Ints, Floats, float]]:
    """Steps, level and first value of each accuracy, as parts of one."""
    for name in ("train/accuracy", "val/accuracy"):
        series = run.get(name)
        if series is None:
            continue
        curve = series.curve.finite()
        if len(curve) < _FEW:
            continue
        # Logged in per cent, as a value above 1.5 tells once it has been reached.
        scores = np.clip(curve.values, -1e6, 1e6)
        scale = np.where(peak(scores) > 1.5, 0.01, 1.0)
        yield curve.steps, level(scores, 0.2) * scale, float(scores[0] * scale[0])


def _carried(at: Ints, facts: NDArray[np.bool_], steps: Ints, few: int) -> NDArray[np.bool_]:
    """``facts`` of the steps ``at``, carried on to each of ``steps``; False before ``few`` are."""
    index = newest_at(at, steps)
    return np.where(index >= few - 1, facts[np.maximum(index, 0)], False)
