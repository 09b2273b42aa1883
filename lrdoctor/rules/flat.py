"""The training loss never leaves its start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule
from lrdoctor.rules._rate import rising
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Floats, Ints, Run
from lrdoctor.signals.level import level
from lrdoctor.signals.noise import noise

_SOURCE = "Smith, Cyclical Learning Rates, arXiv 1506.01186: the range in which the loss falls"
_STEPS = 400
"""Optimizer steps that ``few`` points must stand for: the small networks of the recorded runs,
trained for 300 to 1,500 steps, had all left their start by then at a rate that trains."""
_FEW = 8
"""Fewer values of another metric say nothing of its trend."""
_WIDE = 8.0
"""Noise deviations that the first point may lie below all others and still be one of them."""


@dataclass(frozen=True, slots=True)
class Flat(Rule):
    """The training loss never leaves its start.

    **Fires when** the level (a trailing median) has stayed within ``within`` noise deviations
    below the first loss for at least half of the points so far, and there are enough of them:
    ``many`` points, or ``few`` points that stand for 400 optimizer steps or for epochs. It waits
    while the learning rate is still rising, and while another sign says that the model learns:
    the gradient norm has changed by more than an eighth, or the accuracy by more than 0.1. It is
    resolved once the level is twice ``within`` deviations below the start.

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
    >>> losses = 2.303 + np.random.default_rng(0).normal(0, 0.02, 100)
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.arange(100), losses))
    >>> [(str(f.severity), f.onset_step, f.fired_step) for f in Flat().examine(run)]
    [('warning', 0, 59)]

    **References** Smith, Cyclical Learning Rates for Training Neural Networks, arXiv 1506.01186.
    Thresholds fitted on 1,021 recorded runs of small networks in 50 families (tests/evaluation).
    """

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
        gained = reading.base - reading.level
        still = self._still(reading, gained)
        index = np.arange(1, len(reading) + 1)
        mostly = 2 * np.cumsum(still) >= index
        taught = _learning(run, reading.steps) & (gained > reading.noise)
        fired = still & mostly & self._enough(run, reading) & ~taught
        fired &= ~rising(run, reading.steps)
        if not fired.any():
            return
        at = int(np.argmax(fired))
        left = np.flatnonzero(gained[at:] > 2 * self.within * reading.noise[at:])
        end = at + int(left[0]) if len(left) else len(reading) - 1
        tiny = np.finfo(float).tiny
        measured = float(max(gained[at], 0.0) / max(reading.noise[at], tiny))
        yield Finding(
            rule="flat",
            severity=Severity.WARNING,
            metric=main[0],
            onset_step=int(reading.first_steps[0]),
            fired_step=int(reading.steps[at]),
            last_step=int(reading.steps[end]),
            resolved=bool(len(left)),
            measured=measured,
            limit=self.within,
            unit="noise deviations of progress",
            confidence=0.95 if index[at] >= self.many else 0.8,
            message=f"{main[0]} still stands at {float(reading.level[at]):.4g} after "
            f"{int(index[at])} points; it began at {reading.start:.4g}, and single points "
            f"scatter by {float(reading.noise[at]):.2g}.",
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
        yield Advice(
            Action.RAISE_LR, "flat",
            "The loss has not moved beyond its noise: try a learning rate ten times as high.",
            _SOURCE, lr_factor=10.0,
        )  # fmt: skip

    def _still(self, reading: Reading, gained: Floats) -> NDArray[np.bool_]:
        """Where the level has not come down, nor gone somewhere else altogether."""
        near = self.within * reading.noise
        first = float(np.median(reading.values[:3]))
        there = (gained >= -_WIDE * reading.noise) | (np.abs(first - reading.level) <= near)
        return (gained <= near) & there

    def _enough(self, run: Run, reading: Reading) -> NDArray[np.bool_]:
        points = np.arange(1, len(reading) + 1)
        gone = reading.steps - reading.first_steps[0]
        enough = points >= self.many
        if run.settings.planned_steps:
            enough |= (points >= self.few) & (2 * gone >= run.settings.planned_steps)
        elif run.x_axis == "step":
            enough |= (points >= self.few) & (gone >= _STEPS) & (gone >= 20 * (points - 1))
        return enough


def _learning(run: Run, steps: Ints) -> NDArray[np.bool_]:
    """At each step, whether the gradient norm or an accuracy says that the model learns."""
    learns = np.zeros(len(steps), np.bool_)
    norms = run.get("grad_norm")
    if norms is not None and len(norms) >= _FEW and (norms.values[:_FEW] > 0).all():
        curve = norms.curve.finite()
        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(curve.values, np.finfo(float).tiny))
        moved = np.abs(level(logs, 0.2) - np.median(logs[:_FEW]))
        learns |= _known(curve.steps, moved > 0.1 + noise(logs), steps)
    for name in ("train/accuracy", "val/accuracy"):
        scores = run.get(name)
        if scores is None or len(scores) < _FEW:
            continue
        curve = scores.curve.finite()
        if len(curve) >= _FEW:
            stand = level(curve.values, 0.2)
            # Per cent or parts of one: a score above 1.5 tells, once it has been reached.
            scale = np.where(np.maximum.accumulate(curve.values) > 1.5, 100.0, 1.0)
            learns |= _known(curve.steps, stand - curve.values[0] > 0.1 * scale, steps)
    return learns


def _known(at: Ints, facts: NDArray[np.bool_], steps: Ints) -> NDArray[np.bool_]:
    """``facts`` of the steps ``at``, carried on to each of ``steps``; False before the first."""
    index = np.searchsorted(at, steps, side="right") - 1
    return np.where(index >= _FEW - 1, facts[np.maximum(index, 0)], False)
