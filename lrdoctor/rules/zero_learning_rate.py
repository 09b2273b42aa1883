"""The learning rate is zero while training goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule
from lrdoctor.rules._span import held_until, over_at
from lrdoctor.run import Run
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_SOURCE = "tensorflow/tensorflow#46248: log the rate that is in force, not the configured one"


@dataclass(frozen=True, slots=True)
class ZeroLearningRate(Rule):
    """The learning rate is zero while training goes on.

    **Fires when** the logged rate is exactly zero after it was not: at once if it fell there from
    more than ``fall`` of its peak and three times faster than in the step before, else after
    ``patience`` points. A schedule that ends in zero with the run is quiet. It is resolved when the
    rate is above zero again.

    **Why it matters** No weight changes; every further step costs and teaches nothing.

    **Advice** Stop, or give the schedule the number of steps that the run really takes. Safe.

    **Parameters**

    - ``patience``: points at zero, 2 to 1000. Default 4.
    - ``fall``: share of the peak, 0 to 1. Default 0.05.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.run import Block, Run
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("lr", np.arange(5), np.array([0.1, 0.1, 0.1, 0.0, 0.0])))
    >>> [f.onset_step for f in ZeroLearningRate().examine(run)]
    [3]

    **References** tensorflow/tensorflow#46248.
    """

    needs = ("lr",)
    evidence = (("patience", "more"),)

    patience: int = 4
    fall: float = 0.05

    def __post_init__(self) -> None:
        if not 2 <= self.patience <= 1000:
            raise ValueError(f"patience is {self.patience}, must be 2 to 1000 points")
        if not 0 <= self.fall <= 1:
            raise ValueError(f"fall is {self.fall}, must be 0 to 1 of the peak")

    def examine(self, run: Run) -> Iterator[Finding]:
        series = run.get("lr")
        if series is None:
            return
        curve = series.curve.finite()
        rates = curve.values
        zero = rates == 0
        last = zero.nonzero()[0][-1:]
        if not len(last) or not (rates[: last[0]] > 0).any():
            return  # a warmup may begin there
        zeros = streak(zero)
        highest = peak(rates)
        before = np.concatenate([[0.0], rates[:-1]])
        moved = np.abs(np.concatenate([[0.0, 0.0], np.diff(rates)[:-1]]))
        sudden = (zeros == 1) & (before > self.fall * highest) & (before > 3 * moved)
        sudden[:2] = False
        fired = (sudden | (zeros == self.patience)) & (highest > 0)
        free = 0
        for at in np.flatnonzero(fired).tolist():
            if at < free:
                continue
            onset = int(at - zeros[at] + 1)
            free = over_at(at, rates[at:] > 0)
            yield Finding(
                rule="zero-learning-rate",
                severity=Severity.WARNING,
                metric="lr",
                onset_step=int(curve.first_steps[onset]),
                fired_step=int(curve.steps[at]),
                last_step=held_until(curve, at, free),
                resolved=free < len(rates),
                measured=0.0,
                limit=float(highest[at]),
                unit="learning rate now, and its peak",
                confidence=0.95,
                message=f"The learning rate is zero since {run.x_axis} "
                f"{int(curve.first_steps[onset])}; its peak was {float(highest[at]):.3g}.",
            )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved:
            yield Advice(
                Action.STOP, "zero-learning-rate",
                "No weight changes at a rate of zero: stop, or give the schedule more steps.",
                _SOURCE, from_step=finding.onset_step,
            )  # fmt: skip
