"""Least squares of a loss against the way it has gone: curves that slow down, and a line.

A sum is NumPy's of the rounded products. A matrix product is faster, but its rounding is the
machine's own; so the figures are the same on each, and to the bit those of the compiled code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrdoctor.learning_rate.cells import mean
from lrdoctor.run import Floats
from lrdoctor.signals import _native

DECAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 40.0)
POWERS = (0.1, 0.3, 0.6, 1.0)
PACES = (*DECAYS, *POWERS)


class Curves(NamedTuple):
    """``a + b f(way)`` for each f of ``PACES``; all of shape (paces,)."""

    mean: Floats
    """Of f over the rows."""
    height: Floats
    """b"""
    misfit: Floats
    """Root mean square of what is left."""


class Line(NamedTuple):
    """The straight line through points."""

    slope: float
    spread: float
    """Sum of the squared distances of x from its mean."""
    left: float
    """Sum of the squares of what the line leaves."""


def curves(way: Floats, loss: Floats) -> Curves:
    """Fits of ``exp(-pace way)`` for each of ``DECAYS``, ``(way + 0.01)^-pace`` for ``POWERS``.

    Each but the first of its kind is a product of former ones.

    Args:
        way: shape (n,), above 0 and at most 1.
        loss: less its mean, shape (n,).
    """
    slow, flat = slowest(way)
    if _native.THERE:
        return Curves(*_native.curves(slow, flat, np.ascontiguousarray(loss), len(PACES)))
    shapes = [slow]
    for _ in DECAYS[1:-1]:
        shapes.append(shapes[-1] * shapes[-1])
    shapes.append(shapes[-1] * shapes[-1] * shapes[-2])
    shapes += [flat, flat * flat * flat]
    shapes.append(shapes[-1] * shapes[-1])
    shapes.append(shapes[-1] * shapes[-2] * flat)
    basis, rows = np.array(shapes), len(loss)
    means = np.add.reduce(basis, axis=1) / rows
    basis -= means[:, None]
    along = np.add.reduce(basis * loss, axis=1)
    height = along / np.maximum(np.add.reduce(basis * basis, axis=1), 1e-12)
    left = np.maximum(np.add.reduce(loss * loss) - height * along, 0.0)
    return Curves(means, height, np.sqrt(left / rows))


def slowest(way: Floats) -> tuple[Floats, Floats]:
    """The first of the exponentials and of the powers, of whose products the others are."""
    return np.exp(-DECAYS[0] * way), np.exp(-POWERS[0] * np.log(way + 0.01))


def line(x: Floats, y: Floats) -> Line:
    """The line through points, both of shape (n,), n at least 1; flat where x does not move."""
    if _native.THERE:
        return Line(*_native.line(np.ascontiguousarray(x), np.ascontiguousarray(y)))
    x, y = x - mean(x), y - mean(y)
    spread = float(np.add.reduce(x * x))
    slope = float(np.add.reduce(x * y)) / spread if spread > 0 else 0.0
    rest = y - slope * x
    return Line(slope, spread, float(np.add.reduce(rest * rest)))
