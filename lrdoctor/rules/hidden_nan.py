"""The loss is a number only because the logger does not write NaN."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rules import LOSS, Rule, within
from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import Span, episodes, span
from lrdoctor.run import Curve, Floats, Ints, Run, Series
from lrdoctor.signals._index import index
from lrdoctor.signals.level import level
from lrdoctor.signals.streak import streak

_SOURCE = "huggingface/trl#6702: logging_nan_inf_filter writes a NaN loss as 0.0"
_FALL = 0.3
"""Share of the progress by which a loss must fall below its level, from one point to the next."""
_DEVIATIONS = 8.0
"""And in noise deviations. No step of an optimizer takes a loss so far down and then nowhere."""
_KNOWN = 4
"""Distances between losses that must be known before one can be missing."""
_SHARED = 0.9
"""Share of the loss's steps at which another metric must stand too, to keep time for it."""
_NEVER, _LAST = int(np.iinfo(np.int64).max), math.nextafter(2.0**63, 0)


@dataclass(frozen=True, slots=True)
class HiddenNan(Rule):
    """The loss is a number only because the logger does not write NaN.

    **Fires when** one of these holds:

    - for ``pair`` points in a row the training loss is exactly the same number while the gradient
      norm or the validation loss of those steps is NaN or infinite, the latter only as long as the
      training loss has not moved since. With Hugging Face's
      ``logging_nan_inf_filter`` (on by default) a loss of NaN is written as 0.0;
    - the loss falls from one point to the next, by 0.3 of its progress and eight noise deviations
      below its best, and is exactly the same for ``patience`` points: ClearML writes NaN as 0.0;
    - the loss is no longer logged, for ``silent`` times its usual distance, while another metric
      that stood beside it goes on: Guild AI drops what is not finite. This one is a warning.

    The others are critical: such a log looks like perfect convergence. It is resolved when the loss
    moves again. What cannot be seen: a single NaN step among those that one logged loss averages,
    and a NaN that was written as a mean of what had come before.

    **Why it matters** The run has been lost since then, and its curve says the opposite.

    **Advice** Stop; go back to a checkpoint of before the onset; log with
    ``logging_nan_inf_filter=False``. Unsafe nowhere.

    **Parameters**

    - ``pair``: points, 1 to 1000. Default 2.
    - ``patience``: points, 2 to 1000. Default 5.
    - ``silent``: times the usual distance, 2 to 1000. Default 10.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.hidden_nan import HiddenNan
    >>> from lrdoctor.run import Block, Run
    >>> steps, run = np.arange(0, 300, 10), Run("demo", "demo.json", "json")
    >>> gone = steps >= 200
    >>> _ = run.add(Block("loss", steps, np.where(gone, 0.0, np.exp(-steps / 100))))
    >>> _ = run.add(Block("grad_norm", steps, np.where(gone, np.nan, 1.0)))
    >>> [(f.onset_step, f.fired_step, str(f.severity)) for f in HiddenNan().examine(run)]
    [(200, 210, 'critical')]

    **References** huggingface/trl#6702; transformers ``TrainingArguments.logging_nan_inf_filter``.
    """

    needs = LOSS
    evidence = (("patience", "more"), ("silent", "more"))

    pair: int = 2
    patience: int = 5
    silent: float = 10.0

    def __post_init__(self) -> None:
        within(self, "pair", 1, 1000, "points")
        within(self, "patience", 2, 1000, "points")
        within(self, "silent", 2, 1000, "times the usual distance")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None or len(main[1]) < self.pair:
            return
        name, series = main
        found = [*self._frozen(run, name, series), *self._absent(run, name, series)]
        yield from sorted(found, key=lambda f: f.fired_step)

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved or finding.severity is not Severity.CRITICAL:
            return
        yield Advice(
            Action.STOP, "hidden-nan",
            "The loss is NaN and is logged as a number: stop, and log with "
            "logging_nan_inf_filter=False.", _SOURCE, from_step=finding.onset_step,
        )  # fmt: skip
        yield Advice(
            Action.RESTORE_CHECKPOINT, "hidden-nan",
            f"Go back to a checkpoint of before {run.x_axis} {finding.onset_step}.",
            _SOURCE, from_step=finding.onset_step, sound_step=finding.onset_step - 1,
        )  # fmt: skip

    def _frozen(self, run: Run, name: str, series: Series) -> Iterator[Finding]:
        curve = series.curve.finite()
        if len(curve) < self.pair:
            return
        values = read(series.curve).values
        same = np.zeros(len(curve), np.bool_)
        same[1:] = values[1:] == values[:-1]
        if not np.count_nonzero(same):
            return
        held = streak(same) + 1
        gone = _not_finite_beside(run, curve, held)
        proven = streak(gone & (same | np.append(same[1:], False)))
        shown = gone & (held >= self.pair) & (np.minimum(proven, held) >= self.pair)
        fallen = (held >= self.patience) & _fallen(read(series.curve), held)
        for at, free in episodes(shown | fallen, lambda at: values[at:] != values[at]):
            onset = at + 1 - int(min(proven[at], held[at]) if shown[at] else held[at])
            when = span(curve, onset, at, free)
            seen = "while what is logged beside it is not finite" if shown[at] else "all at once"
            yield Finding(
                "hidden-nan",
                Severity.CRITICAL,
                name,
                *when,
                measured=float(at + 1 - onset),
                limit=float(self.pair if shown[at] else self.patience),
                unit="values in a row exactly the same",
                confidence=0.98 if shown[at] else 0.85,
                message=f"{name} is exactly {float(curve.values[at]):.4g} from {run.x_axis} "
                f"{when.onset_step} on, {seen}: a NaN that is logged as a number.",
                clue=Clue.REPEATED_VALUE,
            )

    def _absent(self, run: Run, name: str, series: Series) -> Iterator[Finding]:
        """The loss is missing where another metric shows that the run goes on."""
        curve = series.curve
        if len(curve) <= _KNOWN:
            return
        newest = max((run[n].steps[-1] for n in ("lr", "grad_norm") if n in run.metrics), default=0)
        moves = curve.steps[1:] - curve.steps[:-1]
        widest = max(int(np.maximum.reduce(moves)), newest - curve.steps[-1])
        if widest <= self.silent:
            return
        gaps = moves / curve.sizes[1:]
        if widest <= self.silent * max(float(gaps.min()), 1.0):
            return
        ends = curve.steps[_KNOWN:]
        due = ends + self.silent * np.maximum(_usual(curve), 1.0) * curve.sizes[_KNOWN:]
        back = np.append(ends[1:], _NEVER)
        first, late = due[0], due <= back  # where the next one is there before is no silence
        # Whole numbers: a long log's steps must not be made floats to be searched.
        due, back = np.minimum(np.ceil(due[late]), _LAST).astype(np.int64), back[late]
        for other in ("lr", "grad_norm"):
            beside = run.get(other)
            if beside is None or beside.steps[-1] < first:
                continue
            at = np.searchsorted(beside.steps, due) + self.patience - 1
            fired = beside.steps[at[at < len(beside)]]
            for step in fired[fired < back[at < len(beside)]].tolist():
                known = int(np.searchsorted(series.steps, step))
                onset = int(series.steps[known - 1])
                if not _keeps_time(beside.steps, series.steps[max(known - 65, 0) : known]):
                    continue
                yield self._silence(name, other, onset, step, series, beside, run.x_axis)
                return

    def _silence(
        self, name: str, other: str, onset: int, fired: int, series: Series, beside: Series,
        axis: str,
    ) -> Finding:  # fmt: skip
        later = series.steps[np.searchsorted(series.steps, fired, side="right") :][:1]
        gone = beside.steps if not len(later) else beside.steps[beside.steps < later[0]]
        return Finding(
            "hidden-nan",
            Severity.WARNING,
            name,
            *Span(onset, fired, int(gone[-1]), bool(len(later))),
            measured=float(
                np.searchsorted(beside.steps, fired) - np.searchsorted(beside.steps, onset)
            ),
            limit=float(self.patience),
            unit="values of another metric since its last",
            confidence=0.6,
            message=f"{name} is not logged after {axis} {onset}, while {other} goes on: some "
            "loggers drop what is not finite.",
        )


@lru_cache(maxsize=16)
def _usual(curve: Curve) -> Floats:
    """The usual distance of two points before each but the first ``_KNOWN`` blocks."""
    gaps = (curve.steps[1:] - curve.steps[:-1]) / curve.sizes[1:]
    return level(gaps, 1.0)[_KNOWN - 1 :]


def _not_finite_beside(run: Run, curve: Curve, held: Ints) -> NDArray[np.bool_]:
    """At each block of the loss, whether a gradient norm or validation loss there is not finite.

    A validation loss may be NaN of its own, as the mean of nothing is: it is the weights' as long
    as the training loss has not moved since it became so.
    """
    gone = np.zeros(len(curve), np.bool_)
    for other in ("grad_norm", "val/loss"):
        beside = run.get(other)
        if beside is None or not beside.non_finite:
            continue
        # The newest one at or before the block's end, if it belongs to the block or was the last.
        at = newest_at(beside.steps, curve.steps)
        known, at = at >= 0, np.maximum(at, 0)
        lost = known & ~np.isfinite(beside.values[at])
        if other == "val/loss" and np.count_nonzero(lost):
            bad = ~np.isfinite(beside.values)
            since = beside.steps[np.maximum(at - streak(bad)[at] + 1, 0)]
            moved = index(len(curve)) - held
            lost &= (moved < 0) | (curve.steps[np.maximum(moved, 0)] <= since)
        gone |= lost
    return gone


def _fallen(reading: Reading, held: Ints) -> NDArray[np.bool_]:
    """Whether the stretch of equal values began with a fall far below all that was before."""
    before = index(len(reading)) - held
    known = np.maximum(before, 0)
    depth = reading.best[known] - reading.values
    deep = depth > _FALL * reading.progress[known]
    deep &= depth > _DEVIATIONS * reading.noise[known]
    return np.asarray(deep & (before >= 4) & (reading.progress[known] > 0), np.bool_)


def _keeps_time(steps: Ints, losses: Ints) -> bool:
    """Whether the newest losses had stood at steps of the other metric."""
    newest = losses[-65:]
    at = np.minimum(np.searchsorted(steps, newest), len(steps) - 1)
    return bool(np.mean(steps[at] == newest) >= _SHARED)
