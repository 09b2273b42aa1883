"""Least squares for the closed forms, and the choice between them.

Every form is ``low + height * shape(step; a, b)``: the two numbers outside follow from the ones
inside by a weighted regression (variable projection), so only one or two are searched for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from lrdoctor.run import Floats
from lrdoctor.schedules.form import Form
from lrdoctor.schedules.points import Points
from lrdoctor.signals import _native


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A schedule that may explain the points. Rates are shares of the peak logged."""

    kind: str
    form: Form
    parameters: Mapping[str, float]
    free: int
    """How many numbers were fitted; the simpler of two equally good ones is chosen."""
    determined: bool = True
    """The points fix the schedule beyond their end."""
    misfit: float | None = None
    """Its error over the points it was made for; None where that is still to be computed."""

    def missing_by(self, misfit: float) -> Candidate:
        """The same, its error known."""
        return Candidate(self.kind, self.form, self.parameters, self.free, self.determined, misfit)


class Regression(msgspec.Struct, frozen=True, gc=False):
    """``low + height * shape`` for each of m shapes. Arrays have shape (m,)."""

    low: Floats
    height: Floats
    error: Floats
    """Root mean square of the weighted residuals."""


def error(p: Points, form: Form) -> float:
    """Root mean square of the relative residuals over the points."""
    return missed_by(form.rates(p.steps), p.rates, p.weights)


def missed_by(fitted: Floats, rates: Floats, weights: Floats) -> float:
    """Root mean square of the weighted residuals; all shape (n,)."""
    if _native.THERE:
        return _native.missed_by(fitted, rates, weights)
    residual = (fitted - rates) * weights
    return math.sqrt(float(np.add.reduce(residual * residual)) / len(residual))


def explained(values: Floats, fitted: Floats) -> tuple[float, float]:
    """Sums of the squared distances of values from their mean, and from what is fitted to them."""
    if _native.THERE:
        return _native.explained(values, fitted)
    away, rest = values - np.add.reduce(values) / len(values), values - fitted
    return float(np.add.reduce(away * away)), float(np.add.reduce(rest * rest))


def best(p: Points, candidates: list[Candidate]) -> tuple[Candidate | None, float]:
    """The candidate that explains the points with the fewest numbers, and its error.

    Bayes' information criterion with an error floor at the log's resolution: below it, a better
    fit says nothing. At most 64 points count, as those of one curve are not independent.
    """
    chosen: Candidate | None = None
    chosen_error, lowest = np.inf, np.inf
    size = min(len(p), 64)
    for candidate in candidates:
        if len(p) < candidate.free + 1:
            continue
        misfit = error(p, candidate.form) if candidate.misfit is None else candidate.misfit
        cost = size * math.log(misfit**2 + p.resolution**2) + candidate.free * 2 * math.log(size)
        if cost < lowest:
            chosen, chosen_error, lowest = candidate, misfit, cost
    return chosen, chosen_error


def regress(shapes: Floats, p: Points, low: float | None = None) -> Regression:
    """Fit ``low + height * shape`` for each row of ``shapes``, shape (m, n).

    Args:
        low: the known lower end; None: fitted as well.
    """
    lows, heights, errors = regressed(shapes, p.rates, p.weights, low)
    return Regression(lows, heights, errors)


def regressed(shapes: Floats, rates: Floats, weights: Floats, low: float | None) -> Floats:
    """``regress`` of any rates (n,) and weights (n,): lows, heights and errors, shape (3, m)."""
    if _native.THERE:
        return _native.regressed(shapes, rates, weights, low)
    w2 = weights * weights
    total = np.add.reduce(w2)
    if low is None:
        mean_shape = np.add.reduce(shapes * w2, axis=1) / total
        mean_rate = np.add.reduce(rates * w2) / total
    else:
        mean_shape, mean_rate = np.zeros(len(shapes)), low
    centred, target = shapes - mean_shape[:, None], rates - mean_rate
    power = np.add.reduce(centred * centred * w2, axis=1)
    height = np.add.reduce(centred * (w2 * target), axis=1) / np.maximum(power, 1e-30)
    residual = target - height[:, None] * centred
    left = np.add.reduce(residual * residual * w2, axis=1) / len(rates)
    return np.array([mean_rate - height * mean_shape, height, np.sqrt(left)])


def regression(shape: Floats, p: Points, low: float | None = None) -> tuple[float, float]:
    """``regress`` for one shape, shape (n,): the low end and the height."""
    foot, height, _ = regressed(shape[None], p.rates, p.weights, low)[:, 0].tolist()
    return foot, height


def missed(shape: Floats, p: Points, low: float | None = None) -> Floats:
    """How far the best ``low + height * shape`` misses the rates, weighed; both shape (n,)."""
    foot, height = regression(shape, p, low)
    out: Floats = height * shape
    out += foot
    out -= p.rates
    out *= p.weights
    return out


def descend(
    residuals: Callable[[Floats], Floats], start: Floats, enough: float, rounds: int = 12
) -> Floats:
    """Levenberg and Marquardt's method on a few numbers, derivatives by differences.

    Args:
        enough: root mean square of the residuals at which to stop.
    """
    here = np.array(start, np.float64)
    there = residuals(here)
    cost, damping = float(there @ there), 1e-3
    for _ in range(rounds):
        slopes = np.empty((len(here), len(there)))
        for i in range(len(here)):
            nudge = 1e-6 * max(abs(here[i]), 1e-2)
            moved = here.copy()
            moved[i] += nudge
            slopes[i] = (residuals(moved) - there) / nudge
        square, down = slopes @ slopes.T, slopes @ there
        gained = 0.0
        for _ in range(4):
            lifted = square.copy()
            lifted.flat[:: len(here) + 1] += damping * square.diagonal() + 1e-300
            try:
                step = down / lifted[0] if len(down) == 1 else np.linalg.solve(lifted, down)
            except np.linalg.LinAlgError:
                return here
            tried = residuals(here - step)
            tried_cost = float(tried @ tried)
            if tried_cost < cost:
                gained = cost - tried_cost
                here, there, cost = here - step, tried, tried_cost
                damping *= 0.1
                break
            damping *= 10.0
        if gained <= 1e-3 * cost or cost <= enough**2 * len(there):
            break
    return here


def line(x: Floats, y: Floats, weights: Floats) -> tuple[float, float]:
    """Intercept and slope of the weighted least-squares line."""
    foot, slope, _ = regressed(x[None], y, weights, None)[:, 0].tolist()
    return foot, slope
