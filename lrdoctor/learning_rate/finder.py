"""A learning-rate range test: one run whose rate only grows, and the rate to use after it.

The test's landmarks are compared with those of recorded tests (``memory``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lrdoctor.diagnosis import Json, Suggestion, rounded
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.landmarks import Landmarks, landmarks, smooth
from lrdoctor.learning_rate.memory import memory
from lrdoctor.learning_rate.snippets import snippets
from lrdoctor.learning_rate.sweep_figures import figures
from lrdoctor.learning_rate.trace import optimizer
from lrdoctor.rate import format_rate
from lrdoctor.run import Floats, Ints, Run

LEAST = 8
"""Fewer points show no turn."""
LEAST_DECADES = 1.0
"""Decades that a range test must span to be read at all."""
COARSE = 4.0
"""Points a decade below which the suggestion is called coarse."""
FAINT = 4.0
"""A fall of fewer noise deviations than this is hardly one."""
DOUBTED = 0.8
"""So much of the chance is left to a test that stopped before its loss turned, or is coarse. Of 435
recorded tests cut before that, to 0.55 of their length or more, 0.64 were good where 0.79 was said,
held out."""
BACKWARDS = 0.35
"""The most that a test can promise whose loss is lowest among the first rates: 7 of 20 recorded
ones were good, held out."""

UNTOLD = (
    "The log tells no optimizer: lrdoctor range-test --optimizer NAME is right somewhat more often."
)
"""Of 234 recorded tests, held out by task, the rate is good in 0.79 with it and 0.75 without."""


def sweep(rates: Floats, losses: Floats) -> tuple[Floats, Floats]:
    """Log10 rates and losses of the finite rows, up to the first loss that is not finite."""
    stop = _finite(losses)
    rates, losses = rates[:stop], losses[:stop]
    rising = np.flatnonzero(rates > 0)
    rates, losses = rates[rising], losses[rising]
    if not len(losses):
        return rates, losses
    reach = 1e6 * max(float(np.abs(losses[: max(4, len(losses) // 4)]).max()), 1e-12)
    return np.log10(rates), np.clip(losses, -reach, reach)


@dataclass(frozen=True, slots=True)
class Mark:
    """A turn of the test's curve."""

    rate: float
    loss: float
    """Smoothed."""
    step: int

    def to_dict(self) -> dict[str, Json]:
        return {"rate": rounded(self.rate), "loss": rounded(self.loss), "step": self.step}


@dataclass(frozen=True, slots=True)
class RangeTest:
    """All that a range test shows. ``to_dict`` is what the screen draws."""

    suggestion: Suggestion
    metric: str
    starts_falling: Mark
    steepest: Mark
    lowest: Mark
    blows_up: Mark | None
    """Or gives half of its fall back for good; None where the test stopped before."""
    points: Floats
    """Shape (n, 3): rate, loss as logged, smoothed loss."""
    first: float
    """The rates swept, from and to."""
    last: float
    steps: int
    per_decade: float
    noise: float
    """The noise before the fall, as a share of the fall."""
    broke: bool
    """A loss that is not finite ended it."""
    still_falling: bool
    """Its lowest loss is its end: the best rates may lie above all that were swept."""
    doubts: tuple[str, ...]
    snippets: Mapping[str, str]
    """Lines to paste by framework, at the suggested rate."""

    def to_dict(self) -> dict[str, Json]:
        return {
            "suggestion": self.suggestion.to_dict(),
            "metric": self.metric,
            "starts_falling": self.starts_falling.to_dict(),
            "steepest": self.steepest.to_dict(),
            "lowest": self.lowest.to_dict(),
            "blows_up": None if self.blows_up is None else self.blows_up.to_dict(),
            "points": [[rounded(value) for value in row] for row in self.points.tolist()],
            "first": rounded(self.first),
            "last": rounded(self.last),
            "steps": self.steps,
            "per_decade": rounded(self.per_decade, 3),
            "noise": rounded(self.noise, 3),
            "broke": self.broke,
            "still_falling": self.still_falling,
            "doubts": list(self.doubts),
            "snippets": dict(self.snippets),
        }


def range_test(run: Run) -> Suggestion:
    """See ``lrdoctor.learning_rate.range_test``."""
    return report(run).suggestion


def report(run: Run) -> RangeTest:
    """The suggestion with the landmarks and the curve that it comes from.

    Raises:
        UsageError: the run is no range test, or too short or too coarse to read.
    """
    logged = _logged(run)
    rates, losses = logged.rates, logged.losses
    marks = landmarks(rates, losses, broke=logged.broke)
    band = memory().suggest(figures(rates, losses, marks, optimizer(run)))
    # What was seen to break is no part of a band, whatever recorded tests allowed.
    if marks.turned:
        broken = marks.blow_up if marks.unseen else marks.turn
        band = replace(band, high=max(band.rate, min(band.high, broken)))
    value, low, high = (float(f"{10.0**x:.2g}") for x in (band.rate, band.low, band.high))
    doubts = _doubts(marks, rates)
    confidence = _certainty(band.chance, marks, rates)
    reason = (f"{_course(marks, logged.broke)}. Use {format_rate(value)} as a constant rate (good "
              f"with probability {confidence:.2f}), up to {format_rate(high)} as a one-cycle's "
              "peak.")  # fmt: skip
    wanted = [] if run.settings.optimizer else [UNTOLD]
    calm = smooth(losses)

    def mark(rate: float) -> Mark:
        at = int(np.abs(rates - rate).argmin())
        return Mark(10.0 ** float(rates[at]), float(calm[at]), int(logged.steps[at]))

    return RangeTest(
        suggestion=Suggestion(value, low, high, confidence, " ".join([reason, *doubts, *wanted])),
        metric=logged.metric,
        starts_falling=mark(marks.start),
        steepest=mark(marks.steepest),
        lowest=mark(marks.lowest),
        blows_up=mark(marks.blow_up if marks.blew_up else marks.turn) if marks.turned else None,
        points=np.stack([10.0**rates, losses, calm], axis=1),
        first=10.0 ** float(rates[0]),
        last=10.0 ** float(rates[-1]),
        steps=int(logged.steps[-1] - logged.steps[0]),
        per_decade=marks.per_decade,
        noise=1.0 / marks.drop_to_noise,
        broke=logged.broke,
        still_falling=not marks.blew_up
        and marks.lowest >= marks.end - 0.05 * (marks.end - float(rates[0])),
        doubts=tuple(doubts),
        snippets=snippets(None, value, schedule=None, optimizer=optimizer(run)),
    )


@dataclass(frozen=True, slots=True)
class _Logged:
    """The rows of a test; arrays of shape (n,)."""

    rates: Floats
    """Log10."""
    losses: Floats
    steps: Ints
    metric: str
    broke: bool


def _logged(run: Run) -> _Logged:
    loss, rate = run.main_loss, run.get("lr")
    if loss is None or rate is None or not len(rate):
        raise UsageError(f"{run.path}: a range test needs a loss and the learning rate in its log")
    known = np.isfinite(rate.values)
    at = np.interp(loss[1].steps, rate.steps[known], rate.values[known]) if known.any() else None
    if at is None or np.any(np.diff(at) < -1e-9 * at.max()):
        raise UsageError(f"{run.path}: no range test: its learning rate does not grow throughout")
    rates, losses = sweep(at, loss[1].values)
    whole = _finite(loss[1].values)
    broke = whole < len(loss[1])
    if len(rates) < LEAST:
        few = f"{run.path}: {len(rates)} points are too few to read"
        raise UsageError(f"{few} before a loss that is not finite: start at a lower rate" if broke
                         else f"{few}: log every step")  # fmt: skip
    if rates[-1] - rates[0] < LEAST_DECADES:
        raise UsageError(f"{run.path}: the rates span less than one decade: sweep at least four")
    # ``sweep`` keeps the rows up to the first loss that is not finite, and of them those rated.
    kept = np.flatnonzero(at[:whole] > 0)
    return _Logged(rates, losses, loss[1].steps[kept], loss[0], broke)


def _finite(values: Floats) -> int:
    """How many values come before the first that is not finite."""
    bad = np.flatnonzero(~np.isfinite(values))
    return int(bad[0]) if len(bad) else len(values)


def _course(marks: Landmarks, broke: bool) -> str:
    """What the loss does as the rate grows."""
    end = _end(marks, broke)
    if marks.unseen:
        return " and ".join(["The loss shows no fall above its noise", *end])
    falls = f"The loss falls from a rate of {format_rate(10**marks.start)} on{_steepest(marks)}"
    *more, last = [f"is lowest at {format_rate(10**marks.lowest)}", *end]
    return ", ".join([falls, *more]) + (" and " if more else ", and ") + last


def _steepest(marks: Landmarks) -> str:
    """Nothing where noise is steeper than the fall, which lies elsewhere then."""
    told = marks.start <= marks.steepest <= marks.lowest
    return f", steepest at {format_rate(10**marks.steepest)}" if told else ""


def _end(marks: Landmarks, broke: bool) -> list[str]:
    """Nothing where the test stopped before."""
    if broke:
        return [f"is not finite beyond {format_rate(10**marks.end)}"]
    if marks.blew_up:
        return [f"blows up at {format_rate(10**marks.blow_up)}"]
    return [f"rises again from {format_rate(10**marks.turn)}"] if marks.turned else []


def _certainty(chance: float, marks: Landmarks, rates: Floats) -> float:
    """The chance that recorded tests promise, less where this one is of a kind they are not."""
    if _starts_high(marks, rates):
        return min(chance, BACKWARDS)
    return chance if marks.turned and marks.per_decade >= COARSE else DOUBTED * chance


def _starts_high(marks: Landmarks, rates: Floats) -> bool:
    return marks.lowest <= float(rates[len(rates) // 4])


def _doubts(marks: Landmarks, rates: Floats) -> list[str]:
    """What makes this test hard to trust, a sentence each."""
    out = []
    if not marks.turned:
        end = format_rate(10**marks.end)
        out.append(f"The test ended at {end} before the loss blew up: sweep higher to be sure.")
    if _starts_high(marks, rates):
        out.append("The loss is lowest among the first rates: start lower, sweep more slowly.")
    if marks.per_decade < COARSE:
        out.append(f"Only {marks.per_decade:.1f} points a decade: sweep more slowly.")
    if marks.unseen:
        out.append("Sweep more slowly, or in larger batches, so that a fall shows.")
    elif marks.drop_to_noise < FAINT:
        out.append(
            "The loss hardly falls against its noise: sweep more slowly, or in larger batches."
        )
    return out
