"""What a schedule is proposed for: the rate, the length, the optimizer, and where a run stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrdoctor.diagnosis import Action, LearningRate, Verdict
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import finder
from lrdoctor.learning_rate.descent import moving_mean
from lrdoctor.learning_rate.frameworks.plan import Unit
from lrdoctor.learning_rate.trace import optimizer
from lrdoctor.run import Run, Settings

BETA2 = 0.999
"""Adam's default, Kingma and Ba 2015, arXiv:1412.6980."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a schedule is proposed for."""

    base: float
    """The base rate to train at, the schedule's peak."""
    total: int
    """The last step of the whole training."""
    told: bool = True
    """``total`` is planned. Otherwise nothing tells when training ends."""
    optimizer: str | None = None
    """Canonical name."""
    beta2: float = BETA2
    unit: Unit = "step"
    old: float | None = None
    """The base rate of the run at hand."""
    step: int = 0
    """Where that run is; 0 where there is none."""
    current: float | None = None
    """Its newest rate."""
    factor: float = 1.0
    """What its rate should have been multiplied with."""
    stuck: bool = False
    """Its loss has stopped falling, and a cut of its rate is advised."""
    rough_start: bool = False
    """It broke for want of a warmup."""
    best_step: int | None = None
    """Its best checkpoint; None where it never came below its start."""
    back: bool = False
    """It is to be gone back in: what it holds now is not to be gone on with."""
    held: bool = False
    """The base rate is one to hold, as runs at a constant rate and range tests tell it."""


def of_line(
    run: Run, line: Mapping[str, Any], *, base: float | None = None, steps: int | None = None
) -> Situation:
    """``of`` a run whose diagnosis is at hand as a line of ``lrdoctor check --format jsonl``."""
    told = line["learning_rate"]
    return of(
        run,
        LearningRate(
            value=told["value"], current=told["current"], suggested=told["suggested"],
            factor=told["factor"], verdict=Verdict(told["verdict"]), schedule=told["schedule"],
            schedule_parameters=told["schedule_parameters"],
        ),
        stuck=("plateau", Action.DECAY_LR) in [(a["rule"], a["action"]) for a in line["advice"]],
        rough_start=any(a["action"] == Action.LENGTHEN_WARMUP for a in line["advice"]),
        sound=min((a["sound_step"] for a in line["advice"] if a["sound_step"] is not None),
                  default=None),
        base=base, steps=steps,
    )  # fmt: skip


def of(
    run: Run,
    told: LearningRate,
    *,
    stuck: bool = False,
    rough_start: bool = False,
    sound: int | None = None,
    base: float | None = None,
    steps: int | None = None,
) -> Situation:
    """What the diagnosis of a run says of the schedule that it should have.

    Args:
        told: what is known of its rate.
        stuck: its loss has stopped falling, and a cut of its rate is advised.
        rough_start: it broke for want of a warmup.
        sound: the newest step that it may be gone back to; None: it need not.
        base: the peak to plan for; None: the suggested rate, else the run's own.
        steps: how long training shall be; None: as planned, or as the run's schedule is, or as
            long as the run.

    A range test is no training to go on with: its own suggestion is planned for, over ``steps``.

    Raises:
        UsageError: neither a rate nor a step is known.
    """
    if told.schedule == "range-test":
        return _after_test(run, base, steps)
    last, value = run.last_step or 0, told.value
    base = base or told.suggested or value
    if base is None or not 0 < base < math.inf:
        raise UsageError("the log tells no learning rate: give one with --rate")
    planned = steps or run.settings.planned_steps or told.schedule_parameters.get("total_steps")
    known = bool(steps) or (planned is not None and planned >= last)
    total = round(planned) if known and planned else last
    if total < 1:
        raise UsageError("the log tells no step: give the number of steps with --steps")
    best, back = _best_step(run), sound is not None and sound < last
    if best is not None and sound is not None:
        best = min(best, sound)
    judged = told.factor is not None and told.verdict is not Verdict.UNKNOWN
    return Situation(
        base=base, total=total, told=known, optimizer=optimizer(run),
        beta2=_beta2(run.settings),
        unit="epoch" if run.x_axis == "epoch" else "step",
        old=value, step=last, current=told.current,
        factor=told.factor if judged and told.factor else 1.0,
        stuck=stuck,
        rough_start=rough_start,
        best_step=best,
        back=back,
        held=told.schedule in ("constant", "warmup-constant"),
    )  # fmt: skip


def _after_test(run: Run, base: float | None, steps: int | None) -> Situation:
    if steps is None:
        raise UsageError("a range test does not tell how long training shall be: "
                         "give the number of steps with --steps")  # fmt: skip
    base = base or finder.range_test(run).value
    if base is None:
        raise UsageError("the range test tells no learning rate: give one with --rate")
    beta2 = _beta2(run.settings)
    return Situation(base, steps, optimizer=optimizer(run), beta2=beta2, held=True)


def _best_step(run: Run) -> int | None:
    """The middle of the tenth of the losses whose mean was lowest; None where it is not clearly,
    by two deviations, below the first tenth's.

    A single loss may be low by its batch alone, in weights that are damaged already.
    """
    main = run.main_loss
    if main is None:
        return None
    curve = main[1].curve.finite()
    if not len(curve):
        return None
    width = max(1, len(curve) // 10)
    calm = moving_mean(curve.values, width)
    at = int(calm.argmin())
    noise = float(curve.values[at : at + width].std()) / math.sqrt(width)
    if calm[at] >= calm[0] - 2 * noise:
        return None
    return int(curve.steps[at + width // 2])


def _beta2(settings: Settings) -> float:
    """As configured (``beta2``, or ``adam_beta2`` as Transformers calls it), else the default."""
    told = settings.hyper_parameters
    value = told.get("beta2", told.get("adam_beta2"))
    usable = isinstance(value, int | float) and 0 < value < 1
    return float(value) if usable and value is not None else BETA2
