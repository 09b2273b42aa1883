"""What reduce-on-plateau would have done in a run: the frameworks' own counting, on its log."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrdoctor.diagnosis import Json, rounded
from lrdoctor.errors import UsageError
from lrdoctor.rate import format_rate
from lrdoctor.run import Floats, Ints, Run, Series

Style = Literal["pytorch", "keras"]
MOST = 20_000
"""So many evaluations are counted, the newest: a framework looks once per epoch, and a log of
single batches tells what it would have seen only in part."""
EPS = 1e-8
"""PyTorch makes no cut that would change the rate by less."""


@dataclass(frozen=True, slots=True)
class Options:
    """The scheduler's arguments, with the defaults that PyTorch and Keras share."""

    style: Style = "pytorch"
    """``pytorch``: better means lower by the share ``threshold``, and one evaluation more than
    ``patience`` must fail. ``keras``: lower by ``threshold`` itself, and ``patience`` of them."""
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    """Evaluations after a cut during which none is counted as failed."""

    def __post_init__(self) -> None:
        if not 0 < self.factor < 1:
            raise UsageError(f"the factor must lie between 0 and 1, got {self.factor:g}")
        if self.patience < 0 or self.cooldown < 0:
            raise UsageError("patience and cooldown count evaluations: 0 or more")
        if not 0 <= self.threshold < 1:
            raise UsageError(f"the threshold must lie between 0 and 1, got {self.threshold:g}")


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut that would have been made."""

    step: int
    best: float
    """The lowest value up to there, as the scheduler keeps it."""
    best_step: int
    rate: float | None
    """The rate from there on, the run's own one having been cut by this and all before it; None
    where the log tells no rate."""
    fell_on: float | None
    """By which share of itself the best still fell afterwards, without the cut: 0 where it never
    did. None for a best that is not positive."""

    def to_dict(self) -> dict[str, Json]:
        return {
            "step": self.step,
            "best": rounded(self.best),
            "best_step": self.best_step,
            "rate": rounded(self.rate),
            "fell_on": rounded(self.fell_on, 3),
        }


@dataclass(frozen=True, slots=True)
class Simulation:
    """Where a run would have been cut."""

    metric: str
    evaluations: int
    options: Options
    cuts: tuple[Cut, ...]
    reason: str

    def to_dict(self) -> dict[str, Json]:
        return {
            "metric": self.metric,
            "evaluations": self.evaluations,
            "style": self.options.style,
            "factor": self.options.factor,
            "patience": self.options.patience,
            "threshold": self.options.threshold,
            "cuts": [cut.to_dict() for cut in self.cuts],
            "reason": self.reason,
        }


def simulate(run: Run, options: Options | None = None) -> Simulation:
    """Where reduce-on-plateau would have cut this run's rate, and whether too early.

    The validation loss is watched, else the loss that leads. A log tells what would have been done
    and not what the loss would have become; whether it still fell at the uncut rate it does tell.

    Raises:
        UsageError: the run has no loss.
    """
    options = options or Options()
    held_out = run.get("val/loss")
    name, series = ("val/loss", held_out) if held_out is not None else run.main_loss or ("", None)
    if series is None or not len(series):
        raise UsageError("the log tells no loss to watch")
    values, steps = series.values[-MOST:], series.steps[-MOST:]
    cuts = tuple(_cuts(run.get("lr"), values, steps, options))
    told = _reason(name, len(values), cuts, options, run.x_axis)
    return Simulation(name, len(values), options, cuts, told)


def counted(values: Floats, options: Options) -> Iterator[tuple[int, float, int]]:
    """Index of each cut in ``values``, shape (n,), with the best so far and its index.

    Not-a-number is never better. As ``torch.optim.lr_scheduler.ReduceLROnPlateau`` (2.13) and
    ``keras.callbacks.ReduceLROnPlateau`` (3) count.
    """
    needed = max(options.patience + (options.style == "pytorch"), 1)
    best, best_at, failed, cooling = math.inf, 0, 0, 0
    for at, value in enumerate(values.tolist()):
        better = _better(value, best, options)
        failed = 0 if better else failed + 1
        if better:
            best, best_at = value, at
        if cooling:
            cooling -= 1
            # The cooldown's last evaluation may fail in Keras, and none of them in PyTorch.
            failed = int(not better and not cooling and options.style == "keras")
        if failed >= needed:
            yield at, best, best_at
            cooling, failed = options.cooldown, 0


def _better(value: float, best: float, options: Options) -> bool:
    if options.style == "keras":
        # Its ``ops.less`` compares in single precision, which decides ties.
        return bool(np.float32(value + options.threshold) < np.float32(best))
    return value < best * (1.0 - options.threshold)


def _cuts(rates: Series | None, values: Floats, steps: Ints, options: Options) -> Iterator[Cut]:
    for number, (at, best, best_at) in enumerate(counted(values, options), 1):
        step = int(steps[at])
        rate = _rate(rates, step)
        if rate is not None:
            uncut = rate * options.factor ** (number - 1)
            rate = uncut * options.factor
            if options.style == "pytorch" and uncut - rate <= EPS:
                return
        yield Cut(step, best, int(steps[best_at]), rate, _fell_on(values[at:], best))


def _rate(series: Series | None, step: int) -> float | None:
    """The logged rate at a step."""
    if series is None or not len(series):
        return None
    at = max(int(np.searchsorted(series.steps, step, side="right")) - 1, 0)
    rate = float(series.values[at])
    return rate if math.isfinite(rate) and rate > 0 else None


def _fell_on(later: Floats, best: float) -> float | None:
    if not 0 < best < math.inf:
        return None
    lowest = float(np.nanmin(later)) if np.isfinite(later).any() else best
    return max(0.0, 1.0 - lowest / best)


def _reason(metric: str, count: int, cuts: tuple[Cut, ...], options: Options, unit: str) -> str:
    watched = (f"Reduce-on-plateau (factor {options.factor:g}, patience {options.patience}) on "
               f"{metric}")  # fmt: skip
    if not cuts:
        return f"{watched} would have cut nothing in {count:,} evaluation{'s' * (count != 1)}."
    first = cuts[0]
    often = "once" if len(cuts) == 1 else f"{len(cuts)} times"
    to = "" if first.rate is None else f", to {format_rate(first.rate)}"
    said = f"{watched} would have cut the rate {often}, first at {unit} {first.step:,}{to}"
    if first.fell_on is None:
        return f"{said}."
    if first.fell_on > options.threshold:
        return (f"{said}; without that cut the best still fell by {first.fell_on:.2g} of itself, "
                "so a longer patience may do.")  # fmt: skip
    return f"{said}; the loss never came lower after it."
