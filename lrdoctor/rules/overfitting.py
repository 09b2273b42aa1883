"""The validation loss rises while the training loss falls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import episodes, over_at, span
from lrdoctor.run import Ints, Run
from lrdoctor.signals._index import count, half, index

_SOURCE = "Prechelt, Early Stopping - But When?, Neural Networks: Tricks of the Trade (1998)"


@dataclass(frozen=True, slots=True)
class Overfitting(Rule):
    """The validation loss rises while the training loss falls.

    **Fires when** the validation loss (a trailing median) lies above its best by more than
    ``noises`` noise deviations, by more than ``share`` of what the training loss has come down
    since then and by more than ``lost`` of all that the validation loss had won, from its own first
    value or the training loss's, whichever is higher; ``patience`` evaluations and a fifth of all
    have passed since, and the training loss has gone on to fall by a twentieth of its whole
    progress. It is a warning, and resolved when the validation loss has reached a new best. The
    onset is the best step: the point to stop at.

    Or the validation loss has gained less than its noise over the newest half of at least ``long``
    evaluations, while the training loss fell there by a tenth of its progress and five times as
    far: worth knowing, for the model learns its training set alone.

    **Why it matters** From its best step on the model learns its training set by heart: every
    further step makes it worse on what it has not seen.

    **Advice** Keep the checkpoint of the best step and stop early; more data, augmentation, weight
    decay or dropout for the next attempt. Unsafe where the loss is no measure of the aim: accuracy
    can go on to rise while the validation loss does.

    **Parameters**

    - ``noises``: noise deviations, 0 to 100. Default 3.
    - ``share``: of the training loss's fall since, 0 to 10. Default 0.1.
    - ``lost``: of what the validation loss had won, 0 to 10. Default 0.1.
    - ``patience``: evaluations, 2 to 1000. Default 4.
    - ``long``: evaluations, 8 to 10000. Default 16.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.overfitting import Overfitting
    >>> from lrdoctor.run import Block, Run
    >>> run, index, random = Run("demo", "demo.csv", "csv"), np.arange(60), np.random.default_rng(0)
    >>> _ = run.add(Block("loss", index, np.exp(-index / 20) + random.normal(0, 0.01, 60)))
    >>> held_out = 0.5 + np.abs(index - 20) / 40 + random.normal(0, 0.01, 60)
    >>> _ = run.add(Block("val_loss", index, held_out))
    >>> [(f.metric, 15 < f.onset_step < 25) for f in Overfitting().examine(run)]
    [('val/loss', True)]

    **References** Prechelt, Early Stopping - But When? (1998): generalisation loss over training
    progress.
    """

    of_agents = False
    needs = ("val/loss",)
    evidence = (("noises", "more"), ("share", "more"), ("lost", "more"), ("patience", "more"))

    noises: float = 3.0
    share: float = 0.1
    lost: float = 0.1
    patience: int = 4
    long: int = 16

    def __post_init__(self) -> None:
        within(self, "noises", 0, 100, "noise deviations")
        within(self, "share", 0, 10, "of the training loss's fall")
        within(self, "lost", 0, 10, "of what val/loss had won")
        within(self, "patience", 2, 1000, "evaluations")
        within(self, "long", 8, 10_000, "evaluations")

    def examine(self, run: Run) -> Iterator[Finding]:
        held_out, train = run.get("val/loss"), run.get("train/loss")
        if held_out is None or train is None:
            return
        val, fit = read(held_out.curve), read(train.curve)
        if len(val) <= self.patience or len(fit) < 2:
            return
        found = list(self._rising(run, val, fit))
        for idle in self._idle(run, val, fit):
            if not found or idle.fired_step < found[0].fired_step:
                yield idle
        yield from found

    def _rising(self, run: Run, val: Reading, fit: Reading) -> Iterator[Finding]:
        """The validation loss lies above its best, and the training loss has fallen since."""
        risen = val.level - val.best
        high = risen > self.noises * val.noise
        if not np.count_nonzero(high):
            return
        best_at = val.best_at
        fallen, progress = _train_fall(fit, val, best_at)
        since = index(len(val)) - best_at
        won = max(val.start, fit.start) - val.best
        fired = high & (risen > self.share * fallen) & (risen > self.lost * won)
        fired &= (since >= self.patience) & (5 * since >= count(len(val)))
        fired &= (fallen > 0.05 * progress) & (fallen > 0)
        for at, free in episodes(fired, lambda at: val.best[at:] < val.best[at]):
            when = span(val, int(best_at[at]), at, free)
            best = f"{run.x_axis} {when.onset_step}"
            yield Finding(
                "overfitting",
                Severity.WARNING,
                "val/loss",
                *when,
                measured=float(risen[at] / fallen[at]),
                limit=self.share,
                unit="rise of val/loss over the fall of train/loss since",
                confidence=0.9,
                message=f"val/loss has risen from {float(val.best[at]):.4g} to "
                f"{float(val.level[at]):.4g} since {best}, while "
                f"train/loss fell by {float(fallen[at]):.3g}. The point to stop at was {best}.",
            )

    def _idle(self, run: Run, val: Reading, fit: Reading) -> Iterator[Finding]:
        """The validation loss stands still, and the training loss goes on to fall."""
        middle = half(len(val))
        gained = val.best[middle] - val.best
        idle = gained < val.noise
        idle[: self.long - 1] = False
        if not np.count_nonzero(idle):
            return
        fallen, progress = _train_fall(fit, val, middle)
        idle &= (fallen > 0.1 * progress) & (fallen > 5 * gained)
        if not idle.any():
            return
        at = int(np.argmax(idle))
        floor = val.best[at] - 2 * val.noise[at]
        free = over_at(at, val.best[at:] < floor)
        when = span(val, int(val.best_at[middle[at]]), at, free)
        yield Finding(
            "overfitting",
            Severity.INFO,
            "val/loss",
            *when,
            measured=float(max(gained[at], 0.0) / fallen[at]),
            limit=0.2,
            unit="gain of val/loss over the fall of train/loss, newest half",
            confidence=0.7,
            message=f"val/loss has stood near {float(val.level[at]):.4g} since {run.x_axis} "
            f"{when.onset_step}, while train/loss fell by {float(fallen[at]):.3g}: later "
            "steps teach the training set alone.",
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved or finding.severity is Severity.INFO:
            return
        yield Advice(
            Action.RESTORE_CHECKPOINT, "overfitting",
            f"Keep the checkpoint of {run.x_axis} {finding.onset_step}, the best on validation.",
            _SOURCE, from_step=finding.onset_step, sound_step=finding.onset_step,
        )  # fmt: skip
        yield Advice(
            Action.REGULARISE, "overfitting",
            "For the next attempt: more data or augmentation, weight decay, dropout.",
            "Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 7",
        )  # fmt: skip


def _train_fall(fit: Reading, val: Reading, best_at: Ints) -> tuple[np.ndarray, np.ndarray]:
    """At each evaluation: the training level's fall since the best one, and its progress so far."""
    at = np.maximum(newest_at(fit.steps, val.steps), 0)
    return fit.level[at[best_at]] - fit.level[at], fit.progress[at]
