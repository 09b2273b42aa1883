"""Whether a loss that was thrown up bounces from point to point, and does not just stand there."""

from __future__ import annotations

import numpy as np

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.rules._above import crowd
from lrdoctor.rules._reading import Reading
from lrdoctor.rules._span import over_at, span
from lrdoctor.run import Run

_WILD = 0.25
"""Scatter of single points, as a part of the rise, from which on a loss that was thrown up bounces
rather than stands there. Of an eighth, a quarter and a half chosen on the clinic, nothing left out:
at a quarter all of 30 runs told have too high a rate, at an eighth 43 of 45, at a half 13 of 13. On
the families of seed 21, that no choice has seen, 37 of 49, 42 of 54 and 24 of 30."""


def bouncing(run: Run, name: str, reading: Reading) -> Finding | None:
    """A loss that was thrown up, and scatters by a good part of the rise."""
    thrown, _ = crowd(run, reading)
    if not np.count_nonzero(thrown):
        return None
    mean, spread = reading.newest[:, 0], reading.scatter
    over = mean - reading.start
    wild = thrown & (spread >= _WILD * over) & (over > 0)
    if not np.count_nonzero(wild):
        return None
    at = int(np.argmax(wild))
    free = over_at(at, (spread[at:] < 0.5 * _WILD * over[at]) | (over[at:] <= 0))
    return Finding(
        "oscillation",
        Severity.WARNING,
        name,
        *span(reading, 1, at, free),
        measured=float(spread[at] / over[at]),
        limit=_WILD,
        unit="of its rise, from point to point",
        confidence=0.75,
        message=f"{name} bounces from point to point by {float(spread[at]):.3g}, at "
        f"{float(mean[at]):.4g} after a start at {reading.start:.4g}.",
    )
