"""The sentence above everything else: what is wrong, since when, and why as far as is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from lrdoctor.diagnosis import Clue, Finding, Forecast, LearningRate, Severity, Status, Verdict
from lrdoctor.doctor.cause import cause, known
from lrdoctor.doctor.death import died
from lrdoctor.doctor.figures import count
from lrdoctor.doctor.outlook import outlook
from lrdoctor.doctor.standstill import CALM, RESTLESS, standstill
from lrdoctor.ending import End
from lrdoctor.learning_rate.trace import begins_late
from lrdoctor.rules._reading import read
from lrdoctor.run import ENOUGH, Run

EARLY = "before its first figures"
RECENT = 0.25
"""A trouble that is over is still watched while it lies within this share of the run's end."""

_SEVERITIES = tuple(Severity)
# What is told first when several symptoms hold: causes before their consequences.
_ORDER = ("hidden-nan", "nan", "zero-learning-rate", "divergence", "crash", "schedule-mismatch",
          "exploding-gradient",
          "vanishing-gradient", "oscillation", "flat", "overfitting", "unstable-accuracy", "spike",
          "stalled", "slow", "plateau", "clipping", "resume")  # fmt: skip
_SCHEDULES = {
    "constant": "at a constant learning rate",
    "step": "on a step schedule",
    "exponential": "on an exponential schedule",
    "linear": "on a linear schedule",
    "polynomial": "on a polynomial schedule",
    "cosine": "on a cosine schedule",
    "cosine-restarts": "on a cosine schedule with restarts",
    "cyclic": "on a cyclic schedule",
    "one-cycle": "on a one-cycle schedule",
    "inverse-sqrt": "on an inverse-square-root schedule",
    "inverse-time": "on an inverse-time schedule",
    "reduce-on-plateau": "on a reduce-on-plateau schedule",
    "wsd": "on a warmup-stable-decay schedule",
    "warmup-constant": "at a constant learning rate after warmup",
    "warmup-cosine": "on a cosine schedule after warmup",
    "warmup-linear": "on a linear schedule after warmup",
}


def active(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if not f.resolved and f.severity is not Severity.INFO]


def recent(run: Run, findings: Iterable[Finding]) -> list[Finding]:
    """Troubles that are over, but not for long."""
    over = [f for f in findings if f.resolved and f.severity is not Severity.INFO]
    first, last = (run.first_step, run.last_step) if over else (None, None)
    if first is None or last is None:
        return []
    edge = last - RECENT * (last - first)
    return [f for f in over if f.last_step >= edge]


def rank(finding: Finding) -> tuple[int, int, int]:
    severity = _SEVERITIES.index(finding.severity)
    rule = "divergence" if finding.clue is Clue.STAYED_UP else finding.rule
    known_as = _ORDER.index(rule) if rule in _ORDER else len(_ORDER)
    return severity, known_as, finding.onset_step


def told(
    run: Run, status: Status, findings: Sequence[Finding], rate: LearningRate
) -> Finding | None:
    """The finding that the headline tells, or tells first; None where it tells of none."""
    if findings and not run.tags:
        return findings[0]
    if run.main_loss is None or status is Status.TOO_SHORT:
        return None
    return next(iter(_now(findings, rate)), None) or min(
        recent(run, findings), key=rank, default=None
    )


def _now(findings: Sequence[Finding], rate: LearningRate) -> list[Finding]:
    """The troubles that stand, those first that the headline tells first.

    A loss that a rate too low does not move may stand a little above its first value: it stands
    still. One that a jump has brought back to it had moved.
    """
    now = sorted(active(findings), key=rank)
    jumps = [f.onset_step for f in now if f.clue is Clue.STAYED_UP]
    now = [f for f in now if f.rule != "flat" or not any(at < f.fired_step for at in jumps)]
    if rate.verdict is Verdict.TOO_LOW and any(f.rule == "flat" for f in now):
        now = [f for f in now if f.rule not in ("divergence", "oscillation")]
    return now


def headline(
    run: Run,
    status: Status,
    findings: Sequence[Finding],
    rate: LearningRate,
    ahead: Forecast | None = None,
) -> str:
    """The sentence; of a run that is well it also says what is still to come, where that is known.

    Args:
        ahead: where the main loss is going.
    """
    main = run.main_loss
    if findings and not run.tags:
        return _joined(run, findings, findings, rate)
    if main is None and run.is_agent:
        return "These are an agent's rewards: there is no loss to diagnose."
    if main is None:
        names = ", ".join(list(run.metrics)[:5]) or "none"
        return f"No loss is among the logged metrics ({names}): name its column in lrdoctor.toml."
    if status is Status.TOO_SHORT:
        points = "1 point" if count(main[1]) == 1 else f"{count(main[1])} points"
        return f"Only {points} of {main[0]} so far; {ENOUGH} are needed for a diagnosis."
    if now := _now(findings, rate):
        return _joined(run, now, findings, rate)
    if over := told(run, status, findings, rate):
        parts = [_symptom(run, over, over=True)]
        if over.rule != "flat":
            parts.append(f"it held until {_at(run, over.last_step)}")
        return "; ".join(filter(None, [*parts, known(run, over, findings, rate)])) + "."
    if run.is_agent:
        return "No trouble seen. An agent's loss does not show how well it does: see its rewards."
    if run.is_game:
        return "No trouble seen. Two networks' losses against each other show no progress."
    if rate.schedule == "range-test":
        return "A learning-rate range test: read the rate to use off it with lrdoctor range-test."
    schedule = _SCHEDULES.get(rate.schedule, "")
    stands = standstill(run, findings)
    restless = stands is not None and stands[1] > RESTLESS
    if status is Status.WARNING or (status is Status.WATCHING and not restless):
        side = "low" if rate.verdict is Verdict.TOO_LOW else "high"
        how = "Training makes progress, but"
        if not _lower(run):
            how = "The loss stands no lower than at first, and"
        return f"{how} the learning rate looks too {side}."
    how, scatters = "Converging normally", ""
    if stands is not None:
        on, scatter = stands
        calm, since = scatter <= CALM, _at(run, on.onset_step)
        how = f"Converged by {since}" if calm else f"The loss has come no lower since {since}"
        scatters = "" if calm else f"; it scatters by {100 * scatter:.2g} % of its progress"
    if begins_late(run):
        # How far it had come, and whether it ever fell, stood in the lines that are missing.
        start = _at(run, int(main[1].steps[0]))
        how = f"No trouble seen since {start}, where the log begins" if stands is None else how
        return f"{how}; what the training had learnt before, the log does not tell."
    progress = float(read(main[1].curve).progress[-1])
    still = outlook(run, ahead, progress, stands=stands is not None)
    said = " ".join(filter(None, (how, schedule))) + scatters
    return "; ".join(filter(None, (said, still))) + "."


def _lower(run: Run) -> bool:
    """Whether the loss stands below its first value."""
    main = run.main_loss
    reading = None if main is None else read(main[1].curve)
    return reading is not None and len(reading) > 0 and bool(reading.level[-1] < reading.start)


def _joined(
    run: Run, active: Sequence[Finding], findings: Sequence[Finding], rate: LearningRate
) -> str:
    """The first symptom, what it grew out of, and its cause as far as the evidence goes."""
    told = active[0]
    sentence = _symptom(run, told)
    growth = next((f for f in active if f.rule == "divergence"), None)
    if told.rule == "nan" and growth and growth.onset_step >= told.onset_step:
        growth = None  # no more than the break itself
    if told.rule == "nan" and growth:
        sentence = (
            f"{_symptom(run, growth)} and is {_value(told)} from {_at(run, told.onset_step)} on"
        )
    if told.rule != "crash" and (crash := next((f for f in active if f.rule == "crash"), None)):
        sentence = f"{sentence}, and {_uncapitalised(_symptom(run, crash))}"
    own = told.rule == "zero-learning-rate" or (told.rule == "crash" and not _of_the_loss(run))
    why = cause(run, told if own or growth is None else growth, findings, rate)
    return f"{sentence}; {why}." if why else f"{sentence}."


def _of_the_loss(run: Run) -> bool:
    """Whether the training gave up on its loss: what else ends one has a cause of its own."""
    return run.ending is not None and run.ending.kind is End.NOT_FINITE


def _symptom(run: Run, finding: Finding, over: bool = False) -> str:
    since = _at(run, finding.onset_step)
    loss = "The loss" if finding.metric == "train/loss" else finding.metric
    has = "was" if over else "has been"
    link = "from" if over else "since"
    match finding.rule:
        case "nan":
            return f"{loss} {'was' if over else 'is'} {_value(finding)} from {since} on"
        case "divergence":
            return f"{loss} {has} diverging {link} {since}"
        case "flat" if finding.clue is Clue.ONE_CLASS:
            gives = "gave" if over else "has been giving"
            return f"The model {gives} every example the same class {link} {since}"
        case "flat":
            until = _at(run, finding.last_step)
            return (
                f"{loss} did not move until {until}"
                if over
                else f"{loss} has not moved since {since}"
            )
        case "plateau":
            return f"{loss} {'made' if over else 'has made'} no progress {link} {since}"
        case "oscillation":
            return f"{loss} {has} swinging up and down {link} {since}"
        case "spike" if finding.clue is Clue.STAYED_UP:
            return f"{loss} jumped at {since} and {'stayed' if over else 'has stayed'} up"
        case "spike" if finding.clue is Clue.THROWN_UP:
            return f"{loss} was thrown up to {finding.measured:.2g} times its first at {since}"
        case "spike":
            return f"{loss} jumped at {since}"
        case "overfitting":
            falls = "fell" if over else "falls"
            return f"{finding.metric} {has} rising {link} {since} while the training loss {falls}"
        case "hidden-nan" if finding.clue is Clue.REPEATED_VALUE:
            return f"{loss} is NaN from {since} on, and logged as a number"
        case "vanishing-gradient":
            stays = "stayed" if over else "stays"
            return f"The gradient {has} gone {link} {since}, and the loss {stays} up"
        case "unstable-accuracy":
            return f"{finding.metric} {has} jumping about {link} {since}"
        case "crash" if run.ending is not None:
            return f"The training {died(run.ending)} {f'at {since}' if run.tags else EARLY}"
        case "stalled":
            return finding.message.rstrip(".")
        case "exploding-gradient":
            return f"The gradient norm {has} exploding {link} {since}"
        case "zero-learning-rate":
            return f"The learning rate {has} zero {link} {since}"
        case _:
            return finding.message.rstrip(".")


def _uncapitalised(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _value(finding: Finding) -> str:
    return "NaN" if np.isnan(finding.measured) else "infinite"


def _at(run: Run, step: int) -> str:
    return f"{run.x_axis} {step}"
