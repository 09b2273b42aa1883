"""Most steps are cut short by gradient clipping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._span import episodes, span
from lrdoctor.run import Floats, Run
from lrdoctor.signals._index import count, half
from lrdoctor.signals.peak import peak

_SOURCE = "Tuning playbook (google-research/tuning_playbook): clip at the 90th percentile"
_SAME = 1e-3
"""Norms that differ by less than this part are the same clip: PyTorch divides by norm + 1e-6, and
logs keep three to six digits. Of random norms a thousandth part lies so close to their largest."""
_MOST = 1e100


@dataclass(frozen=True, slots=True)
class Clipping(Rule):
    """Most steps are cut short by gradient clipping.

    **Fires when** of the newest half of at least ``least`` gradient norms more than ``share`` stand
    at the clip. Where the log tells the clip, that is a norm above it (frameworks log the norm from
    before clipping); else a norm within a thousandth of the largest one so far, which norms that
    were logged after clipping are, and others are not. Worth knowing, no more: many runs of Adam
    train well like that. It is resolved when less than half of ``share`` do.

    **Why it matters** Then the clip, not the gradient, sets the length of a step. With SGD the
    learning rate in force is ``lr * clip / norm``, and it changes whenever the norm does; with Adam
    the clip hides bursts that would tell of a rate too high.

    **Advice** Raise the clip to about the 90th percentile of the norm, or lower the learning rate
    if the norm itself grows. Unsafe to follow where bursts of the gradient had ruined the run
    before: then keep the clip.

    **Parameters**

    - ``share``: of the newest half of the points, 0.1 to 1. Default 0.75.
    - ``least``: points, 10 to 10000. Default 40.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.clipping import Clipping
    >>> from lrdoctor.run import Block, Run
    >>> norms = np.minimum(np.exp(np.random.default_rng(0).normal(1.5, 0.8, 100)), 1.0)
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("grad_norm", np.arange(100), norms))
    >>> [(f.fired_step, str(f.severity)) for f in Clipping().examine(run)]
    [(39, 'info')]

    **References** Pascanu, Mikolov and Bengio, arXiv 1211.5063. The tuning playbook of Google
    Research: clip at the 90th percentile, and where more than half of the steps are clipped look
    at the learning rate.
    """

    needs = ("grad_norm",)
    evidence = (("share", "nearer one"),)

    share: float = 0.75
    least: int = 40

    def __post_init__(self) -> None:
        within(self, "share", 0.1, 1, "of the newest points")
        within(self, "least", 10, 10_000, "points")

    def examine(self, run: Run) -> Iterator[Finding]:
        series = run.get("grad_norm")
        if series is None or len(series) < self.least:
            return
        curve = series.curve.finite()
        if len(curve) < self.least:
            return
        clip = run.settings.gradient_clip
        told = clip is not None and clip > 0
        limit = np.full(len(curve), clip) if told else _highest(curve.high)
        at = curve.values >= limit if told else curve.values >= (1 - _SAME) * limit
        if not told:
            at &= limit > 0
        if np.count_nonzero(at) < self.share * (self.least - (self.least - 1) // 2):
            return  # fewer than the newest half of the fewest points must hold
        share = _recent_share(at.astype(np.float64))
        fired = share > self.share
        fired[: self.least - 1] = False
        how = "the clip" if told else "the largest norm there is, as a clip leaves it"
        for now, free in episodes(fired, lambda now: share[now:] < 0.5 * self.share):
            when = span(curve, now // 2, now, free)
            yield Finding(
                "clipping",
                Severity.INFO,
                "grad_norm",
                *when,
                measured=float(share[now]),
                limit=self.share,
                unit="of the newest steps at the clip",
                confidence=0.95 if told else 0.85,
                message=f"{100 * share[now]:.0f} % of the steps since {run.x_axis} "
                f"{when.onset_step} stand at {float(limit[now]):.4g}, {how}.",
            )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved and finding.measured > 0.9:
            yield Advice(
                Action.CLIP_GRADIENTS, "clipping",
                "Nearly every step is clipped: set the clip near the 90th percentile of the norm, "
                "or lower the learning rate if the norm grows.", _SOURCE,
                from_step=finding.onset_step,
            )  # fmt: skip


def _highest(norms: Floats) -> Floats:
    return peak(np.minimum(np.maximum(norms, 0.0), _MOST))


def _recent_share(holds: Floats) -> Floats:
    """At every point, the mean over the newest half of the points up to and with it."""
    total = np.zeros(len(holds) + 1)
    holds.cumsum(out=total[1:])
    begin = half(len(holds))
    return np.asarray((total[1:] - total[begin]) / (count(len(holds)) - begin))
