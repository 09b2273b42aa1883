"""The log has fallen silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._ended import has_ended
from lrdoctor.rules._span import Span
from lrdoctor.run import Floats, Ints, Run, Series
from lrdoctor.signals.level import level

_SOURCE = "SageMaker Debugger's StalledTrainingRule: no new line for a time that the user sets"
_LEAST = 8
"""Gaps between lines that must be known, or there is no usual one."""


@dataclass(frozen=True, slots=True)
class Stalled(Rule):
    """No line has come for much longer than lines usually take.

    **Fires when** the silence since the newest line exceeds ``gaps`` times the median gap between
    lines (the newest 65), twice the longest gap there was before, and ``least`` seconds. Live it is
    a warning while the silence is shorter than the whole log before it, and worth knowing from
    there on: then the run has most likely ended. A run that has reached its planned steps has
    ended, and is quiet; so is one whose log says why it died, which ``crash`` tells. A silence that
    is over is worth knowing; it is told with the line that ended it. It needs a time of day beside
    the steps (``time``, ``timestamp``, ...; event files have one); a log without is never called
    stalled.

    **Why it matters** A data loader that waits, a worker that died, a full disk or a lost
    connection: the machine is paid for and does nothing.

    **Advice** Look at the process, and go on from the newest checkpoint if it hangs. Unsafe to end
    it while it validates or saves: the longest gap before tells how long that takes.

    **Parameters**

    - ``gaps``: times the median gap, 2 to 10000. Default 10.
    - ``least``: seconds, 1 to 1e6. Default 600.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.stalled import Stalled
    >>> from lrdoctor.run import Block, Run
    >>> run = Run("demo", "demo.csv", "csv", observed_at=1_800_010_000.0)
    >>> times = 1_800_000_000 + 60.0 * np.arange(100)
    >>> _ = run.add(Block("loss", np.arange(100), np.linspace(2, 1, 100), times))
    >>> [(f.onset_step, f.measured, f.unit, str(f.severity)) for f in Stalled().examine(run)]
    [(99, 4060.0, 'seconds without a line', 'warning')]

    **References** SageMaker Debugger's StalledTrainingRule (1800 s by default); epokio (180 s).
    """

    evidence = (("gaps", "more"), ("least", "more"))

    gaps: float = 10.0
    least: float = 600.0

    def __post_init__(self) -> None:
        within(self, "gaps", 2, 10_000, "times the median gap")
        within(self, "least", 1, 1_000_000, "seconds")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None or main[1].wall_times is None or len(main[1]) <= _LEAST:
            return
        name, series = main
        times, sizes, ends = _clock(series)
        if len(times) <= _LEAST:
            return
        gaps = np.diff(times)
        each = gaps / sizes[1:]
        usual = level(each, 1.0)
        longest = np.maximum.accumulate(gaps - (sizes[1:] - 1) * usual)
        limit = np.maximum(np.maximum(self.gaps * usual, 2 * longest), self.least)
        # Within a block of many lines only what outlasts all of them shows.
        silence = gaps[1:] - (sizes[2:] - 1) * usual[:-1]
        long = (silence > limit[:-1]) & (silence > (sizes[2:] - 1) * usual[:-1])
        long[: _LEAST - 1] = False
        for at in np.flatnonzero(long).tolist():
            yield self._finding(run, name, series, int(ends[at + 1]), int(ends[at + 2]),
                                float(silence[at]), float(limit[at]), Severity.INFO)  # fmt: skip
        if run.observed_at is None or run.ending is not None or has_ended(run, series):
            return
        quiet = run.observed_at - _newest(run, times)
        if quiet > limit[-1]:
            ended = quiet > times[-1] - times[0]
            last = len(series) - 1
            yield self._finding(run, name, series, last, last, quiet, float(limit[-1]),
                                Severity.INFO if ended else Severity.WARNING, now=True)  # fmt: skip

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved and finding.severity is Severity.WARNING:
            yield Advice(
                Action.RESTORE_CHECKPOINT, "stalled",
                "Nothing has been logged for long: look at the process, and go on from the newest "
                "checkpoint if it hangs or is gone.", _SOURCE, from_step=finding.onset_step,
                sound_step=finding.onset_step,
            )  # fmt: skip

    def _finding(
        self, run: Run, name: str, series: Series, before: int, after: int, silence: float,
        limit: float, severity: Severity, now: bool = False,
    ) -> Finding:  # fmt: skip
        step, told = int(series.steps[before]), int(series.steps[after])
        if now:
            ended = "; it has ended, or hangs" if severity is Severity.INFO else ""
            message = f"No line for {_spoken(silence)} since {run.x_axis} {step}{ended}."
        else:
            message = f"No line for {_spoken(silence)} after {run.x_axis} {step}; then it went on."
        return Finding(
            "stalled",
            severity,
            name,
            *Span(step, told, told, resolved=not now),
            measured=silence,
            limit=limit,
            unit="seconds without a line",
            confidence=0.6 if now and severity is Severity.INFO else 0.9,
            message=message,
        )


def _clock(series: Series) -> tuple[Floats, Floats, Ints]:
    """Time of each block's last line, never going back; lines of each block; their last indices."""
    curve, walls = series.curve, series.wall_times
    assert walls is not None
    ends = curve.starts + curve.sizes - 1
    known = np.isfinite(walls[ends])
    times = np.maximum.accumulate(walls[ends][known])
    return times, curve.sizes[known].astype(np.float64), ends[known]


def _newest(run: Run, times: Floats) -> float:
    """When the newest line of any metric was logged."""
    newest = [float(times[-1])]
    for series in run.metrics.values():
        walls = series.wall_times
        if walls is not None and np.isfinite(walls[-1]):
            newest.append(float(walls[-1]))
    return max(newest)


def _spoken(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"
