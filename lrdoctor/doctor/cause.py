"""Why: the cause that a run's symptoms have in common, or the measurement that would tell it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrdoctor.diagnosis import Clue, Finding, LearningRate, Verdict
from lrdoctor.doctor.blame import GREW, above_usual, calm_before, untold, usual_for
from lrdoctor.doctor.death import meaning
from lrdoctor.run import Run

SURE = 0.7
"""A verdict on the learning rate below this probability is no ground to worry anybody and no
cause to name: the other verdicts together hold almost a third. It is calibrated (see
``tests/evaluation/fit_verdict.py``), so of those above it fewer than 3 in 10 are wrong."""
CERTAIN = 0.95
"""Probability of a rate too high from which on the verdict alone is a warning: a log of few rows
hides what the rules look for. Of 0.7 to 0.97 the least at which none of the clinic's fine runs gets
one, whole or in 10, 20 and 50 rows (``coarse.py``). By coefficients that had seen none of them
(commit 53e7d44) 76 of 76 such warnings are right on the 72 families of ``data/more.npz``, by those
of 414a234 47 of 48 on torch's 46. A rate too low costs time alone, and is none: it would tell eight
of torch's 191 fine runs."""

_UNSTEADY = frozenset({"nan", "hidden-nan", "divergence", "oscillation", "spike",
                       "exploding-gradient", "unstable-accuracy"})  # fmt: skip
"""Symptoms of steps that are too long, among other causes."""
_STUCK = frozenset({"flat", "plateau", "slow"})
_LOST = ("nan", "hidden-nan")
_AT_ONCE = (*_LOST, "divergence", "exploding-gradient", "spike")
"""Symptoms that a bad batch, or other data from one step on, bring about at any rate."""
_APART = frozenset({"overfitting", "resume", "stalled", "zero-learning-rate"})
"""Symptoms that no rate too high brings about."""
_CAME_WITH = 2
"""Rows after a resume in which a jump may be its doing: the first holds what came before as well.
"""
_LEAD = 20
"""Points before the onset that a jump of the rate is looked for in, as the rule ``nan`` looks for
what led up to it."""


def cause(run: Run, told: Finding, findings: Sequence[Finding], rate: LearningRate) -> str:
    """What brought ``told`` about, as far as the evidence goes; else what would decide; or nothing.

    Args:
        told: the symptom that the headline names.
        findings: every finding of the run, resolved ones included.
    """
    sure = rate.confidence >= SURE
    if told.rule == "crash":
        return "" if run.ending is None else meaning(run.ending, rate, sure=sure)
    if _overflows(run, told):
        return (
            "the loss itself is a number, so the gradients overflow, as in half precision at a "
            "loss scale too high; a lower one would tell"
        )
    if told.rule in ("nan", "divergence") and run.is_first_batch(told.onset_step):
        return "no update had been made by then; inputs, labels or initial weights are to blame"
    if found := known(run, told, findings, rate):
        return found
    if told.rule in _LOST:
        return _lost(run, told, findings)
    if told.rule == "vanishing-gradient" or (told.rule == "flat" and _no_gradient(run)):
        return (
            "no gradient reaches the weights, as with dead units; the share of activations that "
            "are zero would tell"
        )
    if sure and rate.verdict is Verdict.TOO_LOW and told.rule in _STUCK:
        return _too_low(run, told, rate)
    if told.rule == "overfitting" and not (sure and rate.verdict is Verdict.TOO_LOW):
        return _unlike(run, told) or (
            "too few data for the model; more data or augmentation would tell"
        )
    return _open(run, told, rate)


def _unlike(run: Run, told: Finding) -> str:
    """A validation loss that has never come down: who learns his data by heart first learns."""
    held_out = run.get(told.metric)
    if held_out is None or not len(held_out) or told.onset_step > held_out.steps[0]:
        return ""
    return (
        "too few data for the model, or validation data prepared in another way; the validation's "
        "loss on training data would tell"
    )


def known(run: Run, told: Finding, findings: Sequence[Finding], rate: LearningRate) -> str:
    """The cause that the log itself shows: a jump of the rate, a resume, the order of the data,
    other data from one step on, or a rate that was too high before anything broke; "" where it
    shows none."""
    if found := _jump(run, told) or _forgotten(told, findings) or _order(told, findings):
        return found
    if found := _changed(run, told, findings):
        return found
    if rate.confidence < SURE or rate.verdict is not Verdict.TOO_HIGH or told.rule in _APART:
        return ""
    if told.rule in _LOST and untold(run, told, findings):
        return ""
    if told.rule in _AT_ONCE and calm_before(run, told, findings):
        return ""
    return "the learning rate is too high"


def _jump(run: Run, finding: Finding) -> str:
    """The learning rate's own jump between just before the onset and when that was known."""
    rates = run.get("lr")
    if rates is None or finding.rule not in _UNSTEADY:
        return ""
    at = int(np.searchsorted(rates.steps, finding.onset_step))
    until = int(np.searchsorted(rates.steps, finding.fired_step, side="right"))
    # A warmup's first rows lie far apart; from there on it climbs by small factors, and no factor
    # of 3 between two lines is a climb.
    near = rates.values[max(3, at - _LEAD) : until]
    near = near[np.isfinite(near) & (near > 0)]
    if len(near) < 2:
        return ""
    step = int(np.argmax(near[1:] / near[:-1]))
    if not near[step + 1] > 3 * near[step]:
        return ""
    return f"the learning rate jumped from {near[step]:.3g} to {near[step + 1]:.3g}"


def _forgotten(told: Finding, findings: Sequence[Finding]) -> str:
    """A resume that lost the schedule's place, at or before the onset."""
    lost = [f for f in findings if f.clue is Clue.AFTER_RESUME]
    if told.rule in _UNSTEADY and any(f.onset_step <= told.onset_step for f in lost):
        return "the resume did not restore the learning rate's schedule"
    return ""


def _order(told: Finding, findings: Sequence[Finding]) -> str:
    """Swings or spikes that come back with the epoch."""
    if told.rule == "oscillation" and told.clue is Clue.EVERY_EPOCH:
        return "the data come in the same order every epoch"
    if told.rule in ("spike", "divergence", "oscillation", "flat") and any(
        f.clue is Clue.SAME_BATCHES or (f.rule == "spike" and f.clue is Clue.EVERY_EPOCH)
        for f in findings
    ):
        return "the same batches of every epoch are to blame"
    return ""


def _changed(run: Run, told: Finding, findings: Sequence[Finding]) -> str:
    """What a loss that stands up since one jump may be laid to, where no rate too high led to it.

    A batch that throws the weights off looks the same: both come from one row to the next.
    """
    begun = told.onset_step
    jump = next((f for f in findings if f.clue is Clue.STAYED_UP
                 and f.onset_step <= told.fired_step and begun <= f.fired_step), None)  # fmt: skip
    if jump is None or told.rule not in _AT_ONCE or not calm_before(run, jump, findings):
        return ""
    steps = run[jump.metric].steps
    before = int(steps[max(int(np.searchsorted(steps, jump.onset_step)) - _CAME_WITH, 0)])
    if any(before <= resume.step <= jump.onset_step for resume in run.resumes):
        return (
            "it came with a resume, which may have lost the optimizer's state, or brought other "
            "data; the first batches after it would tell"
        )
    other = "labels or inputs" if run.get("lr") is not None else "the rate, labels or inputs"
    return (
        f"{other} changed there, or one batch threw the weights off; the batches of that step "
        "would tell"
    )


def _lost(run: Run, told: Finding, findings: Sequence[Finding]) -> str:
    """A NaN that the learning rate does not explain."""
    if told.clue is Clue.RATE_ROSE:
        return "the rate was rising; the inputs of that step, or a run at a lower peak, would tell"
    if told.clue in GREW:
        return "it grew before, so the steps were too long or the inputs too large"
    if _overflowed(run, told.onset_step):
        return "half precision overflowed: the gradient norm had been infinite before"
    if untold(run, told, findings):
        return (
            "too little was logged before it: a rate too high, NaN among the inputs and an "
            "overflow look the same, and a run at a tenth of the rate would tell"
        )
    return "a bad batch or an overflow; the inputs of that step would tell"


def _too_low(run: Run, told: Finding, rate: LearningRate) -> str:
    """A loss that stands still at a rate that mostly moves one may lack a gradient as well.

    Of the clinic's flat runs, and torch's of seed 21, that are told so, one in 450 has dead units
    where the rate lies below the usual range, and 19 in 92 within it.
    """
    if rate.value == 0:
        return "the learning rate is zero"
    owner = usual_for(run, rate) if told.rule == "flat" else ""
    if not owner:
        return "the learning rate is too low"
    return (
        f"the learning rate is too low or, for it is usual for {owner}, units are dead or frozen; "
        "the share of activations that are zero, or a run at ten times the rate, would tell"
    )


def _overflowed(run: Run, step: int) -> bool:
    """The gradient norm was infinite, and finite again, before: a loss scaler skipped steps."""
    norms = run.get("grad_norm")
    if norms is None or not norms.non_finite:
        return False
    before = norms.values[: int(np.searchsorted(norms.steps, step))][-2000:]
    over = np.flatnonzero(np.isposinf(before))
    return bool(len(over)) and bool(np.isfinite(before[over[0] :]).any())


def _overflows(run: Run, told: Finding) -> bool:
    """The gradient norm is infinite where every loss is a number."""
    main = run.main_loss
    if told.metric != "grad_norm" or not np.isposinf(told.measured) or main is None:
        return False
    return not main[1].non_finite


def _no_gradient(run: Run) -> bool:
    norms = run.get("grad_norm")
    return norms is not None and len(norms) > 0 and not norms.values[-5:].any()


def _open(run: Run, told: Finding, rate: LearningRate) -> str:
    """The measurement that decides between causes, where the log does not."""
    if told.rule in ("divergence", "spike", "oscillation"):
        if run.get("grad_norm") is None:
            return "the rate or the data is to blame, and logging the gradient norm would tell"
        return "the rate or the data is to blame, and a run at a third of the rate would tell"
    if told.rule == "flat":
        if run.get("grad_norm") is None:
            return "the rate or the model is to blame, and logging the gradient norm would tell"
        other = "a tenth of" if above_usual(run, rate) else "ten times"
        return f"the rate or the data is to blame, and a run at {other} the rate would tell"
    return ""
