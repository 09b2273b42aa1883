"""The learning rate does something that its schedule does not explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._off_plan import climbing, endless, finding, resumed
from lrdoctor.rules._rate import rates_at
from lrdoctor.rules._reading import read
from lrdoctor.rules._span import Span, over_at
from lrdoctor.run import Curve, Floats, Run
from lrdoctor.schedules.jump import TIMES, jumps
from lrdoctor.signals._index import index
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_SOURCE = "Goyal et al., Accurate, Large Minibatch SGD, arXiv 1706.02677: warm up, then decay"
_DECAY = (
    "Hoffmann et al., Training Compute-Optimal Large Language Models, arXiv 2203.15556, "
    "appendix B: a cosine longer than the run by a quarter or more costs loss"
)
_BEGINNING = 20
"""Points within which a loss that rises, or ends, broke at the start."""
_SMOOTH = 10
"""Different rates on the way down that make a decay of its own, rather than a drop or two."""
_LOW = 0.05
"""Share of the peak under which the rate has done its work; schedules with a floor that is meant
(a tenth of the peak, in language models) stay above."""
_STEEP = 5
"""Falls in a row, from point to point, that are a decay as well: drops stand apart."""
_TUNING = "Godbole et al. 2023, Deep Learning Tuning Playbook: warmups of 1 to 10 % of the training"


@dataclass(frozen=True, slots=True)
class ScheduleMismatch(Rule):
    """The learning rate does something that its schedule does not explain.

    **Fires when** one of these holds of the logged rate:

    - it jumps to more than ``jump`` times the rate just before and 1.5 times every former one,
      after 8 points at least or once it has fallen, and no warmup or range test is under way: a
      warning; a first rate that was held for at most a tenth of the plan was a warmup;
    - after a resume it differs by more than ``off`` times from where the schedule, as it was known
      before, would have been, or is again what it was first and a tenth of the peak above that: a
      warning; a lower rate is followed for as long as it climbs, and was a new warmup where it
      comes back to the schedule;
    - at six tenths of the plan it still climbs, as no range test does: a warning;
    - at half or three quarters of the plan, its decay is too long for the run: at the planned end
      the rate would still be above a quarter of its peak, of a curve that ends beyond 1.25 times
      the plan: a warning; of a line: worth knowing, for a high floor may be meant;
    - a smooth decay (10 falls, or 5 from point to point) has ended under a twentieth of the peak,
      and the run has gone on for ``tail`` of its steps since: a warning where the plan has more to
      come, else worth knowing;
    - it began at its peak, and the loss rose or was lost within the first 20 points: worth knowing,
      for a warmup might have saved it, and so might a lower rate.

    Restarts of a cosine or cyclic schedule come back to a former rate, and are expected.

    **Why it matters** The schedule is the plan by which the rate falls as the loss does. A resume
    that forgets its place trains at a rate for which the model is no longer fit; a decay that ends
    early spends the rest of the run on steps too small to matter.

    **Advice** Restore the scheduler's state with the optimizer's; give the schedule the number of
    steps that the run really takes; warm up where the start breaks. Unsafe where the rate was
    changed by hand, on purpose.

    **Parameters**

    - ``jump``: times the rate before, 1.2 to 1000. Default 3.
    - ``off``: times the expected rate, 1.05 to 1000. Default 1.5.
    - ``tail``: share of the steps so far, 0.05 to 0.9. Default 0.2.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.schedule_mismatch import ScheduleMismatch
    >>> from lrdoctor.run import Block, Run
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("lr", np.arange(40), np.where(np.arange(40) < 30, 0.01, 1.0)))
    >>> [(f.onset_step, f.measured, f.unit) for f in ScheduleMismatch().examine(run)]
    [(30, 100.0, 'times the rate before')]

    **References** Goyal et al., arXiv 1706.02677, for warmup. PyTorch's notes on
    ``lr_scheduler.load_state_dict``: a schedule is part of a checkpoint.
    """

    needs = ("lr",)
    evidence = (("jump", "more"),)

    jump: float = TIMES
    off: float = 1.5
    tail: float = 0.2

    def __post_init__(self) -> None:
        within(self, "jump", 1.2, 1000, "times the rate before")
        within(self, "off", 1.05, 1000, "times the expected rate")
        within(self, "tail", 0.05, 0.9, "of the steps so far")

    def examine(self, run: Run) -> Iterator[Finding]:
        series = run.get("lr")
        if series is None or len(series) < 2:
            return
        curve = series.curve.finite()
        if not len(curve):
            return
        rates = np.minimum(np.maximum(curve.values, 0.0), 1e100)
        highest = peak(rates)
        found = [*self._jumps(run, curve, rates, highest), *resumed(run, curve, rates, self.off),
                 *endless(run, curve, rates), *climbing(run, curve, rates),
                 *self._ended(run, curve, rates, highest),
                 *self._unwarmed(run, rates)]  # fmt: skip
        yield from sorted(found, key=lambda f: f.fired_step)

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.clue is Clue.NO_WARMUP:
            yield Advice(
                Action.LENGTHEN_WARMUP, "schedule-mismatch",
                "The run began at its full rate and broke: warm up over the first steps.",
                _SOURCE, from_step=finding.onset_step,
            )  # fmt: skip
        elif finding.clue is Clue.PLAN_TOO_SHORT:
            if not finding.resolved:
                yield Advice(
                    Action.DECAY_LR, "schedule-mismatch",
                    "Give the schedule the number of steps that the run takes, "
                    f"{run.settings.planned_steps}, so that the rate has come down at its end.",
                    _DECAY, from_step=finding.onset_step,
                )  # fmt: skip
        elif finding.clue is Clue.RATE_CLIMBS:
            if not finding.resolved:
                yield Advice(
                    Action.STOP, "schedule-mismatch",
                    "Begin anew with a warmup of a tenth of the run at the most, counted in what "
                    "the scheduler is stepped by, and a last rate below the peak.",
                    _TUNING, from_step=finding.onset_step,
                )  # fmt: skip
        elif finding.severity is Severity.WARNING and not finding.resolved:
            yield Advice(
                Action.RESTORE_CHECKPOINT, "schedule-mismatch",
                f"{finding.message} If that was not meant, go back and restore the schedule.",
                _SOURCE, from_step=finding.onset_step, sound_step=finding.onset_step - 1,
            )  # fmt: skip

    def _jumps(self, run: Run, curve: Curve, rates: Floats, peak: Floats) -> Iterator[Finding]:
        for at in jumps(run, curve, self.jump):
            before = float(rates[at - 1] or peak[at - 1])
            free = over_at(at, rates[at:] <= 1.05 * peak[at - 1])
            yield finding(
                curve, at, at, free, Severity.WARNING, float(rates[at]) / before, self.jump,
                "times the rate before", 0.95,
                f"The learning rate jumped from {rates[at - 1]:.3g} to {rates[at]:.3g}.",
            )  # fmt: skip

    def _ended(self, run: Run, curve: Curve, rates: Floats, peak: Floats) -> Iterator[Finding]:
        """A smooth decay that is over while the run goes on."""
        same = rates[1:] == rates[:-1]
        if not np.count_nonzero(same):
            return
        low = np.zeros(len(rates), np.bool_)
        low[1:] = same
        low &= (rates < _LOW * peak) & (rates > 0)
        if not np.count_nonzero(low):
            return
        held = streak(low)
        fell = np.concatenate([[False], rates[1:] < rates[:-1]])
        smooth = np.cumsum(fell) >= _SMOOTH
        smooth |= np.maximum.accumulate(streak(fell)) >= _STEEP
        begun = index(len(rates)) - held
        steps = curve.steps
        gone = np.maximum(steps - steps[0], 1)
        waited = steps - steps[begun]
        fired = (held > 0) & (waited > self.tail * gone) & smooth
        planned = run.settings.planned_steps
        if not np.count_nonzero(fired):
            return
        at = int(np.argmax(fired))
        if planned is not None and steps[at] > 0.95 * planned:
            return
        free = over_at(at, rates[at:] > 2 * rates[at])
        yield finding(
            curve, int(begun[at]), at, free,
            Severity.INFO if planned is None else Severity.WARNING,
            float(waited[at] / gone[at]), self.tail, "of the steps since the decay ended", 0.8,
            f"The learning rate has stood at {rates[at]:.3g}, {100 * rates[at] / peak[at]:.2g} % "
            f"of its peak, since {run.x_axis} {int(steps[begun[at]])}: its decay ended early.",
        )  # fmt: skip

    def _unwarmed(self, run: Run, rates: Floats) -> Iterator[Finding]:
        """A start at full rate that broke."""
        main = run.main_loss
        if main is None or len(rates) < 2 or rates[1] > 1.05 * rates[0]:
            return
        curve = main[1].curve
        reading = read(curve)
        first = min(_BEGINNING, len(curve))
        lost = curve.non_finite[:first].nonzero()[0]
        few = min(_BEGINNING, len(reading))
        rise = reading.level[:few] - reading.base
        over = rise > 10 * reading.noise[:few]
        if not (np.count_nonzero(over) or len(lost)):
            return
        up = np.flatnonzero((streak(over) >= 5) & (reading.progress[:few] < rise))
        ends = [*(int(curve.steps[i]) for i in lost[:1]), *(int(reading.steps[i]) for i in up[:1])]
        known = rates_at(run, curve.steps[:first])
        if not ends or known is None or (known > 1.05 * rates[0]).any():
            return
        step = min(ends)
        if run.is_first_batch(step):
            return  # no rate had been in force
        at = int(np.searchsorted(curve.steps, step))
        yield Finding(
            "schedule-mismatch", Severity.INFO, "lr",
            *Span(int(curve.first_steps[0]), step, step, resolved=True),
            measured=float(at + 1), limit=float(_BEGINNING),
            unit="points until it broke, without a warmup", confidence=0.6,
            message=f"The run began at its full rate of {rates[0]:.3g}, without a warmup, and "
            f"broke within {at + 1} point{'s' if at else ''}.", clue=Clue.NO_WARMUP,
        )  # fmt: skip
