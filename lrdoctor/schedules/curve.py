"""One falling curve whose end is not known: that is searched for, and its power or its start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.run import Floats
from lrdoctor.schedules.fitting import descend, line, missed, regress, regression
from lrdoctor.schedules.form import Bend, Leg, bounded, remaining
from lrdoctor.schedules.points import SAME, Points

_HOPELESS = 0.15
"""A fit whose first guess misses by more is not searched for further."""
_SURE = 0.005
"""Of a fall that is half over and misses by less no other length in ``_ENDS`` comes nearer: those
three hundredths apart miss each other by four times as much."""
HIGHEST = 3.0
"""No schedule begins at more than so many times the highest rate logged."""
_ENDS = (1.0, 1.03, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 9.0, 20.0)
POWERS = (0.5, 0.9, 1.5, 2.5, 4.0)


def power_fall(p: Points, origin: float, low: float) -> Leg | None:
    """A polynomial fall to a known end. Its root is a line: only the power is searched for."""
    height = np.maximum(p.rates - low, 1e-6)
    x = p.steps - origin

    def fit(theta: Floats) -> tuple[float, float, float, Floats]:
        power = float(np.exp(np.clip(theta[0], -2.3, 3.0)))
        root = height ** (1.0 / power)
        weights = p.weights * power * height / root
        top, slope = line(x, root, weights)
        return power, top, slope, (root - top - slope * x) * weights

    starts = np.log(np.array(POWERS))
    first = min(starts, key=lambda t: float(np.sum(fit(np.array([t]))[3] ** 2)))
    theta = descend(lambda t: fit(t)[3], np.array([first]), enough=0.3 * p.resolution)
    power, top, slope, _ = fit(theta)
    if slope * p.span >= -SAME or top <= 0 or low + top**power > HIGHEST:
        return None
    return Leg(origin, origin - top / slope, low + top**power, low, "polynomial", power)


def curve(p: Points, origin: float, bend: Bend, powers: tuple[float, ...], low: float | None,
          shift: bool = False) -> Leg | None:  # fmt: skip
    """The fall of this bend that fits best, None where none of it makes sense.

    The end is searched for, and the power and, with ``shift``, the start too; the heights follow.
    """
    last = float(p.steps[-1])
    unit = max(last - origin, 1e-9)
    # Training mostly ends with its log, the last point, or one logging interval after it.
    likely = [unit + float(p.steps[-1] - p.steps[-2])]
    if p.planned is not None and p.planned > last:
        likely.insert(0, p.planned - origin)
    tries, misses = _guesses(p, origin, bend, powers, low, [unit, *likely])
    if low is None or p.rates[-1] > 0.5 or np.minimum.reduce(misses) > _SURE:
        lengths = [*(unit * e for e in _ENDS), *likely]
        tries, misses = _guesses(p, origin, bend, powers, low, lengths)
    k = int(misses.argmin())
    if misses[k] > _HOPELESS:
        return None
    start = [np.log(tries[k, 0])] + ([tries[k, 1]] if powers else []) + ([0.0] if shift else [])

    def unpack(theta: Floats) -> tuple[float, float, float]:
        begin = origin + (float(theta[-1]) * unit if shift else 0.0)
        power = min(max(float(theta[1]), 0.1), 20.0) if powers else 1.0
        return begin, float(np.exp(min(max(theta[0], -30.0), 40.0))), power

    def shape(theta: Floats) -> Floats:
        begin, length, power = unpack(theta)
        return remaining(bounded((p.steps - begin) / length), bend, power)

    theta = np.array(start)
    if misses[k] > 0.3 * p.resolution:
        theta = descend(lambda t: missed(shape(t), p, low), theta, enough=0.3 * p.resolution)
    final, height = regression(shape(theta), p, low)
    begin, length, power = unpack(theta)
    late = shift and begin > p.steps[0]  # that is a flat beginning, not a fall
    if late or height <= 0 or final < -p.resolution or final + height > HIGHEST:
        return None
    return Leg(begin, begin + length, final + height, max(final, 0.0), bend, power)


def _guesses(
    p: Points, origin: float, bend: Bend, powers: tuple[float, ...], low: float | None,
    lengths: Sequence[float],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Lengths and powers of falls, shape (tries, 2), and by how much each misses the rates."""
    tries = np.array([(n, q) for n in lengths for q in powers or (1.0,)])
    ways = bounded((p.steps - origin)[None, :] / tries[:, :1])
    return tries, regress(remaining(ways, bend, tries[:, 1:]), p, low).error
