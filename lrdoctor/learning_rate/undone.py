"""A run whose loss jumped and stayed up by something else than its rate, and what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from lrdoctor.diagnosis import Clue, Finding
from lrdoctor.learning_rate.figures import LEAST_ROWS
from lrdoctor.learning_rate.jump import before_jump
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.trace import Trace, climbed, rates_of, trace, trace_of
from lrdoctor.learning_rate.verdict import informed
from lrdoctor.learning_rate.view import View, view
from lrdoctor.run import Run

Odds = tuple[float, float, float]
LIKELY = 0.5
"""Probability of a rate too high, by the losses before, from which on it was the likelier cause all
along. Of the clinic's runs, and torch's of seed 21, that were told to break by their rate, 33 of 39
that did so reach it, with rows enough before; of 9 that a fault broke (huge gradients, wrong
labels, dead units) one does."""


def undone(run: Run, findings: Sequence[Finding]) -> Finding | None:
    """The jump since which the loss has stood up though its rate had been calm, or one that it came
    back from, until it has gone on for as long as it had before; None where there is none.

    Args:
        findings: what the rules saw in the run.
    """
    jump = next((f for f in findings if f.clue is Clue.STAYED_UP and _lasts(run, f)), None)
    if jump is None or rate_rose(run, jump):
        return None
    rows, (_, _, high) = seen_by(run, jump.onset_step - 1, len(run.resumes))
    return jump if rows >= LEAST_ROWS and high < LIKELY else None


def _lasts(run: Run, jump: Finding) -> bool:
    first, last = run.first_step, run.last_step
    if not jump.resolved or first is None or last is None:
        return True
    return last - jump.last_step < jump.onset_step - first


def seen_before(run: Run, findings: Sequence[Finding]) -> tuple[Trace, View]:
    """The run's trace, and its view with what the findings say of its rate: of what it was before
    its rate jumped, or its loss was undone."""
    part = before_jump(run)
    jump = undone(run, findings) if part is run else None
    if jump is None:
        told = trace(run)
        return told, informed(told, findings)
    part, findings = before(run, findings, jump.onset_step)
    told = trace_of(part, rates_of(part), cut=True)
    return told, informed(told, findings)


def before(run: Run, findings: Sequence[Finding], step: int) -> tuple[Run, Sequence[Finding]]:
    """The run as it was before ``step``, and what the rules saw in it by then."""
    return run.until(step - 1), [f for f in findings if f.fired_step < step]


@lru_cache(maxsize=16)
def seen_by(run: Run, step: int, resumes: int) -> tuple[int, Odds]:
    """Finite losses up to and with ``step``, and by them the probabilities of a rate too low, good
    and too high. Worked out once, for what lay before does not change but by a resume."""
    told = trace(run.until(step))
    low, ok, high = view(told, model()).probabilities.tolist()
    return len(told), (low, ok, high)


def rate_rose(run: Run, told: Finding) -> bool:
    """Whether the rate rose above all of the first half of what came before."""
    rates = run.get("lr")
    if rates is None:
        return False
    half = int(np.searchsorted(rates.steps, told.onset_step)) // 2
    until = int(np.searchsorted(rates.steps, told.fired_step, side="right"))
    return climbed(rates, max(half, 1), until)
