"""A loss that its first steps threw up by orders of magnitude, and that came back to its start."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rules._reading import Reading
from lrdoctor.rules._span import over_at, span
from lrdoctor.rules._thrown import TIMES
from lrdoctor.signals._index import count, half
from lrdoctor.signals.streak import streak

_SOURCE = "Goyal et al., Accurate, Large Minibatch SGD, arXiv 1706.02677, section 2.2"
_FIRST = 6
"""Points within which it was thrown up, to"""
_HIGH = 100.0
"""so many times the first. From 10 on no fine run of the clinic and of half of 36 other families is
told, whole or in 10, 20 and 50 rows; 100 leaves room for a first batch that lies low by chance. All
38 whole runs that it tells there have too high a rate, and so have all 44 on the other families and
torch's of seed 21."""
_POINTS = 2 * _FIRST
"""Points that must be known, so that none of the first is among the newest half."""
_STANDS = 0.8
"""Part of that half's mean that the level must still have: one on its way down may learn yet. Of
0.7, 0.8 and 0.9 chosen as ``_HIGH``; none tells a fine run, 0.9 three fewer than 0.8."""
_BACK = 0.5
"""Part of the first loss under which it has learnt something since: once its level lies there the
trouble is over."""


def flung(name: str, reading: Reading) -> Finding | None:
    """The finding once the mean of the newest half lies under ``TIMES`` the first loss, above which
    ``soars`` tells, and none of that half under ``_BACK`` of it; None where it was not thrown up,
    or came down to less at once. Asks for a loss that begins above zero.
    """
    values, start = reading.values, reading.start
    if len(values) < _POINTS or start <= 0:
        return None
    top = int(values[:_FIRST].argmax())
    times = float(values[top]) / start
    if times < _HIGH:
        return None
    mean, size = reading.newest[:, 0], len(values)
    near = streak(values >= _BACK * start) >= count(size) - half(size)
    near &= (mean <= TIMES * start) & (reading.level >= _STANDS * mean)
    near[: _POINTS - 1] = False
    if not np.count_nonzero(near):
        return None
    at = int(near.argmax())
    return Finding(
        "spike",
        Severity.WARNING,
        name,
        *span(reading, top, at, over_at(at, reading.level[at:] < _BACK * start)),
        measured=times,
        limit=_HIGH,
        unit="times its first value",
        confidence=0.9,
        message=f"{name} was thrown up from {start:.4g} to {values[top]:.4g} within its first "
        f"{top + 1} points, and has come back to {float(mean[at]):.4g}.",
        clue=Clue.THROWN_UP,
    )


def remedy(finding: Finding) -> Iterator[Advice]:
    """What to do about one that has learnt nothing since."""
    if not finding.resolved:
        yield Advice(
            Action.LOWER_LR, "spike",
            "The first steps were too long, and what they threw up has come back to where it began "
            "and hardly further: shorter steps, or a warmup.", _SOURCE, lr_factor=0.3,
        )  # fmt: skip
