"""A jump of the loss that did not come back: what was learnt is lost until it is learnt again.

One hard batch is over with the next one, and a step too long is mostly made good within a few.
Labels that no longer belong to their inputs, another source, inputs that are no longer normalised:
from there on the loss stands higher, and falls again from there, if at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Clue, Finding, Severity
from lrdoctor.rules._reading import Reading
from lrdoctor.rules._span import over_at, span

_SOURCE = "Breck et al., Data Validation for Machine Learning, MLSys 2019"
LEARNT = 9.0
"""Noise deviations of progress from which on a jump undoes something."""
FEW = 5
"""Points in a row for which it must have stood up, as a divergence must. Of 3, 5, 8 and 12 chosen
on the clinic and half of 36 other families: of 14 spikes on fine runs none stood for 3; of 97 that
wrong labels brought 28, 12, 6 and 4 did."""
BACK = 1 / 3
"""Part of the jump at which a loss has come back."""


def kept(jumped: Finding, reading: Reading, at: int, fired: int, share: float) -> Finding | None:
    """The jump at block ``at``, told at block ``fired``, once it has stood up for ``FEW`` points by
    ``share`` of the progress made before; None where it has not, or not yet, or nothing was made.

    It is over once a loss has come back to within ``BACK`` of the least that it stood up by.
    """
    fired = max(fired, at + FEW - 1)
    if fired >= len(reading):
        return None
    before, progress = float(reading.level[at - 1]), float(reading.progress[at - 1])
    lost = float(np.minimum.reduce(reading.values[at : fired + 1])) - before
    learnt = progress > LEARNT * reading.noise[at - 1]
    if not (learnt and lost > share * progress):
        return None
    held = span(reading, at, fired, over_at(fired, reading.values[fired:] - before < BACK * lost))
    return replace(
        jumped,
        severity=Severity.WARNING,
        fired_step=held.fired_step,
        last_step=held.last_step,
        resolved=held.resolved,
        measured=lost / progress,
        limit=share,
        unit="of its progress lost at one jump",
        message=f"{jumped.metric} has stayed up since it jumped: "
        f"{100 * lost / progress:.2g} % of its progress is lost.",
        clue=Clue.STAYED_UP,
    )


def advice(finding: Finding, axis: str) -> Iterator[Advice]:
    """What to do about one that stands."""
    if finding.resolved:
        return
    where = f"{axis} {finding.onset_step}"
    yield Advice(
        Action.FIX_DATA, "spike",
        f"Compare the batches of before and after {where}: their labels, their source and how they "
        "are normalised.", _SOURCE, from_step=finding.onset_step,
    )  # fmt: skip
    yield Advice(
        Action.RESTORE_CHECKPOINT, "spike",
        f"Go on from a checkpoint of before {where} once the data are right: later ones have "
        "learnt from the wrong ones.", _SOURCE, from_step=finding.onset_step,
        sound_step=finding.onset_step - 1,
    )  # fmt: skip
