"""The gradient norm grows out of all proportion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._span import episodes, span
from lrdoctor.run import Run
from lrdoctor.signals.level import level
from lrdoctor.signals.peak import peak
from lrdoctor.signals.streak import streak

_SOURCE = "Pascanu, Mikolov and Bengio, On the difficulty of training RNNs, arXiv 1211.5063"
_MOST = 1e100
"""Larger norms count as this large, so that no product of them overflows."""
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, slots=True)
class ExplodingGradient(Rule):
    """The gradient norm grows out of all proportion.

    **Fires when** the gradient norm exceeds ``growth`` times its earlier level (a trailing median)
    and every value logged before, for ``patience`` points in a row. It is a warning, and resolved
    when the norm is back under a third of that.

    **Why it matters** A step is as long as the gradient; one that is ten times too long throws away
    what was learnt, and an optimizer's running averages remember it for long.

    **Advice** Clip the gradient norm near its usual level; lower the learning rate if it comes
    back. Safe, but a clip far under the usual level slows training.

    **Parameters**

    - ``growth``: times the level before, 2 to 1000. Default 10.
    - ``patience``: points, 1 to 1000. Default 3.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.exploding_gradient import ExplodingGradient
    >>> from lrdoctor.run import Block, Run
    >>> norms = np.exp(np.random.default_rng(0).normal(0, 0.3, 100))
    >>> norms[70:] *= 40
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("grad_norm", np.arange(100), norms))
    >>> [(f.onset_step, f.fired_step) for f in ExplodingGradient().examine(run)]
    [(70, 72)]

    **References** Pascanu, Mikolov and Bengio, arXiv 1211.5063. Ten times the running median is
    what runmedic and gradsnitch (8) use as well.
    """

    needs = ("grad_norm",)
    evidence = (("growth", "more"),)

    growth: float = 10.0
    patience: int = 3

    def __post_init__(self) -> None:
        within(self, "growth", 2, 1000, "times the level before")
        within(self, "patience", 1, 1000, "points")

    def examine(self, run: Run) -> Iterator[Finding]:
        series = run.get("grad_norm")
        if series is None:
            return
        curve = series.curve.finite()
        if len(curve) <= self.patience + 5:
            return
        norms = np.minimum(np.maximum(curve.values, 0.0), _MOST)
        if norms.max() <= self.growth * norms.min():
            return
        usual = level(norms, 0.3)
        back = np.maximum(np.arange(len(norms)) - self.patience, 0)
        highest = peak(norms)
        high = (norms > self.growth * usual[back]) & (norms > highest[back]) & (usual[back] > 0)
        high[:5] = False
        fired = streak(high) == self.patience
        for at, free in episodes(fired, lambda at: norms[at:] < norms[at] / 3):
            before = float(usual[back[at]])
            measured = float(norms[at] / max(before, _TINY))
            yield Finding(
                "exploding-gradient",
                Severity.WARNING,
                "grad_norm",
                *span(curve, at - self.patience + 1, at, free),
                measured=measured,
                limit=self.growth,
                unit="times its level before",
                confidence=0.9,
                message=f"The gradient norm rose from {before:.3g} to {float(norms[at]):.3g}.",
            )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved:
            yield Advice(
                Action.CLIP_GRADIENTS, "exploding-gradient",
                "Clip the gradient norm near the level it had before the onset.",
                _SOURCE, from_step=finding.onset_step,
            )  # fmt: skip
