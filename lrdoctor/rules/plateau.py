"""Progress was made, then it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import LOSS, Rule, within
from lrdoctor.rules._cut import (
    SEEN,
    TINY,
    TO,
    held_up,
    is_near_its_peak,
    known_rates,
    newest_cut,
)
from lrdoctor.rules._left import CONVERGED, still_to_come
from lrdoctor.rules._rate import rates_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import episodes, span
from lrdoctor.run import Run
from lrdoctor.signals._index import newest

_SOURCE = "ReduceLROnPlateau in Keras and PyTorch: factor 0.1 after 10 epochs without improvement"

_NOTHING = 0.0005
"""Share of the progress that is none in words: it rounds to 0.0 %."""


@dataclass(frozen=True, slots=True)
class Plateau(Rule):
    """The training loss made progress and then stopped.

    **Fires when** the level (a trailing median) has come down by more than ``learnt`` noise
    deviations, and by less than ``gain`` of that over the newest ``share`` of at least ``least``
    points. Worth knowing: on a run near its end this is convergence. It is resolved when the level
    has come down by five times ``gain`` more. The message extrapolates the curve as a power law
    (its falls over doublings of the way shrink by one factor): what as many points again would win,
    and the most they may, two standard errors of the newest fall more. It is converged where all to
    come is under 1 % of the progress at the most. And it says what the newest cut of the learning
    rate won; where there was none, the most that a first one may: 2.7 deviations of the loss about
    its fall, or 1 %. How much a cut wins below that cannot be told: of 104 cuts on tasks that
    nothing was fitted on 103 won no more, but where it was above 1 % half of them won a tenth of
    one deviation or less.

    **Why it matters** Either the run is done, and the rest of its time is spent for nothing, or the
    learning rate holds the loss above what the model could reach.

    **Advice** Lower (decay) the learning rate if it still is near its peak and, by the losses now,
    a cut may win 1 % or more (where it may not, none of 56 did); otherwise stop. Unsafe on curves
    that stand still before they fall, as small networks at chance level may.

    **Parameters**

    - ``gain``: share of the progress, 0.001 to 0.5. Default 0.03.
    - ``share``: of the points so far, 0.1 to 0.9. Default 0.5.
    - ``learnt``: noise deviations, 1 to 1000. Default 8.
    - ``least``: points, 10 to 10000. Default 24.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.plateau import Plateau
    >>> from lrdoctor.run import Block, Run
    >>> losses = 1 + np.exp(-np.arange(300) / 10) + np.random.default_rng(0).normal(0, 0.01, 300)
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.arange(300), losses))
    >>> [(str(f.severity), 20 < f.onset_step < 80) for f in Plateau().examine(run)]
    [('info', True)]

    **References** ReduceLROnPlateau (Keras, PyTorch); pytorch/pytorch#30873 for why a fall after a
    spike must not count as a plateau.
    """

    of_agents = False
    needs = LOSS
    evidence = (("gain", "less"),)

    gain: float = 0.03
    share: float = 0.5
    learnt: float = 8.0
    least: int = 24

    def __post_init__(self) -> None:
        within(self, "gain", 0.001, 0.5, "of the progress")
        within(self, "share", 0.1, 0.9, "of the points so far")
        within(self, "learnt", 1, 1000, "noise deviations")
        within(self, "least", 10, 10_000, "points")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None:
            return
        reading = read(main[1].curve)
        n = len(reading)
        if n < self.least:
            return
        back = newest(self.share)(n)
        progress = reading.progress
        gained = reading.best[back] - reading.best
        near = reading.level - reading.best <= 0.2 * progress
        fired = (gained < self.gain * progress) & (progress > self.learnt * reading.noise) & near
        fired[: self.least - 1] = False
        best = reading.best
        lower = 5 * self.gain * progress
        for at, free in episodes(fired, lambda at: best[at:] < best[at] - lower[at]):
            when, share = span(reading, int(back[at]), at, free), float(gained[at] / progress[at])
            yield Finding(
                "plateau",
                Severity.INFO,
                main[0],
                *when,
                measured=share,
                limit=self.gain,
                unit="of the progress made, gained since",
                confidence=0.8,
                message=f"{main[0]} has come {_fall(share)} since {run.x_axis} {when.onset_step}; "
                f"{_outlook(reading, at)}{_cut(run, reading, at)}.",
            )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved:
            return
        steps = run[finding.metric].steps[-1:]
        rates = rates_at(run, steps)
        series = run.get("lr")
        if rates is None or series is None or not np.isfinite(rates[0]):
            return
        reading = read(run[finding.metric].curve)
        worth = held_up(reading, len(reading) - 1) >= CONVERGED
        if worth and rates[0] >= 0.5 * float(np.nanmax(series.values)):
            yield Advice(
                Action.DECAY_LR, "plateau",
                "The loss has stopped falling at a learning rate near its peak: decay it, and see "
                "whether the loss falls on.", _SOURCE, lr_factor=TO,
                from_step=finding.last_step,
            )  # fmt: skip


def _fall(share: float) -> str:
    """A fall by a share of the progress; one that no digit of a log shows is none."""
    if share < _NOTHING:
        return "no lower"
    return f"down by only {100 * share:.2g} % of its progress"


def _outlook(reading: Reading, at: int) -> str:
    """What more of the same would win, and how much at the most."""
    again, ever, unsure = still_to_come(reading, at)
    if ever + unsure < _NOTHING:
        return "converged: nothing more is to come"
    if ever + unsure < CONVERGED:
        return f"converged: {100 * (ever + unsure):.1g} % at the most is still to come"
    most = f"{100 * (again + unsure):.2g} % at the most"
    if again < _NOTHING:
        return f"as many points again would win {most}"
    return f"as many points again would win {100 * again:.2g} %, {most}"


def _cut(run: Run, reading: Reading, at: int) -> str:
    """What the newest cut of the learning rate won; what is known of the next."""
    rates = known_rates(run, reading, at)
    if rates is None:
        return ""
    where = newest_cut(rates, at)
    if where is None:
        return _untried(held_up(reading, at)) if is_near_its_peak(rates) else ""
    after = float(reading.level[where + SEEN :][: at + 1 - where - SEEN].min(initial=np.inf))
    won = float(reading.level[where - 1]) - min(after, float(reading.level[at]))
    step = int(reading.steps[where])
    share = 100 * won / max(float(reading.progress[at]), TINY)
    return f"; the cut of the rate at {run.x_axis} {step} had won {max(share, 0.0):.2g} %"


def _untried(most: float) -> str:
    """What a first cut may win; more than all that was won says nothing."""
    if most >= 1:
        return "; the rate is near its peak, so a cut is still to be tried"
    share = 100 * max(most, CONVERGED)
    return f"; a cut of the rate to a tenth would win {share:.2g} % at the most"
