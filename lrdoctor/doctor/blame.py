"""Whether a trouble may be laid on the learning rate: what the log shows from before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.diagnosis import Clue, Finding, LearningRate
from lrdoctor.learning_rate.figures import LEAST_ROWS
from lrdoctor.learning_rate.optimizers import usual
from lrdoctor.learning_rate.trace import optimizer
from lrdoctor.learning_rate.undone import LIKELY, Odds, rate_rose, seen_by
from lrdoctor.run import Run

_SIGNS = frozenset({"spike", "divergence", "exploding-gradient"})
GREW = (Clue.METRIC_ROSE, Clue.GRADIENT_ROSE)
"""Clues that a loss was lost to growth, and not at once."""
DEFAULT = 1e-3
"""Where no optimizer is told: the default of most, in PyTorch and in Keras (``optimizers``)."""


def calm_before(run: Run, told: Finding, findings: Sequence[Finding]) -> bool:
    """Whether the losses from before the first sign of ``told`` show no rate too high, and the rate
    did not climb."""
    rows, (_, _, high) = _before(run, _first_sign(run, told, findings))
    return rows >= LEAST_ROWS and high < LIKELY and not rate_rose(run, told)


def untold(run: Run, told: Finding, findings: Sequence[Finding]) -> bool:
    """Whether the loss was lost before the log could show why: next to nothing was logged before,
    nothing grew, and the rate is not above what is usual for its optimizer."""
    grew = any(
        f.rule in ("divergence", "exploding-gradient") and f.onset_step < told.onset_step
        for f in findings
    )
    if grew or told.clue in GREW:
        return False
    if _before(run, told.onset_step)[0] >= LEAST_ROWS:
        return False
    own, rates = usual(optimizer(run)), run.get("lr")
    if own is None or rates is None or not len(rates):
        return True
    return not float(np.nanmax(rates.values)) > own.high


def above_usual(run: Run, rate: LearningRate) -> bool:
    """The rate lies above its optimizer's usual ones, where a loss may stand still, too."""
    own = usual(optimizer(run))
    return own is not None and own.is_rate and rate.value is not None and rate.value > own.high


def usual_for(run: Run, rate: LearningRate) -> str:
    """The optimizer that the run's rate is usual for, or more; "" where it is less, or unknown."""
    own = usual(optimizer(run))
    if rate.value is None or rate.value < (DEFAULT if own is None else own.low):
        return ""
    return "most optimizers" if own is None else own.title


def _before(run: Run, step: int) -> tuple[int, Odds]:
    return seen_by(run, step - 1, len(run.resumes))


def _first_sign(run: Run, told: Finding, findings: Sequence[Finding]) -> int:
    """The step at which what led straight up to ``told`` began."""
    main = run.main_loss
    at = 0 if main is None else int(np.searchsorted(main[1].steps, told.onset_step))
    if main is None or not at:
        return told.onset_step
    before = int(main[1].steps[at - 1])
    led = [f.onset_step for f in findings if f.rule in _SIGNS and f.last_step >= before]
    return min([told.onset_step, *led])
