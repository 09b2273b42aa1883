"""The training loss never leaves its start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rules import LOSS, Rule, within
from lrdoctor.rules._first import since_apart
from lrdoctor.rules._guessing import guesses
from lrdoctor.rules._height import HAIR, height, won
from lrdoctor.rules._learning import scores_rose
from lrdoctor.rules._one_class import one_class
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import over_at, span
from lrdoctor.rules._unmoved import hardly_moved, unmoved
from lrdoctor.run import Run
from lrdoctor.signals._index import of_index

_SOURCE = "Smith, Cyclical Learning Rates, arXiv 1506.01186: the range in which the loss falls"
_TINY = float(np.finfo(float).tiny)
_AGO = (
    of_index(lambda i: np.maximum(i // 10, 3)),
    of_index(lambda i: np.maximum(i // 4, 3)),
    of_index(lambda i: np.maximum(i // 2, 3)),
)


@dataclass(frozen=True, slots=True)
class Flat(Rule):
    """The training loss never leaves its start.

    **Fires when** the level (a trailing median) has stayed within ``within`` noise deviations
    below the first loss for at least half of the points so far, and there are enough of them:
    ``many`` points and 240 optimizer steps, two thirds of that and 400 steps, half of ``many``
    epochs or rows, or ``few`` points that stand for 400 steps or for half of the planned ones; or,
    for 100 steps, ``few`` points while all validation losses, three at least, lie within a tenth of
    a deviation: a model at rest keeps its loss on the same data; or as many once the learning rate
    has come down to a tenth of its peak: what was to be learnt has been by then (of both a quarter
    of the planned steps must be made). The validation
    losses at rest, or a gradient norm that has not changed, let it look four times as far, an
    accuracy that stands at chance twelve times. Without such a word a level 1.25 deviations under
    the start is not flat where the newest half of the points lies under the half before by two
    standard errors. It waits while the learning rate is still rising, or is above a third of its
    peak and on its way, and where the gradient norm (by a tenth), an accuracy (by 0.1) or a
    validation loss that jumps about says that the weights move. A loss that was thrown up, never
    came under its start and rests there again for a quarter of the points so far is flat, too; one
    that stands ``within`` deviations above a first loss that is the lowest of all is not. It is
    resolved at twice ``within`` deviations below the start.

    None of that is told where the mean of the newest half lies under that of the first quarter, by
    2.5 standard errors and by 3 % of the loss's height above zero, which is all that most losses
    have to win, or, of a loss that goes below zero, by four and by half a deviation where the first
    loss lies as far below that quarter; nor where the validation loss has come down by as much; nor
    where single losses scatter so far that 8 % of it could not be told from them, unless the
    validation losses lie within 2 %. A fall of which they show not 3 % is that of a first batch
    unlike the others.

    Or, where the loss lies above zero: it has won no more than 2 % of its height for half of the
    points so far (1 % where it falls steadily), as surely, and so has the validation loss, after
    ``few`` points and 200 optimizer steps, half of the planned ones, or twice as many epochs or
    rows, or ``few`` where every other one has its own validation loss; and, unless it began as a
    guess among classes or with a validation loss, the first loss lay no more than three of its own
    deviations higher. Both ask for the loss as it is: one that begins below zero has no height, and
    one on a high floor has won little of it.

    A first loss that was logged by itself, above averages over many steps, is left out where the
    validation loss as old as it shows not 3 % of that fall. Weights that move while the loss is
    that of guessing among classes, ln(classes), count for nothing. In a diagnosis it is worth
    knowing only where all of the log up to then makes a good rate the likelier answer: what is won
    may be less than batches scatter by.

    Or, where the loss fell within its first points: it has stood where it got to ever since, by
    ``within`` standard errors. That is only worth knowing, for an easy task is learnt like that; it
    is a warning where it stands at ln(classes), the cross-entropy of guessing.

    Or, once the loss had been thrown up or had learnt: the validation accuracy is the same to the
    last digit in three of four of the newest half of the evaluations, eight at least, and no higher
    than at first, while the validation loss moves and comes no lower, the training loss stands
    within a twentieth of it, and neither lies under the entropy of that accuracy. So does a
    classifier that gives every example the same class.

    **Why it matters** Nothing is learnt, and nothing in the curve says that more of the same will
    change that.

    **Advice** Raise the learning rate, by a decade at a time, where it is small; look at dead units
    and at the data where the gradient norm is zero. Unsafe to follow where the loss had risen
    before it came back to its start: then the rate was too high.

    **Parameters**

    - ``within``: noise deviations, 0.5 to 20. Default 3.
    - ``many``: points, 20 to 10000. Default 60.
    - ``few``: points, 5 to 1000. Default 10.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.flat import Flat
    >>> from lrdoctor.run import Block, Run
    >>> losses = 2.303 + np.random.default_rng(0).normal(0, 0.02, 300)
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.arange(300), losses))
    >>> [(str(f.severity), f.onset_step, f.fired_step) for f in Flat().examine(run)]
    [('warning', 0, 200)]

    **References** Smith, Cyclical Learning Rates for Training Neural Networks, arXiv 1506.01186.
    Thresholds fitted on 1,021 recorded runs of small networks in 50 families (tests/evaluation).
    """

    of_agents = False
    needs = LOSS
    evidence = (("within", "less"), ("many", "more"))

    within: float = 3.0
    many: int = 60
    few: int = 10

    def __post_init__(self) -> None:
        within(self, "within", 0.5, 20, "noise deviations")
        within(self, "many", 20, 10_000, "points")
        within(self, "few", 5, 1000, "points")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None:
            return
        reading = since_apart(run, main[1].curve)
        if len(reading) < self.few:
            return
        found = [*self._unmoved(run, main[0], reading), *self._stuck(run, main[0], reading)]
        for same in self._one_class(run, main[0], reading):
            warned = (f for f in found if f.severity is Severity.WARNING)
            if all(same.fired_step < f.fired_step for f in warned):
                found.append(same)
        yield from sorted(found, key=lambda f: f.fired_step)

    def _unmoved(self, run: Run, name: str, reading: Reading) -> Iterator[Finding]:
        """The loss stands where it began."""
        near = unmoved(self, run, reading)
        # What is told later than that does not matter.
        before = reading.head(int(near.argmax())) if np.count_nonzero(near) else reading
        hair = hardly_moved(self, run, before)
        known = [int(told.argmax()) for told in (near, hair) if np.count_nonzero(told)]
        if not known:
            return
        at = min(known)
        whole = 0.0 if len(near) > at and near[at] else height(reading)
        gone, points = reading.start - reading.level[at:], at + 1
        noises = float(max(gone[0], 0.0) / max(reading.noise[at], _TINY))
        far = np.maximum(2 * max(noises, self.within) * reading.noise[at:], 2 * HAIR * whole)
        free = over_at(at, gone > far)
        yield Finding(
            "flat",
            Severity.WARNING,
            name,
            *span(reading, 0, at, free),
            measured=float(won(reading, whole)[at]) if whole else noises,
            limit=HAIR if whole else self.within,
            unit="of its height won" if whole else "noise deviations of progress",
            confidence=0.95 if points >= self.many else 0.8,
            message=f"{name} still stands at {float(reading.level[at]):.4g} after "
            f"{points} points; it began at {reading.start:.4g}, and single points "
            f"scatter by {float(reading.noise[at]):.2g}.",
        )

    def _stuck(self, run: Run, name: str, reading: Reading) -> Iterator[Finding]:
        """The loss fell within its first points, and has stood where it got to ever since."""
        fell = reading.start - reading.level > 2 * self.within * reading.noise
        fell[: math.ceil(0.4 * self.many)] = False
        idle = self.within * reading.doubt
        for ago in _AGO:
            if not np.count_nonzero(fell):
                return
            fell &= np.abs(reading.level[ago(len(reading))] - reading.level) <= idle
        fired = fell.nonzero()[0]
        fired = fired[~scores_rose(run, reading.steps[fired])]
        if not len(fired):
            return
        at = int(fired[0])
        stand, scatter = float(reading.level[at]), float(reading.noise[at])
        floor = stand - 2 * self.within * scatter - 0.05 * (reading.start - stand)
        free = over_at(at, reading.level[at:] < floor)
        classes = guesses(run, reading, at)
        where = f", the loss of guessing among {classes} classes" if classes else ""
        yield Finding(
            "flat",
            Severity.WARNING if classes else Severity.INFO,
            name,
            *span(reading, min(3, at), at, free),
            measured=float(abs(reading.level[max(at // 10, 3)] - stand) / max(scatter, _TINY)),
            limit=self.within,
            unit="noise deviations since its first points",
            confidence=0.9 if classes else 0.6,
            message=f"{name} fell within its first points and has stood at {stand:.4g} ever "
            f"since{where}.",
            clue=Clue.LEARNT_FIRST,
        )

    def _one_class(self, run: Run, name: str, reading: Reading) -> Iterator[Finding]:
        """Whatever the loss did before, every example gets the same answer."""
        if (told := one_class(run, reading)) is None:
            return
        yield Finding(
            "flat",
            Severity.WARNING,
            name,
            *told.span,
            measured=float(told.equal),
            limit=float(told.among),
            unit="evaluations with one accuracy, of the newest",
            confidence=0.8,
            message=f"val/accuracy was {told.accuracy:.4g} to the last digit in {told.equal} of "
            f"{told.among} evaluations, while val/loss moved about {told.loss:.4g}: every example "
            "gets the same class.",
            clue=Clue.ONE_CLASS,
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if finding.resolved:
            return
        norms = run.get("grad_norm")
        if norms is not None and len(norms) and not norms.values[-1]:
            yield Advice(
                Action.FIX_DATA, "flat",
                "The gradient norm is zero: nothing reaches the weights. Look for dead units, "
                "frozen parameters and a loss that does not depend on the model.",
                "Lu et al., Dying ReLU and Initialization, arXiv 1903.06733",
            )  # fmt: skip
            return
        main = run.main_loss
        if main is None or finding.clue is not None or _above(read(main[1].curve)):
            # It has moved, or gone up: whether the rate is too low or too high is not told here.
            return
        yield Advice(
            Action.RAISE_LR, "flat",
            "The loss has not moved beyond its noise: longer steps may move it.",
            _SOURCE, lr_factor=10.0,
        )  # fmt: skip


def _above(reading: Reading) -> bool:
    """Nine values in ten lie above the first: a loss that was thrown up, not one at rest."""
    return bool(np.count_nonzero(reading.values > reading.start) > 0.9 * len(reading))
