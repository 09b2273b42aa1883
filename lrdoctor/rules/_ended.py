"""Whether a run has come to its end as planned."""

from __future__ import annotations

from lrdoctor.run import Run, Series


def has_ended(run: Run, series: Series) -> bool:
    """The next line of ``series`` would lie beyond the planned steps."""
    planned, last = run.settings.planned_steps, run.last_step
    if planned is None or last is None or len(series) < 2:
        return False
    return last + int(series.steps[-1] - series.steps[-2]) > planned - 1
