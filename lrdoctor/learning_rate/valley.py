"""The valley that losses form against the logarithm of their rates, fitted to a few runs.

Left of the good rates a run does not arrive in time, right of them it never settles: the loss
climbs back to where it started on two flanks, each a logistic curve. A parabola, which other tools
draw, has no such ends and bends to whichever run is furthest out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrdoctor.run import Floats

LEAST = 4
"""Rates; fewer points fit any valley."""
_STEEP = (2.8, 6.0)
"""Usual steepness of the left and the right flank, logits a decade: the medians of 277
recorded families."""
_STEEP_SIGMA = 0.5
"""How far steepness strays from that, natural logarithm: so few runs cannot tell it alone."""
_NOISE = 0.03
"""Deviation of a run from the valley as a share of the way from the start to the best."""


@dataclass(frozen=True, slots=True)
class Valley:
    """Loss over log10 of the rate: ``floor + drop * (left + right)``."""

    floor: float
    drop: float
    left: float
    """Log10 rate at which the left flank is half way up."""
    right: float
    steep_left: float
    """Logits a decade."""
    steep_right: float

    def loss(self, x: Floats) -> Floats:
        """The loss at log10 rates ``x``, same shape."""
        up = _logistic(self.steep_left * (self.left - x))
        out: Floats = self.floor + self.drop * (up + _logistic(self.steep_right * (x - self.right)))
        return out


def fit(x: Floats, y: Floats, start: float) -> Valley | None:
    """The valley through the losses ``y`` at log10 rates ``x``, both shape (n,) and finite.

    Args:
        start: the loss before training, where both flanks end.

    Returns:
        None under ``LEAST`` different rates, where no run came below ``start``, or where the
        lowest loss stands at an end of the rates tried: then there is no valley to see yet.
    """
    drop = start - float(y.min())
    rates = np.unique(x.round(3))
    inside = rates[0] < float(x[int(np.argmin(y))].round(3)) < rates[-1] if len(rates) else False
    if len(rates) < LEAST or not drop > 0 or not inside:
        return None
    # Half of what a start of the server takes, and needed where a valley is looked at only.
    from scipy.optimize import least_squares

    height = np.clip((y - y.min()) / drop, 0.0, 1.2)
    at = float(x[int(np.argmin(y))])

    def rest(p: Floats) -> Floats:
        shape = Valley(p[0], 1.0 - p[0], p[1], p[2], np.exp(p[3]), np.exp(p[4]))
        prior = (p[3:] - np.log(_STEEP)) / _STEEP_SIGMA
        return np.concatenate([(shape.loss(x) - height) / _NOISE, prior, [p[0] / 0.1]])

    first = [0.0, (at + x.min()) / 2, (at + x.max()) / 2, *np.log(_STEEP)]
    found = least_squares(rest, first, loss="soft_l1", max_nfev=200).x
    if not found[1] < found[2]:
        return None
    floor = float(y.min()) + drop * float(found[0])
    return Valley(floor, start - floor, float(found[1]), float(found[2]),
                  float(np.exp(found[3])), float(np.exp(found[4])))  # fmt: skip


def _logistic(x: Floats) -> Floats:
    out: Floats = 1.0 / (1.0 + np.exp(-np.clip(x, -50.0, 50.0)))
    return out
