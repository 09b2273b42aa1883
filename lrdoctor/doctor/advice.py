"""What to do, out of what the rules advise and what the learning rate's verdict says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lrdoctor.diagnosis import Action, Advice, Finding, LearningRate, Severity, Verdict
from lrdoctor.doctor.cause import SURE
from lrdoctor.doctor.death import halved
from lrdoctor.doctor.headline import active, rank
from lrdoctor.learning_rate.jump import Jump, jump_of
from lrdoctor.run import Run

_GROWTH = {
    "divergence": "the loss began to rise",
    "exploding-gradient": "the gradient norm began to grow",
}
"""Signs that the weights are being damaged, and what to call them."""


def advise(
    run: Run, advised: Mapping[Finding, Sequence[Advice]], rate: LearningRate
) -> tuple[Advice, ...]:
    """One piece of advice an action, from the worst finding that gives it.

    Args:
        advised: each finding, and what its rule advises.
        rate: the verdict on the learning rate; no advice speaks against it.
    """
    if not advised:
        return ()
    jump = jump_of(run)
    findings = sorted(advised, key=lambda f: (not _is(f, jump), rank(f)))
    lost = any(f.severity is Severity.CRITICAL and not f.resolved for f in findings)
    given: dict[Action, Advice] = {}
    for finding in findings:
        for advice in advised[finding]:
            given.setdefault(advice.action, advice)
    if lost or rate.verdict in (Verdict.OK, Verdict.TOO_HIGH):
        # A rate must not be raised on a run that is being lost, whatever else it lacks.
        given.pop(Action.RAISE_LR, None)
    _of_a_break(given, findings, rate)
    if jump is not None:
        given.pop(Action.FIX_DATA, None)  # what broke since is the jump's
        if rate.verdict is Verdict.UNKNOWN:
            given.pop(Action.LOWER_LR, None)  # to take the jump back lowers it
    _by_the_verdict(given, rate)
    smaller = given.get(Action.SMALLER_BATCH)
    if smaller is not None:
        given[Action.SMALLER_BATCH] = halved(smaller, run)
    back = given.get(Action.RESTORE_CHECKPOINT)
    if back is not None:
        given[Action.RESTORE_CHECKPOINT] = _before_the_growth(back, findings, run.x_axis)
    return tuple(given.values())


def _is(finding: Finding, jump: Jump | None) -> bool:
    """Whether it tells of the jump that the run is judged up to: what mends that goes first."""
    return (jump is not None and finding.rule == "schedule-mismatch"
            and finding.onset_step == jump.step)  # fmt: skip


def _by_the_verdict(given: dict[Action, Advice], rate: LearningRate) -> None:
    """No advice against the verdict, and where both move the rate, both by its factor."""
    if rate.verdict in (Verdict.OK, Verdict.TOO_LOW):
        given.pop(Action.LOWER_LR, None)
    back = given.get(Action.RESTORE_CHECKPOINT)
    if rate.verdict is Verdict.TOO_LOW and back is not None and back.rule == "divergence":
        del given[Action.RESTORE_CHECKPOINT]  # nothing had been learnt there that could be lost
    lower, higher = given.get(Action.LOWER_LR), given.get(Action.RAISE_LR)
    if lower is not None and rate.factor is not None and rate.factor < 1:
        given[Action.LOWER_LR] = replace(lower, lr_factor=rate.factor)
    if higher is not None and rate.factor is not None and rate.factor > 1:
        given[Action.RAISE_LR] = replace(higher, lr_factor=rate.factor)


def _of_a_break(
    given: dict[Action, Advice], findings: Sequence[Finding], rate: LearningRate
) -> None:
    """One account of a loss that is no number any more: the verdict's, which has read the losses
    before it. A rate that they acquit is not to be lowered, nor warmed up to. One that is too high
    is to be lowered, and the batch to be looked at only where nothing rose before it."""
    broke = next((f for f in active(findings) if f.rule == "nan"), None)
    if broke is None or broke.severity is not Severity.CRITICAL:
        return
    if rate.verdict is Verdict.OK and Action.FIX_DATA in given:
        given.pop(Action.LOWER_LR, None)
        given.pop(Action.LENGTHEN_WARMUP, None)
    elif rate.verdict is Verdict.TOO_HIGH and rate.confidence >= SURE and rate.factor is not None:
        if Action.LOWER_LR in given and given[Action.LOWER_LR].rule == "nan":
            given.pop(Action.FIX_DATA, None)
        given.setdefault(Action.LOWER_LR, Advice(
            Action.LOWER_LR, "nan", "The loss broke at a learning rate that is too high.",
            "Goodfellow et al., Deep Learning, section 8.2.4", lr_factor=rate.factor,
            from_step=broke.onset_step,
        ))  # fmt: skip


def _before_the_growth(back: Advice, findings: Sequence[Finding], axis: str) -> Advice:
    """Back to before the first sign: what was saved between it and the loss's end is damaged."""
    signs = [f for f in active(findings) if f.rule in _GROWTH]
    first = min(signs, key=lambda f: f.onset_step, default=None)
    if first is None or back.from_step is None or back.from_step <= first.onset_step:
        return back
    reason = (
        f"Go back to a checkpoint of before {axis} {first.onset_step}, where "
        f"{_GROWTH[first.rule]}: later ones are damaged already."
    )
    sound = first.onset_step - 1
    return replace(back, from_step=first.onset_step, sound_step=sound, reason=reason)
