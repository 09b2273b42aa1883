"""A learning-rate schedule: recognised from the logged rates, and drawn beyond them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Floats, Ints
from lrdoctor.schedules import words
from lrdoctor.schedules.explain import LOOSE, explain
from lrdoctor.schedules.fitting import Candidate, explained
from lrdoctor.schedules.form import Chain, Form, Stairs
from lrdoctor.schedules.jitter import steadied
from lrdoctor.schedules.points import SAME, Points, logged, points

KINDS = (
    "constant", "step", "exponential", "linear", "polynomial", "cosine", "cosine-restarts",
    "cyclic", "one-cycle", "inverse-sqrt", "inverse-time", "reduce-on-plateau", "wsd",
    "warmup-constant", "warmup-cosine", "warmup-linear", "range-test", "unknown",
)  # fmt: skip
"""Every kind that ``recognise`` names."""

APART = frozenset({
    "warmup_held", "warmup_multiplied", "warmup_traced", "warmup_each", "three_phases", "returning",
    "fading_peak", "fading_low",
})  # fmt: skip
"""Parameters of a shape that its kind alone does not draw: a warmup held at one rate, of no known
shape, multiplied into what follows or run anew in each cycle, one-cycle in three phases, a cosine
stepped beyond its end, restarts that lower the peak alone, or the lowest rate, too."""
_RATES = frozenset({"peak", "final", "initial"})
_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the learning rate follows.

    A kind without a warmup of its own in ``KINDS`` (``step``, ``wsd``, ``polynomial``, ...) may
    still have had one: ``parameters["warmup_steps"]`` then tells.
    """

    kind: str
    """One of ``KINDS``."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Rates (``peak``, ``final``, ``initial``) as logged; lengths (``warmup_steps``,
    ``cycle_steps``, ``period``, ``decay_steps``) and places (``total_steps``, ``first_drop``,
    ``last_drop``, ``decay_start``) in the run's own steps; ``gamma`` per step; the rest plain
    numbers (``decay_bend`` of a wsd: 0 linear, 1 cosine, 2 one minus square root, 3 exponential;
    ``linear_anneal`` and ``cosine_wave`` are 1 for a one-cycle or a cycle of that unusual shape,
    ``gliding`` for one whose peaks fall all the time; ``warmup_each`` is the steps of a warmup
    that each cycle begins with; see ``APART`` for further ones).
    What the log does not tell is absent."""
    base: float = float("nan")
    """The peak rate; NaN where none was logged."""
    fit: float = 0.0
    """R squared over the logged points, 1 for a perfect fit; 0 for ``unknown``."""
    determined: bool = False
    """Whether the log fixes the schedule beyond its end. Not so for a warmup that still rises,
    for reduce-on-plateau and for irregular drops."""
    last_step: float = 0.0
    last_rate: float = float("nan")
    form: Form | None = field(default=None, repr=False)
    """The closed form, relative to ``scale``."""
    scale: float = 1.0

    def rate_at(self, steps: Ints | Floats) -> Floats:
        """Rates at any steps, shape (n,), also beyond the log's end, where the last one holds
        unless the kind says otherwise. NaN where no rate was ever logged."""
        at = np.asarray(steps, np.float64)
        if self.form is None:
            return np.full(at.shape, self.last_rate)
        with np.errstate(all="ignore"):
            return np.asarray(np.maximum(self.form.rates(at), 0.0) * self.scale)

    def planned(
        self, from_step: int, to_step: int, points: int = 60
    ) -> tuple[tuple[int, float], ...]:
        """The schedule between two steps as (step, rate), at most ``points`` of them.

        Empty where the future cannot be known: an unknown kind, a warmup that still rises, a
        range test. Reduce-on-plateau and irregular drops go on at the last rate.
        """
        if self.form is None or to_step < from_step or points < 1 or not self._goes_on():
            return ()
        # As ``np.linspace`` and ``np.append``, whose generality takes longer than all else here.
        exact = np.arange(float(points)) * ((to_step - from_step) / max(points - 1, 1)) + from_step
        exact[-1] = to_step if points > 1 else from_step
        at = np.rint(exact).astype(np.int64)
        if to_step - from_step < points:
            last = np.ones(len(at), np.bool_)  # of several at one step
            np.greater(at[1:], at[:-1], out=last[:-1])
            at = at[last]
        rates = self.rate_at(at)
        return tuple(zip(at.tolist(), rates.tolist(), strict=True))

    def describe(self, unit: str = "steps") -> str:
        """The schedule in one plain sentence, lengths counted in ``unit``."""
        return words.sentence(self.kind, self.parameters, self.base, self.determined, unit)

    def milestones(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Steps at which the rate changes from level to level, and the levels, as shares of the
        peak, before and between them. Both empty where the rate has no levels."""
        stairs = self._stairs()
        if stairs is None:
            return (), ()
        changed = [a != b for a, b in pairwise(stairs.levels)]
        places = tuple(s for s, c in zip(stairs.starts[1:], changed, strict=True) if c)
        later = tuple(r for r, c in zip(stairs.levels[1:], changed, strict=True) if c)
        return places, (stairs.levels[0], *later)

    def _stairs(self) -> Stairs | None:
        last = self.form.parts[-1] if isinstance(self.form, Chain) else self.form
        return last if isinstance(last, Stairs) else None

    def _goes_on(self) -> bool:
        return self.determined or self._stairs() is not None


def recognise(
    steps: NDArray[np.integer] | NDArray[np.floating],
    rates: NDArray[np.floating],
    planned_steps: int | None = None,
) -> Schedule:
    """Which schedule a run's learning rate follows, from all of its log or the part so far.

    Args:
        steps: shape (n,), in the run's own axis.
        rates: shape (n,), as logged: rounded, with gaps, NaN or repeated steps.
        planned_steps: the step at which training is to end, where that is known; it fixes the
            end of a cosine or linear decay.

    Cost: linear in n with a small constant, plus a fit on at most about 256 points.
    """
    clean = logged(steps, rates)
    count, base = len(clean.steps), clean.most
    if not count or clean.least < 0:
        return Schedule("unknown", base=base)
    last_step, last = float(clean.steps[-1]), float(clean.rates[-1])
    plain = partial(Schedule, base=base, last_step=last_step, last_rate=last)
    if count == 1:
        return plain("unknown", {"peak": base})
    if base < _TINY:
        return plain("constant", {"peak": 0.0}, fit=1.0, determined=True,
                     form=Stairs((last_step,), (0.0,)))  # fmt: skip
    if clean.least == base:
        return plain("constant", {"peak": base}, fit=1.0, determined=True,
                     form=Stairs((float(clean.steps[0]),), (1.0,)), scale=base)  # fmt: skip
    with np.errstate(all="ignore"):
        p = steadied(points(clean, float(planned_steps) if planned_steps else None))
        chosen, misfit = explain(p)
        if chosen is None or not misfit <= LOOSE:
            return plain("unknown", {"peak": base})
        fit = _r_squared(p, chosen)
    parameters = {
        name: float(value * p.scale if name in _RATES else value)
        for name, value in chosen.parameters.items()
    }
    peak = parameters.get("peak", base)
    return Schedule(chosen.kind, parameters, peak, fit, chosen.determined, last_step, last,
                    chosen.form, p.scale)  # fmt: skip


def _r_squared(p: Points, chosen: Candidate) -> float:
    y = p.rates
    fitted = chosen.form.rates(p.steps)
    if chosen.kind == "range-test":  # over decades, the last few points would be all that counts
        good = (y > 0) & (fitted > 0)
        y, fitted = np.log(y[good]), np.log(fitted[good])
    spread, missed = explained(y, fitted)
    if spread <= len(y) * (10 * SAME) ** 2 * 0.01:
        return 1.0 if missed <= len(y) * (10 * SAME) ** 2 else 0.0
    return min(max(1.0 - missed / spread, 0.0), 1.0)
