"""Schedules to train on: which shapes fit, how long to warm up and to decay, and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lrdoctor.diagnosis import Json, rounded
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.optimizers import usual
from lrdoctor.learning_rate.situation import Situation
from lrdoctor.learning_rate.snippets import snippets
from lrdoctor.learning_rate.trace import LEAST, MOST_STEPS
from lrdoctor.schedules import Schedule, drawn

POINTS = 120
"""So many points draw a schedule."""
MOST_WARMUP = 0.1
"""Share of the training that a warmup takes at the most: Godbole et al. 2023, Deep Learning Tuning
Playbook."""
GOYAL = 5 / 90
"""Share of the training that SGD warms up: 5 of 90 epochs in Goyal et al. 2017."""
COOLDOWN = 0.2
"""Share of the training over which a stable rate decays at last: Hagele et al. 2024, figure 5."""
DIV, END, RISE = 25.0, 1e4, 0.3
"""One cycle starts at max/25 and ends at start/1e4 after a rise over 30 %: Smith and Topin 2018 as
PyTorch's OneCycleLR has it."""
WORTH = 0.25
"""Going back to a checkpoint saves so much of a training, or is not proposed: of eight real ones
that were branched earlier, none ended clearly lower than anew, and three ended far higher."""
CUT = 0.1
"""He et al. 2016: the rate is divided by 10."""
PLACES = (0.5, 0.75)
"""Of the training, where it is: 32,000 and 48,000 of 64,000 steps, He et al. 2016, section 4.2."""

_UNTUNED = "Ma and Yarats 2019, arXiv:1910.04209"
_SOURCES = {
    "linear": "Bergsma et al. 2025, arXiv:2502.15938",
    "cosine": "Loshchilov and Hutter 2017, arXiv:1608.03983",
    "wsd": "Hagele et al. 2024, arXiv:2405.18392",
    "one-cycle": "Smith and Topin 2018, arXiv:1708.07120",
    "drops": "He et al. 2016, arXiv:1512.03385",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One schedule to train on."""

    name: str
    title: str
    """In a few words, for a heading."""
    schedule: Schedule = field(repr=False)
    """Counts from ``from_step`` on."""
    from_step: int
    """0: train anew. Else the step of the run at hand from which it goes on."""
    steps: int
    """How long it is."""
    reason: str
    source: str
    snippets: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def rates(self) -> tuple[tuple[int, float], ...]:
        """(step, rate) of the run's own steps, to be drawn."""
        ahead = self.schedule.planned(0, self.steps, POINTS)
        return tuple((self.from_step + step, rate) for step, rate in ahead)

    def to_dict(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "title": self.title,
            "from_step": self.from_step,
            "steps": self.steps,
            "base": rounded(self.schedule.base),
            "parameters": {k: rounded(v) for k, v in self.schedule.parameters.items()},
            "reason": self.reason,
            "source": self.source,
            "rates": [[step, rounded(rate)] for step, rate in self.rates],
            "snippets": dict(self.snippets),
        }


def propose(at: Situation) -> tuple[Proposal, ...]:
    """Schedules that fit, the best first: those to go on with from here, then those to start anew.

    Raises:
        UsageError: the base rate or the number of steps is not a positive number, or not finite.
    """
    if not 0 < at.base < math.inf or not 1 <= at.total < MOST_STEPS:
        raise UsageError(
            "the rate and the steps must be above 0, and the steps fewer than 2**53: got "
            f"{at.base:g} and {str(at.total)[:20]}"
        )
    return tuple(_with_code(one, at) for one in (*_going_on(at), *_anew(at)))


def warmup(at: Situation) -> tuple[int, str, str]:
    """Steps to warm up over, why so many, and whose rule that is."""
    known = usual(at.optimizer)
    most = round(MOST_WARMUP * at.total)
    if most < 1:
        return 0, "no warmup in so short a training", "Godbole et al. 2023"
    if at.rough_start:
        return (
            most,
            "a tenth of the training, for the run broke at its start",
            "Godbole et al. 2023",
        )
    if known is not None and known.name == "radam":
        return 0, "no warmup, for RAdam warms itself up", "Liu et al. 2020, arXiv:1908.03265"
    if (known is not None and known.scaling == "linear") or at.unit == "epoch":
        steps = min(max(1, round(GOYAL * at.total)), most)
        return steps, "as 5 of 90 epochs are", "Goyal et al. 2017, arXiv:1706.02677"
    untuned = round(2 / (1 - at.beta2))
    if untuned <= most:
        return untuned, f"2 / (1 - beta2) steps with beta2 = {at.beta2:g}", _UNTUNED
    return (
        most,
        "a tenth of the training, short of the 2 / (1 - beta2) steps of Adam's rule",
        _UNTUNED,
    )


def _anew(at: Situation) -> Iterator[Proposal]:
    """From the start, at the base rate.

    A rate to hold is held until the last fifth: of ten real trainings, each at the best of its
    constant rates, that ended below the constant one in all, and lowest of the proposals in nine.
    Linear decays at the same peak ended above the constant one in four.
    """
    known = usual(at.optimizer)
    if not at.told:
        order: Sequence[str] = ("wsd", "linear", "cosine", "one-cycle")
    elif known is not None and known.scaling == "linear":
        order = ("cosine", "drops", "one-cycle", "linear", "wsd")
    else:
        order = ("linear", "cosine", "wsd", "one-cycle")
    if at.held:
        order = sorted(order, key=lambda name: name != "wsd")
    for name in order:
        yield _MADE[name](at)


def _linear(at: Situation) -> Proposal:
    steps, why, whose = warmup(at)
    return Proposal(
        "warmup-linear" if steps else "linear", _warm_title(steps, "linear decay to zero"),
        drawn.falling(at.base, at.total, steps), 0, at.total,
        "Down to zero in a straight line ended lowest where the decays of AdamW were compared. "
        f"{_warmed(steps, why, at)}", f"{_SOURCES['linear']}; {whose}",
    )  # fmt: skip


def _cosine(at: Situation) -> Proposal:
    steps, why, whose = warmup(at)
    return Proposal(
        "warmup-cosine" if steps else "cosine", _warm_title(steps, "cosine decay to zero"),
        drawn.falling(at.base, at.total, steps, bend="cosine"), 0, at.total,
        f"The most used decay: long at high rates, gentle at the end. {_warmed(steps, why, at)}",
        f"{_SOURCES['cosine']}; {whose}",
    )  # fmt: skip


def _stable(at: Situation) -> Proposal:
    steps, why, whose = warmup(at)
    decay = max(1, min(round(COOLDOWN * at.total), at.total - steps))
    open_end = (
        ""
        if at.told
        else (
            "Nothing tells when training ends, and this shape need not know before its last fifth. "
        )
    )
    return Proposal(
        "wsd", _warm_title(steps, "stable rate, decay at the end"),
        drawn.stable(at.base, at.total, decay, steps), 0, at.total,
        f"{open_end}As good as a cosine, and training can be made longer: go back to the step "
        f"before the decay. {_warmed(steps, why, at)}", f"{_SOURCES['wsd']}; {whose}",
    )  # fmt: skip


def _one_cycle(at: Situation) -> Proposal:
    rise = max(1, min(round(RISE * at.total), at.total - 1))
    start = at.base / DIV
    return Proposal(
        "one-cycle", "One cycle",
        drawn.one_cycle(at.base, max(at.total, 2), rise, start, start / END), 0, at.total,
        f"For short trainings: up from max/{DIV:g} over {RISE:.0%} of the way, then down to almost "
        f"nothing. Its high rates regularise, so use less of other regularisation.",
        f"{_SOURCES['one-cycle']}; PyTorch's OneCycleLR",
    )  # fmt: skip


def _drops(at: Situation) -> Proposal:
    places = [float(max(1, round(share * at.total))) for share in PLACES]
    return Proposal(
        "drops", "A tenth at a half and at three quarters",
        drawn.drops(at.base, sorted(set(places)), CUT), 0, at.total,
        "The classic of image networks with SGD: hold the rate, then divide it by ten twice.",
        _SOURCES["drops"],
    )  # fmt: skip


_MADE: Mapping[str, Callable[[Situation], Proposal]] = {
    "linear": _linear, "cosine": _cosine, "wsd": _stable, "one-cycle": _one_cycle, "drops": _drops,
}  # fmt: skip


def _going_on(at: Situation) -> Iterator[Proposal]:
    """From where the run is: only for one that is worth going on with.

    The decay to zero comes before the cut: of 12 real trainings on a plateau, branched half way, it
    ended lower in eight and higher in two.
    """
    now = at.current
    if now is None or not now >= LEAST or not at.step > 0 or at.factor > 1:
        return
    if at.factor == 1 and at.back:
        return
    left = at.total - at.step
    if at.factor < 1 and at.old:
        if at.best_step is not None and WORTH * at.total <= at.best_step < at.total:
            yield _cut_back(at, float(f"{at.base * now / at.old:.3g}"), at.best_step)
        return
    if left > 0 and now >= at.base / 2:
        decay = max(1, min(left, round(COOLDOWN * at.total)))
        yield Proposal(
            "cooldown", "Go on, then decay to zero",
            drawn.stable(now, left, decay), at.step, left,
            "The rate has not come down yet, and a decay over the last fifth does as well as a "
            "cosine over the whole.", _SOURCES["wsd"],
        )  # fmt: skip
    if at.stuck and now >= at.base / 2:
        length = left if left > 0 else max(1, round(COOLDOWN * at.step))
        yield Proposal(
            "drop", "Divide the rate by ten now", drawn.constant(now * CUT), at.step, length,
            "The loss has stopped falling at a rate near its peak: what a smaller rate can still "
            "win shows within some hundred steps.", _SOURCES["drops"],
        )  # fmt: skip


def _cut_back(at: Situation, rate: float, back: int) -> Proposal:
    """The rate is too high: from the best checkpoint on, lower, and down to zero by the end."""
    left = max(at.total - back, 1)
    return Proposal(
        "lower", f"Go back to {at.unit} {back:,} and go on lower",
        drawn.falling(rate, left), back, left,
        f"The loss was lowest at {at.unit} {back:,}: where starting anew costs too much, go on "
        "from the checkpoint before it.", _SOURCES["linear"],
    )  # fmt: skip


def _warm_title(steps: int, rest: str) -> str:
    return f"Warmup, {rest}" if steps else rest[0].upper() + rest[1:]


def _warmed(steps: int, why: str, at: Situation) -> str:
    if not steps:
        return f"{why[0].upper()}{why[1:]}."
    return f"Warmup over {steps:,} {at.unit if steps == 1 else at.unit + 's'}: {why}."


def _with_code(one: Proposal, at: Situation) -> Proposal:
    place = f" From {at.unit} {one.from_step:,} on, counted from there." if one.from_step else ""
    return replace(one, snippets=snippets(
        None, one.schedule.base, schedule=one.schedule, optimizer=at.optimizer, unit=at.unit,
        title=f"{one.title}; peak {one.schedule.base:.6g}.{place}",
    ))  # fmt: skip
