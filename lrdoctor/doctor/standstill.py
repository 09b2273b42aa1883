"""Whether a loss that has stopped falling has converged, or scatters too far to say so."""

from __future__ import annotations

from collections.abc import Sequence

from lrdoctor.diagnosis import Finding
from lrdoctor.rules._reading import read
from lrdoctor.run import Run

CALM = 0.01
"""Scatter of single losses, as a part of the progress, up to which a loss that stands still has
converged. Of the clinic's runs that stand still without any trouble 128 of 128 below it end within
a twentieth of the best that any rate won, 68 of 99 from there to"""
RESTLESS = 0.1
"""this, and 2 of 12 above. In families of seed 201 (``families/train.py``), which no choice has
seen, 13 of 14, 2 of 2 and none of one."""


def standstill(run: Run, findings: Sequence[Finding]) -> tuple[Finding, float] | None:
    """The plateau that a run is on, and the scatter of its newest losses in parts of its progress.

    None where the loss still falls.
    """
    on = next((f for f in findings if f.rule == "plateau" and not f.resolved), None)
    main = run.main_loss
    if on is None or main is None:
        return None
    reading = read(main[1].curve)
    progress = float(reading.progress[-1]) if len(reading) else 0.0
    return on, float(reading.scatter[-1]) / progress if progress > 0 else 0.0
