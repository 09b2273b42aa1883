"""The accuracy jumps about from one evaluation to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._span import episodes, span
from lrdoctor.run import Curve, Floats, Run
from lrdoctor.signals.level import level
from lrdoctor.signals.noise import noise
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_SOURCE = "AutoTrainer, ICSE 2021: an accuracy that swings by 0.03 in a fifth of the epochs"
_FIRST = 8
"""Values after which the smallest step between two of them is looked for first."""


@dataclass(frozen=True, slots=True)
class UnstableAccuracy(Rule):
    """The accuracy jumps about from one evaluation to the next.

    **Fires when** single accuracies scatter about their trend by more than ``scatter`` (of 1), and
    by more than ``chance`` times what the number of samples alone explains, over the newest 65 of
    at least ``least`` evaluations and for a fifth of all in a row. An accuracy over n samples is a
    multiple of 1/n, and scatters by sqrt(p (1 - p) / n) at most by chance: n is read off the
    smallest step between two values. Of both accuracies the validation's is told first. It is a
    warning, and resolved when it is under half of ``scatter``.

    **Why it matters** Which checkpoint is kept is left to luck, and early stopping stops anywhere.
    Weights that move so far in one epoch have not settled; or batch statistics have not.

    **Advice** Lower or decay the learning rate, or average the weights (EMA, SWA); look at the
    momentum of batch normalisation. Unsafe to follow early in a run at a high rate that will decay:
    there the swings are a part of it, and end with the decay.

    **Parameters**

    - ``scatter``: of an accuracy of 1, 0.005 to 0.5. Default 0.04.
    - ``chance``: times the scatter of the samples, 1 to 100. Default 3.
    - ``least``: evaluations, 8 to 10000. Default 20.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.unstable_accuracy import UnstableAccuracy
    >>> from lrdoctor.run import Block, Run
    >>> random, run = np.random.default_rng(0), Run("demo", "demo.csv", "csv")
    >>> scores = (0.7 + 0.12 * random.normal(size=60)).clip(0, 1).round(3)
    >>> _ = run.add(Block("val_acc", np.arange(60), scores))
    >>> [(f.metric, str(f.severity)) for f in UnstableAccuracy().examine(run)]
    [('val/accuracy', 'warning')]

    **References** AutoTrainer (ICSE 2021) for the symptom; the variance of a binomial share for
    what is none. Izmailov et al., Averaging Weights, arXiv 1803.05407.
    """

    of_agents = False
    needs = ("val/accuracy", "train/accuracy")
    evidence = (("scatter", "more"), ("chance", "more"))

    scatter: float = 0.04
    chance: float = 3.0
    least: int = 20

    def __post_init__(self) -> None:
        within(self, "scatter", 0.005, 0.5, "of 1")
        within(self, "chance", 1, 100, "times that of the samples")
        within(self, "least", 8, 10_000, "evaluations")

    def examine(self, run: Run) -> Iterator[Finding]:
        found: list[Finding] = []
        for name in ("val/accuracy", "train/accuracy"):
            series = run.get(name)
            if series is not None and len(series) >= self.least and not found:
                found.extend(self._jumps(run, name, series.curve.finite()))
        yield from found

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved:
            yield Advice(
                Action.DECAY_LR, "unstable-accuracy",
                "The accuracy jumps about more than its samples explain: decay the rate, or "
                "average the weights.", _SOURCE, lr_factor=0.3, from_step=finding.onset_step,
            )  # fmt: skip

    def _jumps(self, run: Run, name: str, curve: Curve) -> Iterator[Finding]:
        if len(curve) < self.least:
            return
        scores = np.clip(curve.values, -1e6, 1e6)
        # Logged in per cent, as a value above 1.5 tells once it has been reached.
        scale = np.where(peak(scores) > 1.5, 0.01, 1.0)
        bends = np.abs(scores[2:] - 2 * scores[1:-1] + scores[:-2]) * scale[2:]
        if not (bends > self.scatter).any():  # the noise is a median of these
            return
        ragged = noise(scores) * scale
        stand = np.clip(level(scores, 0.5) * scale, 0.0, 1.0)
        sampled = np.sqrt(stand * (1 - stand) * _grain(scores) * scale)
        index = np.arange(1, len(curve) + 1)
        high = (ragged > self.scatter) & (ragged > self.chance * sampled) & (index >= self.least)
        fired = streak(high) >= np.maximum(index / 5, 4)
        for at, free in episodes(fired, lambda at: ragged[at:] < 0.5 * self.scatter):
            yield Finding(
                "unstable-accuracy",
                Severity.WARNING,
                name,
                *span(curve, at // 2, at, free),
                measured=float(ragged[at]),
                limit=self.scatter,
                unit="standard deviation about its trend, of 1",
                confidence=0.85,
                message=f"{name} jumps by about {100 * ragged[at]:.2g} points around "
                f"{100 * stand[at]:.3g} % from one {run.x_axis} to the next that was logged; its "
                f"samples explain {100 * sampled[at]:.2g}.",
            )


def _grain(scores: Floats) -> Floats:
    """At every point, the smallest step between two different values so far; shape (n,).

    Renewed when the number of values has doubled, which is often enough and costs O(n log n).
    """
    grain = np.ones(len(scores))
    size = _FIRST
    while size <= len(scores):
        steps = np.diff(np.sort(scores[:size]))
        steps = steps[steps > 1e-6]  # closer values are one value in single precision
        if len(steps):
            grain[size - 1 :] = steps.min()
        size *= 2
    return grain
