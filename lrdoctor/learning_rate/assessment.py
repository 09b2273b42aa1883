"""One run's learning rate, judged: schedule, verdict, suggestion, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from lrdoctor import metrics, schedules
from lrdoctor.diagnosis import Finding, LearningRate, Verdict
from lrdoctor.learning_rate.evidence import evidence
from lrdoctor.learning_rate.jump import Jump, before_jump, jump_of
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.optimizers import usual
from lrdoctor.learning_rate.silence import too_short
from lrdoctor.learning_rate.snippets import Written, snippets
from lrdoctor.learning_rate.suggestion import Move, suggest
from lrdoctor.learning_rate.trace import MISSED, MOST_STEPS, optimizer, rates_of, trace_of
from lrdoctor.learning_rate.undone import before, undone
from lrdoctor.learning_rate.verdict import (
    VERDICTS,
    Judgement,
    blocking,
    informed,
    judge,
    never_raised,
)
from lrdoctor.learning_rate.view import View
from lrdoctor.rate import format_rate
from lrdoctor.run import Run
from lrdoctor.schedules import Schedule

PLANNED_POINTS = 60
"""Points that the schedule's future is drawn by."""
_LOST = ("nan", "hidden-nan")
_WORDS = tuple(verdict.value for verdict in VERDICTS)
_SHORT = "The log is too short to judge its learning rate."
_NAMES = {
    "nan": "run of NaN",
    "hidden-nan": "run of NaN",
    "exploding-gradient": "gradient's growth",
}


def assess(run: Run, findings: Sequence[Finding]) -> LearningRate:
    """See ``lrdoctor.learning_rate.assess``."""
    jump = jump_of(run)
    part = before_jump(run)
    value, current = rates = rates_of(part)
    if jump is not None:
        current = rates_of(run)[1]
    schedule = schedules.of(part)
    kind = "unknown" if schedule is None else schedule.kind
    known = partial(
        LearningRate,
        value=value,
        current=current,
        schedule=kind,
        schedule_parameters={} if schedule is None else schedule.parameters,
        schedule_fit=None if schedule is None else schedule.fit,
        planned=_planned(run, schedule),
    )
    why_not = _beyond_judgement(run, kind)
    if why_not is not None:
        return known(reason=why_not)
    if jump is not None:
        findings = [f for f in findings if f.fired_step < jump.step]
    stop = blocking(findings)
    if stop is not None and stop.rule == "nan" and run.is_first_batch(stop.onset_step):
        return known(reason="The loss was no number before any update: its rate had no part in it.")
    harm = undone(run, findings) if jump is None else None
    if harm is not None:
        part, findings = before(run, findings, harm.onset_step)
        stop, rates = blocking(findings), rates_of(part)
    followed = trace_of(part, rates, cut=part is not run)
    if too_short(run, findings):
        return known(reason=_SHORT)
    if followed.missed > MISSED and (stop is None or stop.rule in _LOST):
        return known(reason="The log begins in the middle of the training: what the rate did "
                     "before, it does not tell.")  # fmt: skip
    seen = informed(followed, findings)
    if seen.cut_short and (stop is not None or part is run):
        seen = never_raised(seen, stop)
    fitted = model()
    judgement = judge(seen, fitted)
    move = _rounded(suggest(seen, judgement), value)
    facts = evidence(seen, judgement.verdict, fitted)
    return known(
        verdict=judgement.verdict,
        confidence=judgement.confidence,
        probabilities=_named(seen),
        reason=("" if jump is None else _judged_before(jump, run.x_axis))
        + ("" if harm is None else _judged_calm(harm, run.x_axis))
        + _reason(seen, judgement, move, facts, stop, value)
        + ("" if move is None or move.factor == 1 else _whose(run)),
        evidence=facts,
        **({} if move is None else _moved(value, judgement.verdict, move, run, schedule)),
    )


def _beyond_judgement(run: Run, kind: str) -> str | None:
    """Why no log of such a run tells of its rate; None where one may."""
    if kind == "range-test":
        return "A range test probes many rates; it has no rate to judge."
    if run.is_agent:
        return "An agent's loss tells nothing of its learning rate."
    if run.is_game:
        return "Two networks' losses against each other tell nothing of their rate."
    if run.main_loss is None:
        return "The log holds no loss to judge its learning rate by."
    own = usual(run.settings.optimizer)
    if own is not None and not own.is_rate:
        return f"{own.title} finds its own rate: the logged one is a factor."
    return None


def _rounded(move: Move | None, value: float | None) -> Move | None:
    """The move to a rate of two significant digits, so that every figure told of it agrees."""
    if move is None or value is None or not value > 0 or move.factor == 1:
        return move
    return replace(move, factor=round_rate(value * move.factor) / value)


def _moved(
    value: float | None, verdict: Verdict, move: Move, run: Run, schedule: Schedule | None
) -> dict[str, Any]:
    """The fields that tell where to go."""
    if value is None or not value > 0:
        return {"factor": move.factor}
    suggested = value if verdict is Verdict.OK else float(f"{value * move.factor:.6g}")
    return {
        "suggested": suggested,
        "low": value * move.low,
        "high": value * move.high,
        "factor": suggested / value,
        "snippets": {} if suggested == value else _code(value, suggested, run, schedule),
    }


def _code(old: float, new: float, run: Run, schedule: Schedule | None) -> Mapping[str, str]:
    if not 0 < new < math.inf:
        return {}
    return Written(partial(
        snippets, old, new, schedule=schedule, optimizer=optimizer(run),
        clip=run.settings.gradient_clip, unit="epoch" if run.x_axis == "epoch" else "step",
    ))  # fmt: skip


def round_rate(rate: float) -> float:
    """Two significant digits: more would claim a precision that no log gives."""
    return float(f"{rate:.1e}")


def _planned(run: Run, schedule: Schedule | None) -> tuple[tuple[int, float], ...]:
    """The rest of the schedule, up to the planned step or, where no plan is told, its own end."""
    last = run.last_step
    if schedule is None or schedule.kind == "unknown" or last is None:
        return ()
    end = run.settings.planned_steps or schedule.parameters.get("total_steps", 0.0)
    if not last < end < MOST_STEPS:
        return ()
    return schedule.planned(last, round(end), PLANNED_POINTS)


def _named(seen: View) -> dict[str, float]:
    if not seen.told:
        return {}
    return dict(zip(_WORDS, seen.probabilities.tolist(), strict=True))


def _reason(
    seen: View,
    judgement: Judgement,
    move: Move | None,
    facts: tuple[str, ...],
    stop: Finding | None,
    value: float | None,
) -> str:
    """One sentence: what to do, and the facts that decided."""
    because = "; ".join(facts[:2])
    if not seen.told:
        return _SHORT
    if judgement.verdict is Verdict.UNKNOWN:
        word = "low" if judgement.likeliest is Verdict.TOO_LOW else "high"
        return (f"The log does not tell yet: the rate may be too {word} "
                f"(probability {judgement.confidence:.2f}).")  # fmt: skip
    if judgement.verdict is Verdict.OK or move is None:
        return _sentence("Keep the learning rate", because)
    now = "" if value is None else f" to {format_rate(value * move.factor)},"
    guess = _guess(move, value)
    if judgement.verdict is Verdict.TOO_LOW:
        what = f"Raise the learning rate{now} by a factor of {_figure(move.factor)}"
        return _sentence(what, because) + guess
    if stop is not None and math.isfinite(seen.end):
        because = "; ".join([f"the {_NAMES.get(stop.rule, stop.rule)} is not over", *facts[:2]])
    what = f"Lower the learning rate{now} by a factor of {_figure(1 / move.factor)}"
    return _sentence(what, because) + guess


def _judged_before(jump: Jump, axis: str) -> str:
    old, new = format_rate(jump.old), format_rate(jump.new)
    return f"Judged up to {axis} {jump.step}, where the rate jumped from {old} to {new}. "


def _judged_calm(harm: Finding, axis: str) -> str:
    return f"Judged up to {axis} {harm.onset_step}, where the loss jumped and stayed up. "


def _whose(run: Run) -> str:
    """Which group's rate it is, where the log tells of several that are not the same."""
    own = run.get("lr")
    if own is None or len(run.tags) == 1:
        return ""
    half_way = own.values[len(own) // 2]  # warmups and the ends of decays may differ or be alike
    others = (s for tag, s in run.tags.items() if tag != own.tag and metrics.is_rate(tag))
    if all(math.isclose(s.values[len(s) // 2], half_way, rel_tol=0.01) for s in others if len(s)):
        return ""
    return f" This is {own.tag}: multiply the other groups' rates by the same factor."


def _guess(move: Move, value: float | None) -> str:
    """What to say of a move whose length the log hardly tells."""
    if not move.is_guess:
        return ""
    if value is None:
        low, high = _than_now(move.low), _than_now(move.high)
    else:
        low, high = format_rate(value * move.low), format_rate(value * move.high)
    return (f" How far is a guess: good rates may lie anywhere from {low} to {high}, "
            "which a range test would tell.")  # fmt: skip


def _sentence(what: str, because: str) -> str:
    return f"{what}: {because}." if because else f"{what}."


def _than_now(factor: float) -> str:
    return f"{_figure(1 / factor)} times lower" if factor < 1 else f"{_figure(factor)} times higher"


def _figure(factor: float) -> str:
    rounded = float(f"{factor:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"
