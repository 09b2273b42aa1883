"""Logs that do not tell how their rate did, and what is said of a rate named all the same."""

from __future__ import annotations

from collections.abc import Sequence

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.learning_rate import Examine
from lrdoctor.learning_rate.trace import MISSED, Trace
from lrdoctor.run import Run


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
