"""The learning rate is zero while training goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import episodes, over_at, span
from lrdoctor.run import Curve, Run
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_FEW = 6
"""Losses that must stand beside the rates; of fewer neither half has a middle."""
_DEVIATIONS = 3.0
"""Standard errors by which the newer half of the losses lies under the older where a rate that was
rounded to zero taught: one in 740 halves of a loss at rest lies as far apart."""
_SOURCE = "tensorflow/tensorflow#46248: log the rate that is in force, not the configured one"


@dataclass(frozen=True, slots=True)
class ZeroLearningRate(Rule):
    """The learning rate is zero while training goes on.

    **Fires when** the logged rate is exactly zero after it was not: at once if it fell there from
    more than ``fall`` of its peak and three times faster than in the step before, else after
    ``patience`` points, as right after a resume, where a warmup may begin. A schedule that ends in
    zero with the run is quiet. Or the first ``never`` rates are all zero, and the newer half of the
    losses beside them does not lie three standard errors under the older: a rate that a log rounds
    to zero still teaches. It is resolved when the rate is above zero.

    **Why it matters** No weight changes; every further step costs and teaches nothing.

    **Advice** Stop, or give the schedule the number of steps that the run really takes. Safe.

    **Parameters**

    - ``patience``: points at zero, 2 to 1000. Default 4.
    - ``fall``: share of the peak, 0 to 1. Default 0.05.
    - ``never``: points at zero from the first one on, 5 to 1000. Default 20.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.zero_learning_rate import ZeroLearningRate
    >>> from lrdoctor.run import Block, Run
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("lr", np.arange(5), np.array([0.1, 0.1, 0.1, 0.0, 0.0])))
    >>> [f.onset_step for f in ZeroLearningRate().examine(run)]
    [3]

    **References** tensorflow/tensorflow#46248.
    """

    needs = ("lr",)
    evidence = (("patience", "more"), ("never", "more"))

    patience: int = 4
    fall: float = 0.05
    never: int = 20

    def __post_init__(self) -> None:
        within(self, "patience", 2, 1000, "points")
        within(self, "fall", 0, 1, "of the peak")
        within(self, "never", 5, 1000, "points at zero")

    def examine(self, run: Run) -> Iterator[Finding]:
        series = run.get("lr")
        if series is None:
            return
        curve = series.curve.finite()
        rates = curve.values
        zero = rates == 0
        if len(rates) >= self.never and zero[: self.never].all():
            yield from self._never(run, curve)
        last = zero.nonzero()[0][-1:]
        if not len(last) or not (rates[: last[0]] > 0).any():
            return  # a warmup may begin there
        zeros = streak(zero)
        highest = peak(rates)
        before = np.concatenate([[0.0], rates[:-1]])
        moved = np.abs(np.concatenate([[0.0, 0.0], np.diff(rates)[:-1]]))
        sudden = (zeros == 1) & (before > self.fall * highest) & (before > 3 * moved)
        sudden[:2] = False
        for resume in run.resumes:  # a warmup may begin there too
            sudden &= curve.steps != resume.step
        fired = (sudden | (zeros == self.patience)) & (highest > 0)
        for at, free in episodes(fired, lambda at: rates[at:] > 0):
            when = span(curve, int(at - zeros[at] + 1), at, free)
            yield Finding(
                "zero-learning-rate",
                Severity.WARNING,
                "lr",
                *when,
                measured=0.0,
                limit=float(highest[at]),
                unit="learning rate now, and its peak",
                confidence=0.95,
                message=f"The learning rate is zero since {run.x_axis} "
                f"{when.onset_step}; its peak was {float(highest[at]):.3g}.",
            )

    def _never(self, run: Run, curve: Curve) -> Iterator[Finding]:
        """No rate so far was above zero, and the loss shows none that was only rounded away."""
        main, at = run.main_loss, self.never - 1
        if main is None:
            return
        reading = read(main[1].curve)
        until = int(np.searchsorted(reading.steps, curve.steps[at], side="right"))
        if until < _FEW or _learnt(reading.head(until)):
            return
        when = span(curve, 0, at, over_at(at, curve.values[at:] > 0))
        yield Finding(
            "zero-learning-rate",
            Severity.WARNING,
            "lr",
            *when,
            measured=0.0,
            limit=0.0,
            unit="learning rate so far",
            confidence=0.95,
            message=f"The learning rate has been zero since {run.x_axis} "
            f"{when.onset_step}, the first one logged, and no loss came down.",
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved:
            yield Advice(
                Action.STOP, "zero-learning-rate",
                "No weight changes at a rate of zero: stop, or give the schedule more steps.",
                _SOURCE, from_step=finding.onset_step,
            )  # fmt: skip


def _learnt(reading: Reading) -> bool:
    """Whether the newest losses lie under the first by more than they scatter."""
    first, newest = (float(np.median(v)) for v in np.array_split(reading.values, 2))
    return bool(first - newest > _DEVIATIONS * float(reading.noise[-1]) / np.sqrt(len(reading) / 2))
