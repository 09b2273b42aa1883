"""The training loss goes up and stays up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import LOSS, Rule, within
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._rising import Sign, learnt, signs_of
from lrdoctor.rules._span import over_at, span
from lrdoctor.run import Curve, Run
from lrdoctor.signals.streak import streak

_SOURCE = "Goodfellow, Bengio and Courville, Deep Learning (2016), sections 8.2.4 and 11.4.1"


@dataclass(frozen=True, slots=True)
class Divergence(Rule):
    """The training loss rises and does not come back.

    **Fires when** one of these holds of the loss's level, its trailing median:

    - it stands above the first loss by ``excess`` + 20 / m noise deviations, for m points in a
      row, m at least ``patience`` and ``share`` of the points so far, and is not falling back; for
      a fifth of them where it had not come two deviations under its start before;
    - it has given back ``given_back`` of the progress made, by ``excess`` deviations, for as long,
      or half of it for twice as long (a warning), which must be twice as far as it has come back
      from before;
    - it has given back a tenth of the progress made, and 8 values in a row are exactly the same;
    - of a loss that begins above zero: the newest half of the values stands four times as high as
      the first, at least ten of them are known, and the newest fifth is not coming down; or of 20
      the newest fifth does, and the newest half stands twice as high;
    - next to all values lie above the first loss (79 in 80; of few, by Student's t; or all of the
      newest, by four times the lower half of their scatter, more of few; or, of skew noise, all the
      way from the lowest), and have not begun to come back, while validation losses do not stand;
    - the mean of the newest half lies four standard errors above the first loss, the level by the
      noise of one loss, and is not falling back; and the validation loss jumps from one evaluation
      to the next by a tenth of that or more: a model at rest keeps its loss on the same data;
    - next to no value lies under the first, and the validation losses have risen from their first
      by half as much at least; or all of them lie above the first loss and jump about by half as
      much as the training losses do: these then scatter as the weights move, not by their batches
      (none of these three where the validation loss has come down nearly all the way it went);
    - no value lies under the first, of 8 that stand for 100 steps or half of the planned ones, or
      of 12 rows; and the level has stood six times as high above it as now, or the gradient norms
      lie a decade apart;
    - it has not come under its best for half of the points so far, at least 60, and has given back
      an eighth of the progress made since then, twice as much as it has come back from before;
    - the learning rate has jumped to three times what it was, above all former ones, and the mean
      of at least three losses since lies three standard errors above the level before, or two
      validation losses three deviations above the last one before;
    - the loss is no longer finite, and it was rising before (at once), or it had made no progress
      (after ``patience`` points).

    The fourth to tenth are warnings, the others critical; and the first is a warning until it has
    lasted for 20 points where nothing had been learnt yet, for many a run rises before it falls.
    Where nothing had been learnt yet, none of those that ask for a loss above the first is told
    while the learning rate is above a third of its peak and still on its way up or down: what a
    high rate throws up may come back as its schedule lowers it. On from there, to a 25th of the
    peak, the fifth to eighth wait as long as a tenth of the rise went in the newest third.
    Where the first step was logged alone, before a coarser rhythm (steps 1, 50, 100, ...), it may
    be one batch among averages: the second point then takes its place. It is resolved when the
    level has been under half of the rise for ``patience`` points, by the fourth sign under 2.5
    times the first loss, and less than ``given_back`` of the progress made before is still lost.

    **Why it matters** The steps are longer than the loss surface allows, and each makes the next
    one worse. Time spent after the onset is lost, and so are the checkpoints written there.

    **Advice** Lower the learning rate and go on from a checkpoint of before the onset. Unsafe to
    follow where the loss is meant to rise: a changed loss weight, harder data, an adversary.

    **Parameters**

    - ``excess``: noise deviations, 1 to 100. Default 4.5.
    - ``given_back``: share of the progress, 0.1 to 10. Default 0.8.
    - ``patience``: points, 2 to 1000. Default 5.
    - ``share``: of the points so far, 0 to 0.5. Default 0.02.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.divergence import Divergence
    >>> from lrdoctor.run import Block, Run
    >>> noise = np.random.default_rng(0).normal(0, 0.05, 200)
    >>> losses = np.concatenate([np.linspace(2.3, 0.5, 100), np.linspace(0.5, 4.0, 100)]) + noise
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.arange(200), losses))
    >>> [(str(f.severity), f.resolved, 100 <= f.onset_step) for f in Divergence().examine(run)]
    [('warning', False, True), ('critical', False, True)]

    **References** Goodfellow, Bengio and Courville, Deep Learning (2016), section 11.4.1: the loss
    rises where the learning rate is too large. Robust deviation: Rousseeuw and Croux, JASA 88
    (1993). Thresholds fitted on 1,021 recorded runs of small networks in 50 families
    (tests/evaluation).
    """

    of_agents = False
    needs = LOSS
    evidence = (("excess", "more"), ("given_back", "more"))

    excess: float = 4.5
    given_back: float = 0.8
    patience: int = 5
    share: float = 0.02

    def __post_init__(self) -> None:
        within(self, "excess", 1, 100, "noise deviations")
        within(self, "given_back", 0.1, 10, "of the progress")
        within(self, "patience", 2, 1000, "points")
        within(self, "share", 0, 0.5, "of the points so far")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None or not len(main[1]):
            return
        name, series = main
        curve = series.curve
        reading = read(curve)
        if len(reading) >= 2:
            yield from self._rises(run, name, reading)
        if lost := self._overflow(name, curve, reading):
            yield lost

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved:
            return
        where = f"{run.x_axis} {finding.onset_step}"
        lost = not np.isfinite(run[finding.metric].values[0])
        if lost and run.is_first_batch(finding.onset_step):
            return  # no step had been made: neither their length nor a checkpoint can mend it
        yield Advice(
            Action.LOWER_LR, "divergence",
            f"The loss rises from {where} on and stays up: the steps are too long.",
            _SOURCE, lr_factor=0.3, from_step=finding.onset_step,
        )  # fmt: skip
        yield Advice(
            Action.RESTORE_CHECKPOINT, "divergence",
            f"Go on from a checkpoint of before {where}; later ones hold the diverged weights.",
            _SOURCE, from_step=finding.onset_step, sound_step=finding.onset_step - 1,
        )  # fmt: skip

    def _rises(self, run: Run, name: str, reading: Reading) -> Iterator[Finding]:
        signs = signs_of(self, run, reading)
        free = 0
        while (first := _first(signs, free, len(reading))) is not None:
            begun = first[0]
            over = self._over(reading, *first)
            yield self._finding(name, reading, first[1], begun, over)
            if first[1].severity is Severity.WARNING:
                # A worse sign than a mere warning is still to be told while that lasts.
                critical = [sign for sign in signs if sign.severity is Severity.CRITICAL]
                worse = _first(critical, begun + 1, min(over + 1, len(reading)))
                if worse is not None:
                    over = self._over(reading, *worse)
                    yield self._finding(name, reading, worse[1], worse[0], over)
            if over == len(reading):
                return
            # What rises again, no higher than before, swings: that is another rule's trouble.
            top = float(reading.level[begun : over + 1].max())
            higher = reading.level > top
            signs = [s._replace(holds=s.holds & higher[: len(s.holds)]) for s in signs]
            free = over + 1

    def _over(self, reading: Reading, at: int, sign: Sign) -> int:
        """The block at which the trouble that fired ``at`` is over; their number where it lasts."""
        low = sign.height[at:] < 0.5 * sign.height[at]
        if learnt(self, reading)[at]:
            # Down from a peak to where training began is no recovery: what it had won is lost.
            lost = reading.level[at:] - reading.best[at]
            low &= lost < self.given_back * reading.progress[at]
        back = np.flatnonzero(streak(low) >= self.patience)
        return at + int(back[0]) if len(back) else len(reading)

    def _finding(self, name: str, reading: Reading, sign: Sign, at: int, over: int) -> Finding:
        now, best = float(reading.level[at]), float(reading.best[at])
        measured = float(sign.measured[at])
        # Of few values, or where the validation losses agree, a lesser share is enough.
        limit = f", limit {sign.limit:g}" if measured >= sign.limit else ""
        onset = _onset(reading, at)
        if sign.earliest is not None:
            onset = max(onset, int(sign.earliest[at]))
        return Finding(
            "divergence",
            sign.severity,
            name,
            *span(reading, onset, at, over),
            measured=measured,
            limit=sign.limit,
            unit=sign.unit,
            confidence=sign.confidence,
            # "Best" is one figure in the summary, that of a single point; this is the curve's low.
            message=f"{name} reached {now:.4g} in the smoothed curve, after a start at "
            f"{reading.start:.4g} and a low of {best:.4g}: {measured:.3g} "
            f"{sign.unit}{limit}.",
        )

    def _overflow(self, name: str, curve: Curve, reading: Reading) -> Finding | None:
        """A loss that has left the range of numbers, where that was no accident of one batch."""
        if len(reading) == len(curve):
            return None  # each block holds a finite point
        gone = streak(curve.non_finite == curve.sizes)
        for first in np.flatnonzero(gone == 1).tolist():
            before = int(np.searchsorted(reading.starts, curve.starts[first]))
            rising = before >= 3 and _rising(reading, before)
            learnt = before >= 3 and bool(
                reading.progress[before - 1] > 2 * reading.noise[before - 1]
            )
            if learnt and not rising:
                continue
            over = over_at(first, gone[first:] == 0)
            fired = first if rising else first + self.patience - 1
            if fired >= len(gone) or gone[fired] != fired - first + 1:
                continue
            in_a_row = int(gone[fired])
            if rising:
                what = f"rose to {reading.values[before - 1]:.4g}, then left the range of numbers"
            elif before:
                what = f"has left the range of numbers for {in_a_row} points in a row"
            else:
                what = f"was no finite number in its first {in_a_row} points"
            return Finding(
                "divergence",
                Severity.CRITICAL,
                name,
                *span(curve, first, fired, over),
                measured=float(in_a_row),
                limit=float(1 if rising else self.patience),
                unit="points in a row that are not finite",
                confidence=0.95 if rising else 0.7,
                message=f"{name} {what}.",
            )
        return None


def _first(signs: list[Sign], begin: int, end: int) -> tuple[int, Sign] | None:
    """The first block in [begin, end) at which a sign holds, and the worst sign that does."""
    found: tuple[int, Sign] | None = None
    for sign in signs:
        holds = sign.holds[begin:end]
        at = int(holds.argmax()) if len(holds) else 0
        if len(holds) and holds[at]:
            found, end = (begin + at, sign), begin + at
    return found


def _onset(reading: Reading, at: int) -> int:
    """The block where the rise began.

    After the last value near the best level, which is right to the point for a jump; or, where
    that is earlier, after the last level in the lowest quarter of the rise, which a slow rise
    leaves long before its last low value.
    """
    best, now = reading.best[at], reading.level[at]
    near = min(0.5 * best + 0.5 * now, best + 3 * reading.noise[reading.best_at[at]])
    low = np.flatnonzero(reading.values[: at + 1] <= near)
    deep = np.flatnonzero(reading.level[: at + 1] <= 0.75 * best + 0.25 * now)
    ends = [int(part[-1]) + 1 for part in (low, deep) if len(part)]
    return min([*ends, at]) if ends else 0


def _rising(reading: Reading, before: int) -> bool:
    """The newest of the first ``before`` values is the highest, and no accident."""
    values = reading.values[:before]
    others = values[:-1]
    leap = values[-1] - others.max() > 0.5 * (others.max() - others.min())
    climb = bool((np.diff(values[-3:]) >= 0).all()) and values[-1] > values[0]
    return bool(leap or climb)
