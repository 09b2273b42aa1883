"""The compiled signals, where they were built: to the bit what the NumPy code beside them gives.

Their source is in ``native/``; ``hatch_build.py`` compiles it. Where there is none, or with
``LRDOCTOR_PURE=1`` in the environment, NumPy does without: a few hundred values take it longer to
begin with than to work on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lrdoctor import compiled
from lrdoctor.run import Floats, Ints

try:
    from lrdoctor.signals import _compiled
except ImportError:
    THERE = False
else:
    THERE = compiled.usable(_compiled)
"""Whether the compiled signals are to be used."""


def level(values: Floats, share: float, most: int, quantile: float) -> Floats:
    """As ``signals.level``."""
    out = np.empty(len(values))
    _compiled.level(np.ascontiguousarray(values, np.float64), out, share, most, quantile)
    return out


def cells(values: Floats, steps: Ints, borders: Ints) -> tuple[Floats, Floats]:
    """Means over the groups that begin at these borders, and each one's last step."""
    out, at = np.empty(len(borders)), np.empty(len(borders))
    _compiled.cells(values, steps, borders, out, at)
    return out, at


def shares(at: Floats, steps: Floats, rates: Floats) -> tuple[Floats, Floats]:
    """Shares of the steps and of the cumulative rate; of the steps alone where there is none."""
    time, done = np.empty(len(at)), np.empty(len(at))
    _compiled.shares(at, steps, rates, time, done)
    return time, done


def windows(
    starts: Floats, widths: Floats, near: float, rate: float, edges: Floats, sigma: Floats,
    correlated: tuple[Floats, Floats], never: float,
) -> Floats:  # fmt: skip
    """Logarithms of the density of windows, shape (starts, widths)."""
    out = np.empty((len(starts), len(widths)))
    edges, sigma = np.ascontiguousarray(edges), np.ascontiguousarray(sigma)
    _compiled.expected_windows(starts, widths, near, rate, edges, sigma, *correlated, never, out)
    return out


def mix(
    starts: Floats, widths: Floats, near: float, rate: float, probabilities: Floats,
    doubt: float, lost: bool, density: Floats,
) -> None:  # fmt: skip
    """Scale the densities of ``windows`` to their verdicts' probabilities, in their place."""
    given = np.ascontiguousarray(probabilities)
    _compiled.mixed_windows(starts, widths, near, rate, given, doubt, lost, density)


def margins(mass: Floats, lengths: Ints) -> tuple[Floats, Floats, Floats]:
    """What of a mass (starts, widths) begins and ends by each point, and lies across each."""
    starts, points = len(mass), len(mass) + int(lengths[-1]) + 1
    beginning, ending, inside = np.empty(starts), np.empty(points), np.empty(points + 1)
    _compiled.window_margins(np.ascontiguousarray(mass), lengths, beginning, ending, inside)
    return beginning, ending, inside


def centre(logits: Floats, temperature: float) -> None:
    """Divide logits by the temperature and take each net's highest away, in their place."""
    _compiled.centred_logits(logits, temperature)


def average(powers: Floats) -> Floats:
    """The mean over the nets of their shares, of powers (..., nets, 3)."""
    *rows, nets, classes = powers.shape
    out = np.empty((*rows, classes))
    _compiled.averaged_shares(powers, nets, out)
    return out


def edges(told: Floats, unsure: Floats, widening: Floats) -> tuple[Floats, Floats]:
    """``Model.edges`` of what nets tell, shape (..., nets, 2, 3, 2), and its variances."""
    shape = *told.shape[:-4], 3, 2
    place, sigma = np.empty(shape), np.empty(shape)
    _compiled.averaged_edges(told, np.ascontiguousarray(unsure), widening, place, sigma)
    return place, sigma


def regressed(shapes: Floats, rates: Floats, weights: Floats, low: float | None) -> Floats:
    """As ``schedules.fitting.regressed``."""
    out = np.empty((3, len(shapes)))
    given = np.ascontiguousarray(shapes), np.ascontiguousarray(rates), np.ascontiguousarray(weights)
    _compiled.regressed(*given, math.nan if low is None else low, out)
    return out


def missed_by(fitted: Floats, rates: Floats, weights: Floats) -> float:
    """As ``schedules.fitting.missed_by``."""
    given = np.ascontiguousarray(fitted), np.ascontiguousarray(rates), np.ascontiguousarray(weights)
    return _compiled.missed_by(*given)


def explained(values: Floats, fitted: Floats) -> tuple[float, float]:
    """As ``schedules.fitting.explained``."""
    return _compiled.explained(np.ascontiguousarray(values), np.ascontiguousarray(fitted))


def points(
    steps: Ints, rates: Floats, floor: float
) -> tuple[Floats, Floats, Floats, float, float] | None:
    """Steps, rates by their highest, weights, lowest and highest; None where they need cleaning."""
    n = len(rates)
    at, scaled, weights = np.empty(n), np.empty(n), np.empty(n)
    ends = _compiled.points(steps, rates, floor, at, scaled, weights)
    return None if ends is None else (at, scaled, weights, *ends)


def level_borders(rates: Floats, same: float) -> Ints:
    """The first points of runs of equal rates, and the number of rates."""
    out = np.empty(len(rates) + 1, np.int64)
    return out[: _compiled.level_borders(rates, same, out)]


def printed_digits(rates: Floats, step: int) -> int:
    """3 or 4 where every ``step``-th rate above zero has no more digits, else 0."""
    return _compiled.printed_digits(rates, step)


def descent(loss: Floats, done: Floats, time: Floats) -> list[float]:
    """The fields of a ``learning_rate.descent.Descent``."""
    out = np.empty(33)
    _compiled.descent(loss, done, time, out)
    return out.tolist()


def figures(
    loss: Floats, done: Floats, time: Floats, slow: Floats, flat: Floats, logarithms: Floats,
    grad_norm: Floats, val_loss: Floats, did: Sequence[float], facts: Sequence[float], many: int,
) -> Floats:  # fmt: skip
    """As ``learning_rate.figures``, of which there are so ``many``."""
    out = np.empty(many)
    _compiled.figures(
        np.ascontiguousarray(loss), np.ascontiguousarray(done), np.ascontiguousarray(time),
        slow, flat, logarithms, np.ascontiguousarray(grad_norm), np.ascontiguousarray(val_loss),
        np.array(did), np.array(facts), out,
    )  # fmt: skip
    return out


def curves(slow: Floats, flat: Floats, loss: Floats, paces: int) -> tuple[Floats, Floats, Floats]:
    """The fields of a ``learning_rate.fits.Curves``."""
    out = np.empty(paces), np.empty(paces), np.empty(paces)
    _compiled.fitted_curves(slow, flat, loss, *out)
    return out


def line(x: Floats, y: Floats) -> tuple[float, float, float]:
    """The fields of a ``learning_rate.fits.Line``."""
    return _compiled.fitted_line(x, y)


def noise(values: Floats, share: float, lag: int, one: float) -> Floats:
    """As ``signals.noise``; ``one``: what the median is for a standard deviation of 1."""
    out = np.empty(len(values))
    _compiled.noise(np.ascontiguousarray(values, np.float64), out, share, lag, one)
    return out


def newest(known: Ints, steps: Ints) -> Ints:
    """As ``rules._beside.newest_at``."""
    out = np.empty(len(steps), np.int64)
    given = np.ascontiguousarray(known, np.int64), np.ascontiguousarray(steps, np.int64)
    _compiled.newest(*given, out)
    return out


def best(values: Floats) -> Floats:
    """As ``signals.best``."""
    out = np.empty(len(values))
    _compiled.best(np.ascontiguousarray(values, np.float64), out)
    return out


def peak(values: Floats) -> Floats:
    """As ``signals.peak``."""
    out = np.empty(len(values))
    _compiled.peak(np.ascontiguousarray(values, np.float64), out)
    return out


def streak(holds: NDArray[np.bool_]) -> Ints:
    """As ``signals.streak``."""
    out = np.empty(len(holds), np.int64)
    _compiled.streak(np.ascontiguousarray(holds, np.bool_), out)
    return out


def moments(values: Floats, begin: Ints) -> Floats:
    """As ``signals.moments``, of the part that begins at ``begin`` up to each point."""
    out = np.empty((len(values), 2))
    _compiled.moments(np.ascontiguousarray(values, np.float64), begin, out)
    return out


def turning(values: Floats, swing: Floats) -> tuple[Ints, Ints]:
    """As ``signals.turning``."""
    turns, known = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    given = np.ascontiguousarray(values, np.float64), np.ascontiguousarray(swing, np.float64)
    count = _compiled.turning(*given, turns, known)
    return turns[:count], known[:count]
