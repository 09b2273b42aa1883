"""Whether a loss was thrown up at once: told from few points that stand for much training, and from
how many times as high as it began it stands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._learning import held_out_moved
from lrdoctor.rules._rate import changing, spent
from lrdoctor.rules._reading import Reading
from lrdoctor.run import Floats, Ints, Run
from lrdoctor.signals._index import count, index, two_thirds
from lrdoctor.signals.moments import moments
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_FEW = 8
"""Points that must be known, and"""
_STEPS = 100
"""optimizer steps that they must stand for, or half of the planned ones; where none is logged,"""
_ROWS = 12
"""so many rows. Of 60 to 400 steps and 8 to 20 rows chosen, as the two below, on the clinic and the
families of seeds 1, 2, 3, 5 and 11, nothing left out. With them the families of seed 12, that no
choice has seen, are told with 0.93/0.86 (precision, recall), without with 0.93/0.78."""
_FALLEN = 6.0
"""Times as high above the first as now the level has stood: single losses of a model at rest
scatter by five at most where their noise is normal, and farther where it is not."""
_DECADES = 1.0
"""Decades that the gradient norms lie apart: at rest, or where a network learns, half of one."""
_STAYS = 0.5
"""Part of the rise of a third of the points ago that is still there, unless the rate is spent."""
_AT_REST = 0.3
"""Deviations that validation losses of a model at rest may lie apart, see ``_above``."""

TIMES = 4.0
"""Times its first that the loss stands as high as. One batch may lie far under the others, but with
that of a model at rest so many times. All four figures were chosen on the clinic and the families
of seeds 1, 2, 3 and 11, nothing left out, while the figures of seeds 5 and 12 were printed; any
from three to five times do alike."""
_POINTS = 10
"""Points that must be known,"""
_LATE = 20
"""or so many, where the newest fifth stands as high, and the newest half half as high: chosen with
it on the clinic and the families of seed 21; from ten on, five fine runs are taken for it. None of
that fifth may lie under the first: a swing is another trouble."""
_WIDE = 0.7
"""deviations of single ones that it must stand over the first, and"""
_HELD = 0.92
"""part of the height of the newest half that the newest fifth must still have; both of the height
over the first in parts of it, on a scale that counts its multiples as logarithms do."""
_LEFT = 0.1
"""Part of its peak above which a rate that is on its way may still bring the loss down."""
_REACHED = 1e100


def soars(run: Run, reading: Reading) -> tuple[NDArray[np.bool_], Floats]:
    """Where the loss stands ``TIMES`` as high as its first and is not coming down; how many times.

    A loss that was thrown up scatters in proportion to its height, so that its deviations hide how
    far up it is: in multiples it is plain. A single value near zero then must not decide, as it
    would by logarithms: the inverse hyperbolic sine is a logarithm far up and a line near the
    first. Asks for a loss that begins above zero.
    """
    size, start = len(reading), reading.start
    if size < _POINTS or start <= 0 or not (reading.values[1:] > TIMES * start).any():
        return np.zeros(size, np.bool_), np.zeros(size)
    over = np.arcsinh(np.minimum(reading.values / start, _REACHED) - 1)
    high, spread = moments(over).T
    newest = moments(over, 0.2)[:, 0]
    stands = np.minimum(high, newest)
    # One that soars late: the newest fifth is enough, four points at least.
    late = (high > np.arcsinh(TIMES / 2 - 1)) & (index(size) >= _LATE - 1)
    late &= streak(reading.values > start) >= count(size) / 5
    stands = np.where(late, newest, stands)
    holds = stands > np.arcsinh(TIMES - 1)
    holds &= (high > _WIDE * spread) & (newest >= _HELD * high)
    holds[: _POINTS - 1] = False
    if holds.any():
        moved = held_out_moved(run, reading.steps)
        # One batch may lie so far under all others. A dead network's losses do not move at all.
        holds &= (moved == 0) | (moved > _AT_REST * reading.noise)
        holds &= ~changing(run, reading, _LEFT)
    return holds, 1 + np.sinh(stands)


def thrown(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where no loss has come under the first, and they swing as none does that rests or learns.

    The first of so few is the lowest by chance in one case of eight to twelve. Those that are do
    not stand a sixth as high as they have, nor does the gradient norm move by a decade.
    """
    above = reading.values[1:] > reading.start
    size = len(reading) if above.all() else int(above.argmin()) + 1
    holds = np.zeros(len(reading), np.bool_)
    if size < _FEW:
        return holds
    part = reading.head(size)
    enough = _enough(run, part)
    if not enough.any():
        return holds
    rise = part.level - part.start
    stays = (rise >= _STAYS * rise[two_thirds(size)]) | spent(run, part)
    rests = held_out_moved(run, part.steps) <= _AT_REST * part.noise
    swings = peak(part.level) - part.start >= _FALLEN * rise
    holds[:size] = enough & stays & ~rests & (swings | (_spread(run, part.steps) >= _DECADES))
    return holds


def _enough(run: Run, reading: Reading) -> NDArray[np.bool_]:
    """Where the points stand for so much training that a loss that learns had come down."""
    points, planned = count(len(reading)), run.settings.planned_steps
    gone = reading.steps - reading.first_steps[0]
    if planned and run.x_axis != "row":
        return np.asarray((points >= _FEW) & (2 * gone >= planned))
    if run.x_axis == "step":
        return np.asarray((points >= _FEW) & (gone >= _STEPS))
    return np.asarray(points >= _ROWS)


def _spread(run: Run, steps: Ints) -> NDArray[np.float64]:
    """Decades between the least and the greatest gradient norm so far, at each of ``steps``."""
    norms = run.get("grad_norm")
    curve = None if norms is None else norms.curve.finite()
    if curve is None or not len(curve):
        return np.zeros(len(steps))
    logs = np.log10(np.clip(curve.values, 1e-100, 1e100))
    apart = np.maximum.accumulate(logs) - np.minimum.accumulate(logs)
    at = newest_at(curve.steps, steps)
    return np.where(at >= 0, apart[np.maximum(at, 0)], 0.0)
