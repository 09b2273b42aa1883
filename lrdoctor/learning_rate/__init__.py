"""The project's heart: is this run's learning rate right, and which one to use instead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.diagnosis import Finding, LearningRate
from lrdoctor.run import Run

__all__ = ["assess"]


def assess(run: Run, findings: Sequence[Finding]) -> LearningRate:
    """What is known of the run's learning rate, and what it should be.

    Args:
        run: the log so far, finished or growing.
        findings: what the rules saw in it; an unresolved critical one forbids raising the rate.
    """
    value, current = _rates(run)
    return LearningRate(value=value, current=current)


def _rates(run: Run) -> tuple[float | None, float | None]:
    """The base rate (the peak of what was logged) and the newest one."""
    series = run.get("lr")
    logged = np.empty(0) if series is None else series.values[np.isfinite(series.values)]
    if len(logged):
        return float(logged.max()), float(logged[-1])
    return run.settings.learning_rate, run.settings.learning_rate
