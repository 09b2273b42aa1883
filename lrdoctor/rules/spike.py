"""A single jump of the training loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rate import format_steps
from lrdoctor.rules import LOSS, Rule, within
from lrdoctor.rules._echo import echoed
from lrdoctor.rules._epoch import epoch_steps, same_place
from lrdoctor.rules._flung import flung, remedy
from lrdoctor.rules._kept import BACK, LEARNT, advice, kept
from lrdoctor.rules._rate import returned
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import Span, over_at, span
from lrdoctor.run import Curve, Floats, Ints, Run, Series
from lrdoctor.signals.level import level
from lrdoctor.signals.peak import peak

_SOURCE = "Chowdhery et al., PaLM, arXiv 2204.02311, section 5.1: batches skipped at loss spikes"
_TOLD = 3
"""Spikes that are told one by one; the last of them then stands for all that follow."""
_RARE = 2.5
"""Times larger than every jump before it that a spike must be: a log whose noise has heavy tails
(batches of one, reinforcement learning) is used to such jumps. For tails that fall with the third
power one run in three of 2,000 points holds such a one by chance."""
_BURST = 100.0
"""Deviations from which on a jump of a loss that has learnt nothing is told whatever came before
it: such a loss stands at one value, and leaves it in bursts. Deviations of its noise, or of most of
its values from where it stands: many bursts are noise themselves."""
_LEAST = 5
"""Points that must come before a spike, or its yardstick is worth nothing. Of 3 to 6 chosen on the
clinic, the families of seed 21 and half of 36 others, whole and in 10, 20 and 50 rows, nothing left
out: 5 tells no other fine run of a spike than 6 does, 4 one more, and neither finds more than 5."""
_FEW = 12
"""Points up to which the bends of the first fall are most of what is known as noise:"""
_CALM = 3
"""no more is meant by it there than the largest of so many steps from one point to the next. Chosen
on the clinic and the families of seed 11; in those of seed 12, which no choice has seen, ten wrong
labels of ten are found (eight without), and one fine run more is told of a spike, for information.
"""
_STAYS = 3
"""Points in a row, all of them far above the level of before, that show a jump which stays. Of
noise with heavy tails one value in some hundred lies so far out, three in a row do not. Of 2, 3 and
4 chosen as ``_LEAST``: 3 tells no other fine run than 4 does, 2 two more."""
_LOWER = 0.5
"""Part of ``height`` that each of them must reach, and more where the loss wanders; or that both a
jump and its echo must. Chosen on the clinic, the families of seed 21 and half of 36 others, nothing
left out: 0.5 and 0.4 find as many faults, 0.5 tells one fine run of 590 more than none would."""
_WAYS = (0, 1, 2)
_SAID = ("", " and has stayed up", ", and val/loss with it")
"""How a spike may be known: by its height alone, by what stays of it, by its echo."""


@dataclass(frozen=True, slots=True)
class Spike(Rule):
    """The training loss jumps up from one point to the next.

    **Fires when** a loss lies more than ``height`` noise deviations above the level just before it,
    by more than ``share`` of the progress made so far, and is 2.5 times larger than any jump before
    (or 100 deviations of most of its values high, where the loss has learnt nothing); or it jumps
    by half of ``height`` and stays up for three points: other labels or data; or it does, and the
    next validation loss jumps as far above its own level: the weights moved. Of the first 12 points
    no more counts as noise than the last three moved from one to the next. On a run that has made
    progress it is a warning where it reaches above the first loss, and from the third on; else
    worth knowing. The third stands for all that follow, and tells how often they come and whether
    at one place of the epoch. One on a run that has made progress is told again, as a warning, once
    five values in a row have kept ``share`` of the progress. It is resolved once
    a loss lies within a third of the jump of the level before. A restart of the schedule (the rate
    returns to where it had been) is expected and not told.

    Or one of the first six losses is 100 times the first, and the newest half of 12 or more has
    come back under four times the first on average, none of it under half, and stands there. It is
    resolved once the level lies under half of the first.

    **Why it matters** One bad batch or one step too long can undo thousands of steps, and what
    recovers once may not recover the next time.

    **Advice** Clip the gradient norm. Look at the batch if spikes come back with the epoch. Lower
    the learning rate if they grow or come more often. Where the loss stays up, compare the batches
    of before and after. Unsafe: skipping batches where the loss is
    right and the data rare.

    **Parameters**

    - ``height``: noise deviations, 3 to 100. Default 10.
    - ``share``: of the progress, 0 to 10. Default 0.2.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.spike import Spike
    >>> from lrdoctor.run import Block, Run
    >>> losses = np.exp(-np.arange(100) / 30) + np.random.default_rng(0).normal(0, 0.01, 100)
    >>> losses[70] += 2
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.arange(100), losses))
    >>> [(f.onset_step, f.resolved, str(f.severity)) for f in Spike().examine(run)]
    [(70, True, 'warning')]

    **References** Chowdhery et al., PaLM, arXiv 2204.02311, section 5.1; Wortsman et al., Stable
    and low-precision training, arXiv 2304.13013, for spikes that follow an outdated second moment.
    """

    of_agents = False
    needs = LOSS
    evidence = (("height", "more"), ("share", "more"))

    height: float = 10.0
    share: float = 0.2

    def __post_init__(self) -> None:
        within(self, "height", 3, 100, "noise deviations")
        within(self, "share", 0, 10, "of the progress")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None:
            return
        name, series = main
        reading = read(series.curve)
        if len(reading) <= _LEAST:
            return
        found = [*self._jumps(run, name, series, reading), flung(name, reading)]
        yield from sorted(filter(None, found), key=attrgetter("fired_step"))

    def _jumps(self, run: Run, name: str, series: Series, reading: Reading) -> Iterator[Finding]:
        """Those from one point to the next, of a loss whose noise is known."""
        curve = series.curve.finite()
        jump = np.minimum(curve.high[1:], 1e100) - reading.level[:-1]
        far = (jump > self.share * reading.progress[:-1]).nonzero()[0]
        far = far[far.searchsorted(_LEAST - 1) :]
        if not len(far):
            return
        deviation = _deviation(curve, reading)
        lower = _LOWER * self.height
        far = far[jump[far] > lower * deviation[far]]
        if not len(far):
            return  # no other is a spike, nor one that stays or is echoed
        high = far[jump[far] > self.height * deviation[far]]
        wide = lower * deviation[far] * reading.wander[far]
        stays = self._stays(reading, far, np.maximum(wide, self.share * reading.progress[far]))
        echo, heard = echoed(run, reading, far, lower, self.share)
        before = np.concatenate([high, stays, echo])
        if not len(before):
            return
        fired = np.concatenate([high + 1, stays + _STAYS, heard])
        how = np.repeat(_WAYS, [len(high), len(stays), len(echo)])
        # In the order in which they are known, for a log that ends earlier must tell the same.
        order = np.lexsort((before, fired))
        order = order[~returned(run, reading)[1:][before[order]]]
        fired, before, how = fired[order], before[order], how[order]
        burst = self._bursts(reading, before, jump, deviation)
        told: list[Finding] = []
        stood: list[Finding] = []
        usual = _usual(jump)
        while True:
            large = burst | (jump[before] > _RARE * usual[before])
            tells = (large | (how > 0)).nonzero()[0]
            if not len(tells):
                break
            one, since = int(before[tells[0]]), int(fired[tells[0]])
            at = one + 1
            back = curve.values[since:] - reading.level[one] < BACK * jump[one]
            free = over_at(since, back)
            when = span(curve, at, since, free)
            if len(told) < _TOLD:
                measured = float(jump[one] / max(deviation[one], 1e-200))
                way = int(how[tells[0]])
                told.append(
                    self._finding(name, series, curve, reading, at, when, measured, way, len(told))
                )
            else:
                told[-1] = replace(told[-1], last_step=when.last_step, resolved=when.resolved)
            if len(stood) < _TOLD:
                still = kept(told[-1], reading, at, since, self.share)
                stood += [] if still is None else [still]
            jump[one:free] = 0.0
            usual = _usual(jump)
            later = (np.arange(len(before)) > tells[0]) & (before >= free)
            fired, before, how, burst = fired[later], before[later], how[later], burst[later]
        told[_TOLD - 1 :] = [self._tied(run, told, third) for third in told[_TOLD - 1 :]]
        yield from (*told, *stood)

    def _bursts(
        self, reading: Reading, before: Ints, jump: Floats, deviation: Floats
    ) -> NDArray[np.bool_]:
        """Which of the jumps are told whatever came before them, see ``_BURST``."""
        idle = reading.progress[before] <= LEARNT * reading.noise[before]
        if not idle.any():
            return idle
        rest = level(np.abs(reading.values - reading.level), 0.9)
        scatter = np.minimum(deviation[before], rest[before])
        return np.asarray(idle & (jump[before] > _BURST * scatter))

    def _stays(self, reading: Reading, far: Ints, need: Floats) -> Ints:
        """Those of the jumps that the next values keep up by what they need, as far as known."""
        values = reading.values
        if len(values) <= _LEAST + _STAYS:
            return far[:0]
        far = far[: far.searchsorted(len(values) - _STAYS)]
        need = need[: len(far)]
        # From one point to the next: the one before had not begun to climb.
        sudden = values[far] - reading.level[far] < 0.5 * need
        far, need = far[sudden], need[sudden]
        after = np.minimum.reduce([values[far + k] for k in range(1, _STAYS + 1)])
        kept: Ints = far[after - reading.level[far] > need]
        return kept

    def _tied(self, run: Run, told: list[Finding], third: Finding) -> Finding:
        """The third spike, with what the three have in common."""
        steps = [finding.onset_step for finding in told]
        epoch = epoch_steps(run, third.fired_step)
        tied = same_place(steps, epoch)
        if tied:
            common = " All came at the same place of an epoch: look at those batches."
        elif epoch is not None:
            common = " They are not tied to the epoch."
        else:
            common = ""
        apart = (steps[-1] - steps[0]) / (len(steps) - 1)
        return replace(
            third,
            message=f"{third.message} So far one about every {format_steps(apart)} "
            f"{run.x_axis}s.{common}",
            clue=Clue.EVERY_EPOCH if tied else None,
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.severity is Severity.INFO:
            return
        if finding.clue is Clue.STAYED_UP:
            yield from advice(finding, run.x_axis)
            return
        if finding.clue is Clue.THROWN_UP:
            yield from remedy(finding)
            return
        yield Advice(
            Action.CLIP_GRADIENTS, "spike",
            "Clip the gradient norm near its usual size: one batch can then move the weights only "
            "so far.", "Pascanu et al., arXiv 1211.5063", from_step=finding.onset_step,
        )  # fmt: skip
        yield Advice(
            Action.FIX_DATA, "spike",
            f"Look at the batches around {run.x_axis} {finding.onset_step}, and skip them if they "
            "are broken.", _SOURCE, from_step=finding.onset_step,
        )  # fmt: skip

    def _finding(
        self, name: str, series: Series, curve: Curve, reading: Reading, at: int, when: Span,
        measured: float, way: int, earlier: int,
    ) -> Finding:  # fmt: skip
        begin, size = int(curve.starts[at]), int(curve.sizes[at])
        inside = series.values[begin : begin + size]
        peak = begin + int(np.argmax(np.where(np.isfinite(inside), inside, -np.inf)))
        before, top = float(reading.level[at - 1]), float(series.values[peak])
        often = earlier + 1 >= _TOLD
        learnt = reading.progress[at - 1] > LEARNT * reading.noise[at - 1]
        return Finding(
            "spike",
            Severity.WARNING if learnt and (often or top > reading.start) else Severity.INFO,
            name,
            *when._replace(onset_step=int(series.steps[peak])),
            measured=measured,
            limit=_LOWER * self.height if way else self.height,
            unit="noise deviations above the level before",
            confidence=0.9,
            message=f"{name} jumped from {before:.4g} to {top:.4g}"
            + _SAID[way]
            + (", the third spike; it stands for all that follow." if often else "."),
        )


def _usual(jump: Floats) -> Floats:
    """What the log is used to: the largest jump before each, its first moments left out and the
    spikes already told, whose jumps are 0; shape (n,)."""
    largest = np.zeros(len(jump))
    largest[_LEAST + 1 :] = peak(jump[_LEAST:-1])
    return np.maximum(largest, 0.0)


def _deviation(curve: Curve, reading: Reading) -> Floats:
    """What to measure each block's highest value over the level before it in; shape (n - 1,)."""
    # Within a block the highest of many points is compared, so their own scatter counts.
    deviation = reading.noise[:-1].copy()
    first = max(int(curve.sizes.searchsorted(2)) - 1, 0)  # blocks never get smaller
    if first < len(deviation):
        np.maximum(deviation[first:], curve.rough[first:-1], out=deviation[first:])
    values = reading.values[: min(_FEW, len(deviation))].tolist()
    moves = [abs(b - a) for a, b in pairwise(values)]
    for at in range(_CALM, len(values)):
        deviation[at] = min(deviation[at], max(moves[at - _CALM : at]))
    return deviation
