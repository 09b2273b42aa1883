"""The training loss swings up and down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rate import format_steps
from lrdoctor.rules import LOSS, Rule, within
from lrdoctor.rules._bouncing import bouncing
from lrdoctor.rules._epoch import epoch_steps
from lrdoctor.rules._rate import rates_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._repeating import REMEDIES, repeating
from lrdoctor.rules._span import over_at, span
from lrdoctor.rules._swaying import JUMPS, sways
from lrdoctor.run import Floats, Ints, Run
from lrdoctor.signals.best import best
from lrdoctor.signals.level import level
from lrdoctor.signals.turning import turning

_SOURCE = "Smith, Cyclical Learning Rates, arXiv 1506.01186: a ragged loss marks the upper bound"
_MIXED = "LeCun et al., Efficient BackProp (1998), section 4.2: shuffle the examples"
_NEAR = 0.15
"""Part of an epoch by which a period may miss it. Of 1,369 made-up curves that swing with it, as a
sine, a saw or a square under noise, five swings tell 0.75 to a twentieth, 0.94 to this, and 0.95 to
three tenths: the others' swings are not the epoch's (a test draws such curves)."""
_WANDERING = 12.0
"""Noise deviations that a running average may wander without having learnt: neighbours of one that
keeps nine tenths differ so little that its own deviation is 3.8 of theirs, and three of these are
eleven. Of made-up ones that stand still 0.12 are told to swing instead of 0.42."""
_CALM = 9
"""Points of the median that passes over spikes, at most."""
_LEFT = 0.5
"""Part of its first under which a loss no longer jumps about where it began. Of 0.5, 0.67, 0.8 and
0.95 chosen on the clinic, nothing left out: each lets go of the three runs told whose rate is good;
of the 38 told with too high a rate the first lets go of 7, the last of 15."""
_WAVES = 3
"""Turns of the learning rate itself from which on the swings may well be its own: a warmup with its
decay makes one and a single restart two, so with three the rate has come back."""
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, slots=True)
class Oscillation(Rule):
    """The training loss swings up and down instead of falling.

    **Fires when** the loss (a trailing median of 3 to 9 points, which passes over spikes) has made
    ``turns`` swings within the newest half of the points so far, each larger than ``share`` of the
    progress made and than ``noises`` noise deviations, and they or the progress than twelve where
    the loss wanders: so far a running average may that stands still. It is a warning; worth knowing
    only where the learning rate itself goes up and down (a cyclic schedule, restarts). It is
    resolved when no further swing has come for twice the time that the last ``turns`` of them took.
    The message tells whether the period is that of the learning rate, of an epoch (then the order
    of the data is to blame), or of neither.

    Or the loss bounces from point to point: it was thrown above its first value, stays there (the
    divergence rule's test of ranks), and scatters by a quarter of the rise or more.

    Or the training and the validation loss, 8 evaluations at least, both jump by a tenth of their
    height above zero from one to the next, and neither stands a twentieth under its first: so does
    a log by the epoch look whose first row is already thrown up. It is resolved when the loss has
    come to half of its first.

    Or the loss does in each of three whole epochs what it did in the one before: about their common
    trend each correlates with the next, as one pair in two thousand does by chance (Fisher's z of
    3.3, over 16 parts of an epoch, or 8). So do data that are sorted, or come from one source after
    another. The log must tell the epoch beside 8 losses of each. It is resolved when z is under 1.

    **Why it matters** Steps that overshoot the valley keep the loss from settling in it; the
    weights at the end depend on where in the swing the run happens to stop.

    **Advice** Lower or decay the learning rate; lower the momentum. Shuffle the data for each epoch
    where the period is that of an epoch. Unsafe where the loss must swing, as in adversarial
    training.

    **Parameters**

    - ``turns``: swings, 3 to 100. Default 5.
    - ``share``: of the progress, 0.05 to 10. Default 0.4.
    - ``noises``: noise deviations, 1 to 100. Default 4.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.oscillation import Oscillation
    >>> from lrdoctor.run import Block, Run
    >>> index = np.arange(300)
    >>> noise = np.random.default_rng(0).normal(0, 0.02, 300)
    >>> losses = 0.5 + np.exp(-index / 20) + 0.5 * np.sin(index / 8) + noise
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", index, losses))
    >>> [(str(f.severity), f.resolved) for f in Oscillation().examine(run)]
    [('warning', False)]

    **References** Turning points as in rainflow counting, ASTM E1049-85. Smith, arXiv 1506.01186.
    Cohen et al., Gradient Descent at the Edge of Stability, arXiv 2103.00065, for why a short-lived
    rise is normal.
    """

    of_agents = False
    needs = LOSS
    evidence = (("turns", "more"), ("share", "more"), ("noises", "more"))

    turns: int = 5
    share: float = 0.4
    noises: float = 4.0

    def __post_init__(self) -> None:
        within(self, "turns", 3, 100, "swings")
        within(self, "share", 0.05, 10, "of the progress")
        within(self, "noises", 1, 100, "noise deviations")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None:
            return
        reading = read(main[1].curve)
        if not len(reading):
            return
        swing = np.maximum(self.share * reading.progress, self.noises * reading.noise)
        swing = np.maximum(swing, _TINY)
        calm, at, known = self._turns(reading.values, swing)
        swings = self._swings(run, main[0], reading, calm, at, known)
        whole = (bouncing(run, main[0], reading), self._sway(run, main[0], reading),
                 self._repeat(run, main[0], reading))  # fmt: skip
        found = [*swings, *(finding for finding in whole if finding is not None)]
        yield from sorted(found, key=lambda finding: finding.fired_step)

    def _turns(self, values: Floats, swing: Floats) -> tuple[Floats, Ints, Ints]:
        """The calmed curve and its turning points; none where there are fewer than ``turns``."""
        # A median lies no higher than the highest of its nine values, and never under the lowest so
        # far: beyond the last value that is a swing above that it does not swing back up.
        limit = best(values) + swing
        for lag in (1, 2, 4, 1):  # the lowest that any of the nine has to reach
            np.minimum(limit[:-lag], limit[lag:], out=limit[:-lag])
        high = (values >= limit).nonzero()[0][-1:]
        head = slice(int(high[0]) + _CALM if len(high) else 0)
        # After that at most one more turn, a high, can come.
        if len(turning(level(values[head], most=_CALM), swing[head])[0]) + 1 < self.turns:
            return values, np.empty(0, np.int64), np.empty(0, np.int64)
        calm = level(values, most=_CALM)
        return calm, *turning(calm, swing)

    def _swings(
        self, run: Run, name: str, reading: Reading, calm: Floats, at: Ints, known: Ints
    ) -> Iterator[Finding]:
        free = 0
        for last in range(self.turns - 1, len(at)):
            first = last - self.turns + 1
            if known[last] < free or 2 * at[first] < known[last]:
                continue
            if not _beyond(reading, calm, at[first : last + 1], int(known[last])):
                continue
            patience = 2 * int(known[last] - at[first])
            end = _end(known, last, patience, len(reading))
            free = end if end < len(reading) - 1 else len(reading)
            yield self._finding(run, name, reading, calm, at[first : last + 1],
                                int(known[last]), free)  # fmt: skip

    def _sway(self, run: Run, name: str, reading: Reading) -> Finding | None:
        """A loss that jumps about the level it began at, and the validation loss with it."""
        found = sways(run, reading)
        if found is None or not np.count_nonzero(found[0]):
            return None
        holds, jumps = found
        at = int(holds.argmax())
        free = over_at(at, reading.level[at:] < _LEFT * reading.start)
        return Finding(
            "oscillation",
            Severity.WARNING,
            name,
            *span(reading, 0, at, free),
            measured=float(jumps[at]),
            limit=JUMPS,
            unit="of its height, from one validation loss to the next",
            confidence=0.85,
            message=f"{name} jumps about {float(reading.level[at]):.4g} after a start at "
            f"{reading.start:.4g}, and val/loss by {100 * float(jumps[at]):.2g} % of its height "
            "from one to the next.",
        )

    def _repeat(self, run: Run, name: str, reading: Reading) -> Finding | None:
        """A loss that does in every epoch what it did in the one before, unless its rate does."""
        found = repeating(run, name, reading)
        if found is None:
            return None
        fired = int(reading.steps.searchsorted(found.fired_step))
        return None if _waves(run, reading, fired) else found

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved or finding.severity is Severity.INFO:
            return
        if finding.clue in REMEDIES:
            yield Advice(Action.FIX_DATA, "oscillation", REMEDIES[finding.clue], _MIXED,
                         from_step=finding.onset_step)  # fmt: skip
            return
        yield Advice(
            Action.LOWER_LR, "oscillation",
            "The loss swings across its valley instead of settling in it: shorter steps.",
            _SOURCE, lr_factor=0.3, from_step=finding.onset_step,
        )  # fmt: skip

    def _finding(
        self, run: Run, name: str, reading: Reading, calm: Floats, at: np.ndarray, fired: int,
        free: int,
    ) -> Finding:  # fmt: skip
        heights = np.abs(np.diff(calm[at]))
        height = float(np.median(heights))
        progress = float(reading.progress[fired])
        period = 2 * float(reading.steps[at[-1]] - reading.steps[at[0]]) / (len(at) - 1)
        own = _waves(run, reading, fired)
        epoch = epoch_steps(run, int(reading.steps[fired]))
        of_epoch = not own and epoch is not None and abs(period - epoch) <= _NEAR * epoch
        tied = ""
        if own:
            tied = ", as the learning rate does"
        elif epoch is not None:
            tied = ", once an epoch: the order of the data" if of_epoch else ", not with the epoch"
        return Finding(
            "oscillation",
            Severity.INFO if own else Severity.WARNING,
            name,
            *span(reading, at[0], fired, free),
            measured=height / progress if progress > 0 else height,
            limit=self.share,
            unit="of its progress, from high to low" if progress > 0 else "from high to low",
            confidence=0.85,
            message=f"{name} swings by {height:.3g} about every {format_steps(period)} "
            f"{run.x_axis}s{tied}; "
            f"its whole progress is {progress:.3g}.",
            clue=Clue.EVERY_EPOCH if of_epoch else None,
        )


def _beyond(reading: Reading, calm: Floats, at: Ints, known: int) -> bool:
    """Whether swings, or the progress that they are measured by, are more than a wandering."""
    heights = np.abs(np.diff(calm[at]))
    size = max(float(reading.progress[known]), float(np.median(heights)))
    wanders = reading.wander[known] > 1
    return not wanders or size > _WANDERING * float(reading.noise[known])


def _end(known: np.ndarray, last: int, patience: int, length: int) -> int:
    """The block at which the swings are over: ``patience`` blocks after the last close one."""
    newest = int(known[last])
    for later in known[last + 1 :].tolist():
        if later - newest > patience:
            break
        newest = later
    return min(newest + patience, length - 1)


def _waves(run: Run, reading: Reading, fired: int) -> bool:
    """The learning rate itself has gone up and down by then."""
    rates = rates_at(run, reading.steps[: fired + 1])
    if rates is None or not np.isfinite(rates).all():
        return False
    turns, _ = turning(rates, np.full(len(rates), max(0.2 * float(np.ptp(rates)), 1e-300)))
    return len(turns) >= _WAVES
