"""Logs that do not tell how their rate did, and what is said of a rate named all the same."""

from __future__ import annotations

from collections.abc import Sequence

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.learning_rate import Examine
from lrdoctor.learning_rate.trace import Trace
from lrdoctor.run import Run

MISSED = 0.05
"""Share of the steps before a log's first row beyond which it tells nothing of the rate. A piece
from the middle of any run looks like one of another rate. Of half the clinic's families, cut at
their beginning by 0, 2, 5, 10, 20 and 50 %, 0, 0.05, 0.07, 0.14, 0.24 and 0.67 of the fine runs
are called wrong, and 0.95, 0.75, 0.70, 0.78, 0.76 and 0.69 of those too high are called so."""


def too_short(run: Run, findings: Sequence[Finding]) -> bool:
    """Whether a log has too few points to judge its rate, and nothing is wrong with them."""
    return run.is_short and all(f.resolved or f.severity is Severity.INFO for f in findings)


def first_guess(told: Sequence[tuple[Run, Trace]], examine: Examine) -> str:
    """A sentence where ``lrdoctor check`` would judge no rate of these runs; "" where it would.

    What is named then is what is usually good, moved by what little there is.
    """
    whys = {_why(run, trace, examine) for run, trace in told}
    if "" in whys:
        return ""
    which = "the log" if len(told) == 1 else "every log so far"
    return f" A first guess: {which} {' or '.join(sorted(whys, reverse=True))}."


def _why(run: Run, trace: Trace, examine: Examine) -> str:
    if trace.broken:
        return ""
    if run.is_short and too_short(run, examine(run)):
        return "is too short to judge its rate"
    return "begins in the middle of its training" if trace.missed > MISSED else ""
