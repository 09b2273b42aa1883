"""A metric that is no longer a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lrdoctor import metrics
from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._span import Span
from lrdoctor.run import Curve, Ints, Run, Series
from lrdoctor.signals.streak import streak

_RAMP = "GPU numerics: Micikevicius et al., Mixed Precision Training, arXiv 1710.03740"

_SEEN = 2000
"""Points before the onset in which the beginning of the growth is looked for."""
_CLIMB = 1.5
"""Times higher that the rate must be than at the beginning of the lead, and"""
_LATELY = 3
"""points within which it rose above all before: it still climbed."""


@dataclass(frozen=True, slots=True)
class Nan(Rule):
    """A loss, an accuracy or the gradient norm is NaN or infinite.

    **Fires when** a logged value of a loss, an accuracy or the gradient norm is NaN, +inf or -inf:
    exactly at that point, for each metric. A blank cell is a metric that was not logged, never a
    NaN. It is critical for the training loss (or the only loss there is), a warning elsewhere; of a
    gradient norm only worth knowing, for so a loss scaler finds its scale and skips the step, and a
    warning, told beside, once ``patience`` in a row are not finite. It is resolved once
    ``patience`` finite values follow. The message tells what led up to it: growth of the loss,
    growth of the gradient norm, a rate that still rose, or nothing at all.

    **Why it matters** A NaN in one weight reaches every weight with the next update; what the run
    computes from there on is lost, and a checkpoint saved after it cannot be used.

    **Advice** Stop, and go back to a checkpoint from before the onset; where the loss or the
    gradient norm grew before it, to one from before the growth, and lower the rate. Where nothing
    grew: look at the batch and the loss function (log or division of zero, fp16 overflow). Do both
    if the rate alone still rose. Where the losses before it tell which of the two was to blame, a
    diagnosis advises that one alone.
    Skipping the step (as loss scaling does) is safe only if the weights were not updated.

    **Parameters**

    - ``patience``: finite values that end an episode, points, 1 to 1000. Default 5.
    - ``lead``: points before the onset that are searched for growth, 2 to 1000. Default 20.
    - ``growth``: rise that counts as a lead-up, as a multiple of the median move between
      neighbouring points before it, above 1 and at most 1e6. Default 10.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.nan import Nan
    >>> from lrdoctor.run import Block, Run
    >>> run = Run("demo", "demo.csv", "csv")
    >>> losses = np.array([2.3, 2.1, 2.0, np.nan, np.nan])
    >>> _ = run.add(Block("loss", np.arange(5), losses))
    >>> [(f.metric, f.onset_step, str(f.severity)) for f in Nan().examine(run)]
    [('train/loss', 3, 'critical')]

    **References** Growth before NaN as the first question: the checks of Keras' TerminateOnNaN and
    Composer's NaNMonitor stop at NaN alone; mixed-precision overflow: arXiv 1710.03740.
    """

    patience: int = 5
    lead: int = 20
    growth: float = 10.0

    def __post_init__(self) -> None:
        within(self, "patience", 1, 1000, "points")
        within(self, "lead", 2, 1000, "points")
        if not 1 < self.growth <= 1e6:
            raise ValueError(f"growth is {self.growth}, must be above 1 and at most 1e6")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        found: list[Finding] = []
        for name, series in run.metrics.items():
            if not series.non_finite or metrics.kind(name) not in ("loss", "accuracy", "grad_norm"):
                continue
            severe = main is not None and name == main[0]
            found.extend(self._episodes(run, name, series, severe))
        yield from sorted(found, key=lambda f: (f.fired_step, f.metric))

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved or finding.severity is not Severity.CRITICAL:
            return
        series = run[finding.metric]
        at = int(np.searchsorted(series.steps, finding.onset_step))
        last = int(series.steps[at - 1]) if at else finding.onset_step
        before = self._sound(run, series, at) if at else last
        if at:
            why = (
                "what was saved while it grew is damaged already"
                if before < last
                else "a NaN reaches every weight with the next update"
            )
            yield Advice(
                Action.RESTORE_CHECKPOINT, "nan",
                f"Go back to a checkpoint from {run.x_axis} {before} or earlier: {why}.",
                _RAMP, from_step=before, sound_step=before,
            )  # fmt: skip
        if run.is_first_batch(finding.onset_step):
            yield Advice(
                Action.FIX_DATA, "nan",
                "The first batch gave it, before any update: look for NaN or infinite inputs and "
                "initial weights, labels out of range, log or division of zero, and fp16 overflow.",
                _RAMP,
            )  # fmt: skip
        else:
            yield from self._steps_or_data(run, series, at, before)

    def _steps_or_data(self, run: Run, series: Series, at: int, before: int) -> Iterator[Advice]:
        clue, _ = self._led_up(run, series, at)
        of_rate = clue is Clue.RATE_ROSE
        if clue:
            grew = "The learning rate still rose" if of_rate else (
                "The loss or the gradient norm grew")  # fmt: skip
            yield Advice(
                Action.LOWER_LR, "nan", f"{grew} before the NaN: the steps were too long.",
                "Goodfellow et al., Deep Learning, section 8.2.4", lr_factor=0.3, from_step=before,
            )  # fmt: skip
        if not clue or of_rate:
            grew = "Nothing else" if of_rate else "Nothing"
            yield Advice(
                Action.FIX_DATA, "nan",
                f"{grew} grew before the NaN: look at that batch for NaN or infinite inputs, at "
                "log or division of zero in the loss, and at fp16 overflow.",
                _RAMP, from_step=before,
            )  # fmt: skip

    def _episodes(self, run: Run, name: str, series: Series, severe: bool) -> Iterator[Finding]:
        bad = _non_finite(series)
        breaks = np.flatnonzero(np.diff(bad) > self.patience) + 1
        for part in np.split(bad, breaks):
            first, last = int(part[0]), int(part[-1])
            begun, value = int(series.steps[first]), float(series.values[first])
            what = "NaN" if np.isnan(value) else "infinite"
            clue, lead = self._led_up(run, series, first)
            skipped = name == "grad_norm" and not severe
            mild = Severity.INFO if skipped else Severity.WARNING
            resolved = len(series) - 1 - last >= self.patience
            found = Finding(
                "nan",
                Severity.CRITICAL if severe else mild,
                name,
                *Span(begun, begun, int(series.steps[last]), resolved),
                measured=value,
                limit=float(series.values[first - 1]) if first else 0.0,
                unit="the value itself, and the last one before it",
                confidence=1.0,
                message=f"{name} is {what} from {run.x_axis} {begun}"
                + (f"; {lead} before it." if first else ", its first value."),
                clue=clue,
            )
            yield found
            in_row = streak(np.diff(part, prepend=first) == 1) + 1
            row = np.flatnonzero(in_row == self.patience)
            if skipped and len(row):
                yield replace(
                    found, severity=Severity.WARNING, fired_step=int(series.steps[part[row[0]]])
                )

    def _led_up(self, run: Run, series: Series, at: int) -> tuple[Clue | None, str]:
        """What grew in the points before index ``at``, and the words for it."""
        if rise := self._rise(series.values[max(0, at - self.lead) : at]):
            return Clue.METRIC_ROSE, f"it {rise}"
        norms = run.get("grad_norm")
        if norms is not None and norms is not series and at:
            stop = int(np.searchsorted(norms.steps, series.steps[at - 1], side="right"))
            if rise := self._rise(norms.values[max(0, stop - self.lead) : stop]):
                return Clue.GRADIENT_ROSE, f"the gradient norm {rise}"
        rates = run.get("lr")
        if rates is not None and at:
            stop = int(np.searchsorted(rates.steps, series.steps[at], side="right"))
            near = rates.values[max(0, stop - self.lead) : stop]
            near = near[np.isfinite(near) & (near > 0)]
            if len(near) > 1 and near[-1] > near[:-_LATELY].max(initial=_CLIMB * near[0]):
                return (
                    Clue.RATE_ROSE,
                    f"the learning rate rose from {near[0]:.3g} to {near[-1]:.3g}",
                )
        return None, "nothing grew"

    def _sound(self, run: Run, series: Series, at: int) -> int:
        """The last step before index ``at`` at which what led up to it had not grown yet."""
        norms = run.get("grad_norm")
        for grown in (series, norms):
            if grown is None:
                continue
            stop = int(np.searchsorted(grown.steps, series.steps[at - 1], side="right"))
            start = max(0, stop - _SEEN)
            values = grown.values[start:stop]
            if not self._rise(values[-self.lead :]):
                continue
            finite = np.flatnonzero(np.isfinite(values))
            calm = values[finite]
            usual = float(np.median(np.abs(np.diff(calm))))
            low = np.flatnonzero(calm <= float(calm.min()) + self.growth * usual)
            return int(grown.steps[start + finite[low[-1]]])
        return int(series.steps[at - 1])

    def _rise(self, values: np.ndarray) -> str:
        finite = values[np.isfinite(values)]
        if len(finite) < 3:
            return ""
        low, newest = float(finite[:-1].min()), float(finite[-1])
        with np.errstate(over="ignore"):
            usual = float(np.median(np.abs(np.diff(finite[:-1])))) if len(finite) > 3 else 0.0
            if not newest - low > self.growth * usual or newest <= float(finite[:-1].max()):
                return ""
        return f"rose from {low:.4g} to {newest:.4g}"


def _non_finite(series: Series) -> Ints:
    """Indices of the values that are not finite, found through the blocks that hold one."""
    curve = series.curve
    end = int(curve.starts[-1] + curve.sizes[-1])
    newest = end + np.flatnonzero(~np.isfinite(series.values[end:]))
    return np.concatenate([_in_blocks(series, curve), newest])


@lru_cache(maxsize=16)
def _in_blocks(series: Series, curve: Curve) -> Ints:
    """Those in complete blocks: found once for each curve, which is a new one when a block comes or
    a point goes."""
    hit = np.flatnonzero(curve.non_finite)
    found = [
        start + np.flatnonzero(~np.isfinite(series.values[start : start + size]))
        for start, size in zip(curve.starts[hit], curve.sizes[hit], strict=True)
    ]
    return np.concatenate([np.empty(0, np.int64), *found])
