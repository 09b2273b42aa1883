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
    residual = (form.rates(p.steps) - p.rates) * p.weights
    return math.sqrt(float(residual @ residual) / len(residual))


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
    w2 = p.weights * p.weights
    total = np.add.reduce(w2)
    if low is None:
        mean_shape = (shapes @ w2) / total
        mean_rate = float(p.rates @ w2) / total
        centred, target = shapes - mean_shape[:, None], p.rates - mean_rate
    else:
        mean_shape, mean_rate = np.zeros(len(shapes)), low
        centred, target = shapes, p.rates - low
    power = (centred * centred) @ w2
    height = (centred @ (w2 * target)) / np.maximum(power, 1e-30)
    residual = target - height[:, None] * centred
    misfit = np.sqrt((residual * residual) @ w2 / len(p))
    return Regression(mean_rate - height * mean_shape, height, misfit)


def regression(shape: Floats, p: Points, low: float | None = None) -> tuple[float, float]:
    """``regress`` for one shape, shape (n,): the low end and the height."""
    w2 = p.weights * p.weights
    if low is None:
        total = float(np.add.reduce(w2))
        mean_shape, mean_rate = float(shape @ w2) / total, float(p.rates @ w2) / total
    else:
        mean_shape, mean_rate = 0.0, low
    centred = shape - mean_shape if mean_shape else shape
    power = float((centred * centred) @ w2)
    height = float(centred @ (w2 * (p.rates - mean_rate))) / max(power, 1e-30)
    return mean_rate - height * mean_shape, height


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
    w2 = weights * weights
    total = float(np.add.reduce(w2))
    mx, my = float(x @ w2) / total, float(y @ w2) / total
    away = x - mx
    spread = float((away * away) @ w2)
    slope = float((away * (y - my)) @ w2) / spread if spread > 0 else 0.0
    return my - slope * mx, slope
