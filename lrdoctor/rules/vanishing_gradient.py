"""The gradient is gone, and the loss has not come down for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import episodes, span
from lrdoctor.run import Floats, Ints, Run
from lrdoctor.signals.best import best
from lrdoctor.signals.level import level
from lrdoctor.signals.streak import streak

_SOURCE = "Lu et al., Dying ReLU and Initialization, arXiv 1903.06733"
_START = 5
"""The norm at the start is the median of the first so many, so that one burst does not set it."""
_MOST = 1e100


@dataclass(frozen=True, slots=True)
class VanishingGradient(Rule):
    """The gradient norm falls to nothing while the loss stays up.

    **Fires when** the gradient norm (a trailing median) lies under ``share`` of what it was over
    the first points, or under ``floor``, for ``patience`` points in a row, and the loss has nothing
    to show for it: it stands nearer to its first values than to its lowest. A gradient that fades
    as the loss nears its minimum is how training ends, and quiet.
    It is a warning, and resolved when the norm is back at twice its limit.

    **Why it matters** What does not reach the weights cannot teach them: dead or saturated units, a
    loss cut off from the model, or half precision that rounds small gradients to zero.

    **Advice** Look at the share of dead units (ReLU) and saturated ones (sigmoid, tanh), at the
    initialisation and at loss scaling in half precision. Raising the learning rate helps no dead
    unit: unsafe.

    **Parameters**

    - ``share``: of the norm at the start, 1e-8 to 0.5. Default 0.001.
    - ``floor``: norm, in its own unit, 0 to 1. Default 1e-7.
    - ``patience``: points, 2 to 1000. Default 5.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.vanishing_gradient import VanishingGradient
    >>> from lrdoctor.run import Block, Run
    >>> random, run = np.random.default_rng(0), Run("demo", "demo.csv", "csv")
    >>> norms = np.where(np.arange(60) < 30, 1.0, 1e-6) * np.exp(random.normal(0, 0.3, 60))
    >>> _ = run.add(Block("grad_norm", np.arange(60), norms))
    >>> _ = run.add(Block("loss", np.arange(60), 2.3 + random.normal(0, 0.05, 60)))
    >>> [(f.onset_step, str(f.severity)) for f in VanishingGradient().examine(run)]
    [(30, 'warning')]

    **References** Lu et al., arXiv 1903.06733. AutoTrainer takes a ratio of 1e-3 as vanishing,
    DeepDiagnosis and SageMaker Debugger a mean of 1e-7.
    """

    of_agents = False
    needs = ("grad_norm",)
    evidence = (("share", "less"), ("floor", "less"))

    share: float = 0.001
    floor: float = 1e-7
    patience: int = 5

    def __post_init__(self) -> None:
        within(self, "share", 1e-8, 0.5, "of the norm at the start")
        within(self, "floor", 0, 1)
        within(self, "patience", 2, 1000, "points")

    def examine(self, run: Run) -> Iterator[Finding]:
        series, main = run.get("grad_norm"), run.main_loss
        if series is None or main is None or len(series) < _START + self.patience:
            return
        curve = series.curve.finite()
        if len(curve) < _START + self.patience:
            return
        norms = np.minimum(np.maximum(curve.values, 0.0), _MOST)
        first = sorted(norms[:_START].tolist())[_START // 2]
        limit = max(self.share * first, self.floor)
        if not np.count_nonzero(norms <= limit):
            return
        stand = level(norms)
        low = (stand <= limit) & (norms <= limit)
        low[: _START - 1] = False
        if not np.count_nonzero(low):
            return
        low &= _unlearnt(read(main[1].curve), curve.steps)
        fired = streak(low) >= self.patience
        for at, free in episodes(fired, lambda at: stand[at:] > 2 * limit):
            now = float(stand[at])
            yield Finding(
                "vanishing-gradient",
                Severity.WARNING,
                "grad_norm",
                *span(curve, _onset(norms, limit, at), at, free),
                measured=now,
                limit=limit,
                unit="gradient norm",
                confidence=0.9,
                message=f"The gradient norm has come down from {first:.3g} to {now:.3g}, and "
                f"{main[0]} has nothing to show for it.",
            )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved:
            yield Advice(
                Action.FIX_DATA, "vanishing-gradient",
                "Next to no gradient reaches the weights: look for dead or saturated units, frozen "
                "parameters, inputs of the wrong scale and, in half precision, at the loss scale.",
                _SOURCE, from_step=finding.onset_step,
            )  # fmt: skip


def _unlearnt(reading: Reading, steps: Ints) -> NDArray[np.bool_]:
    """At each of ``steps``, whether the loss stands nearer to its first values than to its lowest.

    One that never moved stands among its first, three deviations above the lowest of them.
    """
    if len(reading) < _START:
        return np.zeros(len(steps), np.bool_)
    lowest = best(reading.values)
    first = float(np.median(reading.values[:_START]))
    unlearnt = reading.level - lowest > 0.5 * (first - lowest)
    at = newest_at(reading.steps, steps)
    return np.asarray((at >= _START - 1) & unlearnt[np.maximum(at, 0)], np.bool_)


def _onset(norms: Floats, limit: float, at: int) -> int:
    """The first point of the stretch under the limit, single points above it passed over."""
    above = np.flatnonzero((norms[:at] > limit) & (norms[1 : at + 1] > limit))
    return int(above[-1]) + 2 if len(above) else 0
