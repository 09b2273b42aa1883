"""A loss that stands still by its noise, in a log that else looks like that of a good rate."""

from __future__ import annotations

from dataclasses import replace

from lrdoctor.diagnosis import Clue, Finding, Severity
from lrdoctor.learning_rate.undone import seen_by
from lrdoctor.rules._guessing import guesses
from lrdoctor.rules._reading import read
from lrdoctor.run import Run

LIKELY = 0.5
"""Probability of a good rate, by the log up to then, from which on a loss that stands still is no
trouble yet: where it is the likelier answer. Of the 72 families of ``data/more.npz``, by
coefficients that had seen none of them (commit 53e7d44), 7 of 21 wrong warnings have it and none of
320 right ones; of torch's 46, by others that had seen none of those (414a234), none of 9 and one of
235."""


def doubted(run: Run, finding: Finding) -> Finding:
    """The finding; a flat loss is for information alone where its rate looks like a good one.

    Where single losses scatter farther than there is to win, one that learnt within its first few
    points and one that never did look the same. The rate beside its optimizer's usual ones, its
    schedule and the other metrics tell them apart more often than not. A loss of guessing among
    classes is no floor of anything. What is known when it fires decides, so it stays the same as
    the log grows.
    """
    told = finding.rule == "flat" and finding.severity is not Severity.INFO
    if not told or finding.clue is Clue.ONE_CLASS or _guesses(run, finding):
        return finding
    _, (_, ok, _) = seen_by(run, finding.fired_step, len(run.resumes))
    if ok < LIKELY:
        return finding
    return replace(
        finding,
        severity=Severity.INFO,
        confidence=min(finding.confidence, 1 - ok),
        message=f"{finding.message} All else in this log looks like a rate that trains: what it "
        "wins may be less than its batches scatter by, which a validation loss on more examples "
        "would tell.",
    )


def _guesses(run: Run, finding: Finding) -> bool:
    main = run.main_loss
    if main is None:
        return False
    reading = read(main[1].curve)
    return guesses(run, reading, int(reading.steps.searchsorted(finding.fired_step))) is not None
