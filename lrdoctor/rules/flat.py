"""The training loss never leaves its start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule
from lrdoctor.rules._learning import (
    gradient_changed,
    gradient_idle,
    held_out_moved,
    scores_idle,
    scores_rose,
    weights_move,
)
from lrdoctor.rules._rate import changing, rising, spent
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Floats, Run
from lrdoctor.signals._index import count, half, of_index
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_SOURCE = "Smith, Cyclical Learning Rates, arXiv 1506.01186: the range in which the loss falls"
_STEPS = 400
"""Optimizer steps that ``few`` points must stand for: the small networks of the recorded runs,
trained for 300 to 1,500 steps, had all left their start by then at a rate that trains."""
_FEW_STEPS = 240
"""Optimizer steps before which no run is called flat, however often it was logged."""
_REST = 0.1
"""Noise deviations that validation losses may lie apart while the model is at rest, and"""
_LEAST_STEPS = 100
"""optimizer steps that this, or a schedule that is through, must have lasted; on rows and epochs
``few`` points suffice. Both chosen on all tasks of the clinic and of the families of seeds 1, 2, 3
and 5, both halves of which agree: nothing was left out."""
_EARLY = ((5, 0.6), (15, 0.35), (30, 0.2))
"""The first loss alone is as noisy as any other. Under the middle of so many first ones the level
may only lie this part of the distance: about three standard errors of that middle, of ``within``
deviations. Chosen on all tasks of the clinic and of the families of seeds 1, 3 and 5; those of
seed 2 were left out."""
_SURE = 15
"""So many first losses alone are asked where other metrics say as well that nothing moves."""
_SUNK = 1.25
"""Noise deviations under its start from which on a loss that still sinks is not at rest. Chosen on
all tasks of the clinic and of the families of seeds 1, 2, 3 and 5: nothing was left out. A smaller
one takes a rate just too low to move the loss for one that trains."""
_QUIET = 4.0
"""Times further than the noise alone allows a loss may have come while the gradient norm stands."""
_CHANCE = 12.0
"""The same while an accuracy stands where it began, under a half."""
_WIDE = 8.0
"""Noise deviations that the first point may lie below all others and still be one of them."""
_CLASSES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 1000)
"""Numbers of classes that are common, and far enough apart to be told by their logarithms."""
_COARSE = 1.5
"""The same where few points stand for much training."""
_TINY = float(np.finfo(float).tiny)
_TENTH, _QUARTER = of_index(lambda i: i // 10), of_index(lambda i: i // 4)


@dataclass(frozen=True, slots=True)
class Flat(Rule):
    """The training loss never leaves its start.

    **Fires when** the level (a trailing median) has stayed within ``within`` noise deviations
    below the first loss for at least half of the points so far, and there are enough of them:
    ``many`` points and 240 optimizer steps, two thirds of that and 400 steps, half of ``many``
    epochs or rows, or ``few`` points that stand for 400 steps or for half of the planned ones; or,
    for 100 steps, ``few`` points while all validation losses, four at least, lie within a tenth of
    a deviation: a model at rest keeps its loss on the same data; or as many once the learning rate
    has come down to a tenth of its peak: what was to be learnt has been by then. The validation
    losses at rest, or a gradient norm that has not changed, let it look four times as far, an
    accuracy that stands at chance twelve times. Without such a word a level 1.25 deviations under
    the start is not flat where the newest half of the points lies under the half before by two
    standard errors. It waits while the learning rate is still rising, or is above a third of its
    peak and on its way, and where the gradient norm (by a tenth), an accuracy (by 0.1) or a
    validation loss that jumps about says that the weights move. A loss that was thrown up, never
    came under its start and rests there again for a quarter of the points so far is flat, too; one
    that stands ``within`` deviations above a first loss that is the lowest of all is not. It is
    resolved at twice ``within`` deviations below the start.

    Or, where the loss fell within its first points: it has stood where it got to ever since, by
    ``within`` standard errors. That is only worth knowing, for an easy task is learnt like that; it
    is a warning where it stands at ln(classes), the cross-entropy of guessing.

    **Why it matters** Nothing is learnt, and nothing in the curve says that more of the same will
    change that.

    **Advice** Raise the learning rate, by a decade at a time, where it is small; look at dead units
    and at the data where the gradient norm is zero. Unsafe to follow where the loss had risen
    before it came back to its start: then the rate was too high.

    **Parameters**

    - ``within``: noise deviations, 0.5 to 20. Default 3.
    - ``many``: points, 20 to 10000. Default 60.
    - ``few``: points, 5 to 1000. Default 10.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.run import Block, Run
    >>> losses = 2.303 + np.random.default_rng(0).normal(0, 0.02, 300)
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.arange(300), losses))
    >>> [(str(f.severity), f.onset_step, f.fired_step) for f in Flat().examine(run)]
    [('warning', 0, 240)]

    **References** Smith, Cyclical Learning Rates for Training Neural Networks, arXiv 1506.01186.
    Thresholds fitted on 1,021 recorded runs of small networks in 50 families (tests/evaluation).
    """

    of_agents = False
    evidence = (("within", "less"), ("many", "more"))

    within: float = 3.0
    many: int = 60
    few: int = 10

    def __post_init__(self) -> None:
        if not 0.5 <= self.within <= 20:
            raise ValueError(f"within is {self.within}, must be 0.5 to 20 noise deviations")
        if not 20 <= self.many <= 10_000:
            raise ValueError(f"many is {self.many}, must be 20 to 10000 points")
        if not 5 <= self.few <= 1000:
            raise ValueError(f"few is {self.few}, must be 5 to 1000 points")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None:
            return
        reading = read(main[1].curve)
        if len(reading) < self.few:
            return
        found = [*self._unmoved(run, main[0], reading), *self._stuck(run, main[0], reading)]
        yield from sorted(found, key=lambda f: f.fired_step)

    def _unmoved(self, run: Run, name: str, reading: Reading) -> Iterator[Finding]:
        """The loss stands where it began."""
        # As far as other metrics may let it look at all; further on the level lies too low.
        scored = run.get("train/accuracy") or run.get("val/accuracy")
        idle = run.get("grad_norm") is not None or scored or self._rest(run, reading).any()
        farther = _CHANCE if scored else _QUIET if idle else 1.0
        near = reading.start - reading.level <= farther * _COARSE * self.within * reading.noise
        last = near.nonzero()[0][-1:]
        if not len(last):
            return
        whole, reading = reading, reading.head(int(last[0]) + 1)
        seen, planned = int(reading.steps[-1] - reading.first_steps[0]), run.settings.planned_steps
        if run.x_axis == "step" and seen < _LEAST_STEPS and not (planned and 3 * seen >= planned):
            return  # no sign below calls so little training enough
        points = count(len(reading))
        gained = reading.start - reading.level
        coarse = self._coarse(run, reading)
        rest = self._rest(run, reading)
        enough = coarse | self._many(run, reading) | rest | self._over(run, reading)
        if not enough.any():
            return
        still = self._still(run, reading, coarse, rest)
        taught = scores_rose(run, reading.steps)
        far = gained > reading.noise
        if far.any():
            taught |= gradient_changed(run, reading.steps) & far
        taught |= weights_move(run, reading.steps, reading.noise) & (gained > 0)
        fired = still & (2 * np.cumsum(still) >= points)
        fired |= _came_back(reading, self._near(reading, coarse))
        fired &= enough & ~taught
        fired &= ~(rising(run, reading.steps) | changing(run, reading.steps))
        # All but a few values above the first, or all of few and far: thrown up, not at rest.
        higher = np.cumsum(reading.values > reading.base)
        apart = reading.level - reading.base > self.within * reading.noise
        fired &= (higher < 0.97 * points) & ~((higher == points - 1) & apart)
        if not fired.any():
            return
        at = int(np.argmax(fired))
        gone = whole.start - whole.level[at:]
        left = np.flatnonzero(gone > 2 * self.within * whole.noise[at:])
        measured = float(max(gained[at], 0.0) / max(reading.noise[at], _TINY))
        yield Finding(
            rule="flat",
            severity=Severity.WARNING,
            metric=name,
            onset_step=int(reading.first_steps[0]),
            fired_step=int(reading.steps[at]),
            last_step=int(whole.steps[at + int(left[0]) if len(left) else -1]),
            resolved=bool(len(left)),
            measured=measured,
            limit=self.within,
            unit="noise deviations of progress",
            confidence=0.95 if points[at] >= self.many else 0.8,
            message=f"{name} still stands at {float(reading.level[at]):.4g} after "
            f"{int(points[at])} points; it began at {reading.start:.4g}, and single points "
            f"scatter by {float(reading.noise[at]):.2g}.",
        )

    def _stuck(self, run: Run, name: str, reading: Reading) -> Iterator[Finding]:
        """The loss fell within its first points, and has stood where it got to ever since."""
        fell = reading.start - reading.level > 2 * self.within * reading.noise
        fell[: math.ceil(0.4 * self.many)] = False
        for part in (_TENTH, _QUARTER, half):
            if not fell.any():
                return
            away = np.abs(reading.level[np.maximum(part(len(reading)), 3)] - reading.level)
            fell &= away <= self.within * reading.doubt
        fired = fell.nonzero()[0]
        fired = fired[~scores_rose(run, reading.steps[fired])]
        if not len(fired):
            return
        at = int(fired[0])
        stand, scatter = float(reading.level[at]), float(reading.noise[at])
        floor = stand - 2 * self.within * scatter - 0.05 * (reading.start - stand)
        left = np.flatnonzero(reading.level[at:] < floor)
        classes = _guessing(stand)
        where = f", the loss of guessing among {classes} classes" if classes else ""
        yield Finding(
            rule="flat",
            severity=Severity.WARNING if classes else Severity.INFO,
            metric=name,
            onset_step=int(reading.first_steps[min(3, at)]),
            fired_step=int(reading.steps[at]),
            last_step=int(reading.steps[at + int(left[0]) if len(left) else -1]),
            resolved=bool(len(left)),
            measured=float(abs(reading.level[max(at // 10, 3)] - stand) / max(scatter, _TINY)),
            limit=self.within,
            unit="noise deviations since its first points",
            confidence=0.9 if classes else 0.6,
            message=f"{name} fell within its first points and has stood at {stand:.4g} ever "
            f"since{where}.",
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved:
            return
        norms = run.get("grad_norm")
        if norms is not None and len(norms) and not norms.values[-1]:
            yield Advice(
                Action.FIX_DATA, "flat",
                "The gradient norm is zero: nothing reaches the weights. Look for dead units, "
                "frozen parameters and a loss that does not depend on the model.",
                "Lu et al., Dying ReLU and Initialization, arXiv 1903.06733",
            )  # fmt: skip
            return
        main = run.main_loss
        if main is None or "since its first" in finding.unit or _above(read(main[1].curve)):
            # It has moved, or gone up: whether the rate is too low or too high is not told here.
            return
        yield Advice(
            Action.RAISE_LR, "flat",
            "The loss has not moved beyond its noise: try a learning rate ten times as high.",
            _SOURCE, lr_factor=10.0,
        )  # fmt: skip

    def _near(self, reading: Reading, coarse: NDArray[np.bool_]) -> Floats:
        """How far below its start a level may lie and still be there, by the noise alone."""
        points = count(len(reading))
        fewer = np.where(coarse, _COARSE, np.sqrt(np.minimum(points / self.many, 1.0)))
        return self.within * fewer * reading.noise

    def _still(
        self, run: Run, reading: Reading, coarse: NDArray[np.bool_], rest: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Where the level has not come down, nor gone somewhere else altogether."""
        idle = np.where(rest | gradient_idle(run, reading.steps), _QUIET, 1.0)
        farther = np.where(scores_idle(run, reading.steps), _CHANCE, idle)
        near = farther * self._near(reading, coarse)
        # The recent noise: a loss that has been elsewhere in between has a large one by now.
        lately = reading.lately * near / np.maximum(reading.noise, _TINY)
        middle = count(len(reading)) // 2
        settled = np.abs(reading.level - reading.level[middle]) <= 2 * lately
        early = np.ones(len(reading), np.bool_)
        for few, share in _EARLY:
            first = sorted(reading.values[:few].tolist())
            low = first[len(first) // 2] - reading.level <= share * near
            early &= low | ((few > _SURE) & (farther > 1))
        at_first = reading.noise.copy()
        at_first[15:] = at_first[15:16]
        there = np.zeros(len(reading), np.bool_)
        for start in {reading.start, reading.base}:
            gained = start - reading.level
            there |= (gained <= near) & (gained >= -_WIDE * at_first)
        holds = there & settled & (coarse | early)
        sinks = holds & (farther == 1) & (reading.start - reading.level > _SUNK * reading.noise)
        if sinks.any():
            holds &= ~(sinks & reading.sinks)
        return np.asarray(holds, np.bool_)

    def _rest(self, run: Run, reading: Reading) -> NDArray[np.bool_]:
        """Where the validation losses say that the model is as it was."""
        if run.get("val/loss") is None:
            return np.zeros(len(reading), np.bool_)
        rest = held_out_moved(run, reading.steps) <= _REST * reading.noise
        rest[: self.few - 1] = False
        if run.x_axis == "step":
            rest &= reading.steps - reading.first_steps[0] >= _LEAST_STEPS
        return np.asarray(rest, np.bool_)

    def _over(self, run: Run, reading: Reading) -> NDArray[np.bool_]:
        """Where the rate has come down so far that what was to be learnt has been."""
        over = spent(run, reading.steps)
        over[: self.few - 1] = False
        if run.x_axis == "step":
            over &= reading.steps - reading.first_steps[0] >= _LEAST_STEPS
        return np.asarray(over, np.bool_)

    def _coarse(self, run: Run, reading: Reading) -> NDArray[np.bool_]:
        """Where few points stand for much training, so that a move would show."""
        points = count(len(reading))
        gone = reading.steps - reading.first_steps[0]
        enough = points >= self.few
        if run.settings.planned_steps:
            return np.asarray(enough & (2 * gone >= run.settings.planned_steps), np.bool_)
        if run.x_axis == "step":
            return np.asarray(enough & (gone >= _STEPS) & (gone >= 20 * (points - 1)), np.bool_)
        return np.zeros(len(points), np.bool_)

    def _many(self, run: Run, reading: Reading) -> NDArray[np.bool_]:
        points = count(len(reading))
        gone = reading.steps - reading.first_steps[0]
        if run.settings.planned_steps:
            return np.asarray(
                (points >= self.many) & (3 * gone >= run.settings.planned_steps), np.bool_
            )
        if run.x_axis == "step":
            fewer = (3 * points >= 2 * self.many) & (gone >= _STEPS)
            return np.asarray((points >= self.many) & (gone >= _FEW_STEPS) | fewer)
        return np.asarray(points >= self.many // 2)


def _came_back(reading: Reading, near: Floats) -> NDArray[np.bool_]:
    """Where a loss that was thrown up, and never came under its start, has come back to rest there.

    At rest: for a quarter of the points so far, within the noise that it has lately.
    """
    scatter = near / np.maximum(reading.noise, _TINY) * np.minimum(reading.lately, reading.noise)
    over = reading.level - reading.start
    never = reading.start - reading.best <= np.minimum(near, scatter)
    never &= peak(over) > 4 * scatter
    long = streak(np.abs(over) <= scatter) >= count(len(reading)) / 4
    return np.asarray(never & long, np.bool_)


def _above(reading: Reading) -> bool:
    """Nine values in ten lie above the first: a loss that was thrown up, not one at rest."""
    return bool(np.mean(reading.values > reading.start) > 0.9)


def _guessing(loss: float) -> int | None:
    """The number of classes whose cross-entropy of pure guessing, ln(classes), ``loss`` is."""
    return next((k for k in _CLASSES if abs(loss - math.log(k)) < 0.003 * math.log(k)), None)
