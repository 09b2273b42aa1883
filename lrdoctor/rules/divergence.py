"""The training loss goes up and stays up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule
from lrdoctor.rules._reading import read
from lrdoctor.run import Run
from lrdoctor.signals.streak import streak


@dataclass(frozen=True, slots=True)
class Divergence(Rule):
    """The training loss rises and does not come back.

    **Fires when** one of these holds of the loss's level (a trailing median):
    it stands above the first loss by more than ``excess`` + 20 / m noise deviations for m points,
    m at least ``patience`` and ``share`` of the points so far; or every value of the last 30
    points lies above the first loss and the level by 1.5 deviations; or it has given back more
    than ``given_back`` of all its progress, for as long; or the loss has not been finite for
    ``patience`` points and had made no progress, or was rising, before. It is resolved when the
    level has come back under half of that.

    **Why it matters** The steps are longer than the loss surface allows; each makes the next worse.
    Time spent after the onset is lost, and so are the checkpoints written there.

    **Advice** Lower the learning rate and go on from a checkpoint before the onset. Unsafe to
    follow where the loss is meant to rise: a changed loss weight, harder data, an adversary.

    **Parameters**
    - ``excess``: noise deviations above the start, 1 to 100. Default 4.5.
    - ``given_back``: share of the progress, 0.1 to 10. Default 0.8.
    - ``patience``: points, 2 to 1000. Default 4.
    - ``share``: of the points so far, 0 to 0.5. Default 0.1.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.run import Block, Run
    >>> noise = np.random.default_rng(0).normal(0, 0.05, 200)
    >>> losses = np.concatenate([np.linspace(2.3, 0.5, 100), np.linspace(0.5, 4.0, 100)]) + noise
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.arange(200), losses))
    >>> [finding] = Divergence().examine(run)
    >>> str(finding.severity), finding.resolved
    ('critical', False)

    **References** Share of the progress given back: as in runmedic; a robust yardstick of noise:
    Rousseeuw and Croux, JASA 88 (1993). Thresholds fitted on recorded runs of 50 families of
    small networks, split by task (tests/evaluation).
    """

    excess: float = 4.5
    given_back: float = 0.8
    patience: int = 4
    share: float = 0.1

    def __post_init__(self) -> None:
        if not 1 <= self.excess <= 100:
            raise ValueError(f"excess is {self.excess}, must be 1 to 100 noise deviations")
        if not 0.1 <= self.given_back <= 10:
            raise ValueError(f"given_back is {self.given_back}, must be 0.1 to 10 of the progress")
        if not 2 <= self.patience <= 1000:
            raise ValueError(f"patience is {self.patience}, must be 2 to 1000 points")
        if not 0 <= self.share <= 0.5:
            raise ValueError(f"share is {self.share}, must be 0 to 0.5 of the points so far")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None or not len(main[1]):
            return
        name, series = main
        reading = read(series.curve)
        if len(reading) < 2:
            return
        n = len(reading)
        index = np.arange(n)
        need = np.maximum(self.patience, self.share * (index + 1))
        # Of the first differences too few are known for a deviation: their greatest stands in.
        early = np.maximum.accumulate(reading.noise[:8])
        noise = np.concatenate([early, np.maximum(reading.noise[8:], 0)])
        up = reading.level - reading.start
        m = streak(up > 0.2 * reading.progress)
        high = (up > (self.excess + 20 / np.maximum(m, 1)) * noise) & (up > 0)
        above = high & (m >= need)
        all_up = (streak(reading.values > reading.start) >= 30) & (up > 1.5 * noise)
        lost = reading.level - reading.best
        back = (
            (lost > self.given_back * reading.progress)
            & (lost > self.excess * noise)
            & (reading.progress > self.excess * noise)
        )
        back &= streak(lost > 0.5 * self.given_back * reading.progress) >= need
        fired = above | all_up | back
        if not fired.any():
            return
        at = int(np.argmax(fired))
        onset = max(0, min(at - int(m[at]) + 1, at))
        first, now = float(reading.start), float(reading.level[at])
        yield Finding(
            rule="divergence",
            severity=Severity.CRITICAL,
            metric=name,
            onset_step=int(reading.first_steps[onset]),
            fired_step=int(reading.steps[at]),
            last_step=int(reading.steps[-1]),
            resolved=bool(up[-1] < 0.5 * up[at]),
            measured=float(up[at] / max(noise[at], 1e-300)),
            limit=self.excess,
            unit="noise deviations above the start",
            confidence=0.9,
            message=f"{name} stood at {now:.4g} after a start at {first:.4g} "
            f"and a best of {float(reading.best[at]):.4g}.",
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved:
            return
        source = "Goodfellow et al., Deep Learning, section 8.2.4 and 11.4.1"
        yield Advice(
            Action.LOWER_LR, "divergence",
            "The loss rises and stays up: the steps are too long.",
            source, lr_factor=0.3, from_step=finding.onset_step,
        )  # fmt: skip
        yield Advice(
            Action.RESTORE_CHECKPOINT, "divergence",
            f"Go on from a checkpoint before step {finding.onset_step}.",
            source, from_step=finding.onset_step,
        )  # fmt: skip
