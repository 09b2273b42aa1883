"""What is left to win on a plateau, by the falls of the loss so far."""

from __future__ import annotations

import math

from lrdoctor.rules._cut import TINY, spread
from lrdoctor.rules._reading import Reading

CONVERGED = 0.01
"""Share of the progress still to come under which the run is done."""
_SLOWEST = 0.95
"""Factor from one doubling's fall to the next that counts as the largest: a power law of exponent
0.07. Beyond, the noise would make all that is to come infinite."""
_UNSURE = 2.0
"""Standard errors of the newest fall that make the most that may be to come. Of 1, 1.5, 2 and 2.5
chosen on 124 plateaus at constant rates (``tests/evaluation/outlook.py``)."""


def still_to_come(reading: Reading, at: int) -> tuple[float, float, float]:
    """What as many points again, and any number of them, would win by the falls over the last two
    doublings of the way; and what these falls are not sure of. All are parts of the progress."""
    quarter, half, now = (float(reading.level[at // part]) for part in (4, 2, 1))
    older, newer = quarter - half, max(half - now, 0.0)
    progress = max(float(reading.progress[at]), TINY)
    shrinks = min(newer / older, _SLOWEST) if older > 0 else 0.0
    again, ever = newer * shrinks / progress, newer * shrinks / (1 - shrinks) / progress
    return again, ever, _UNSURE * _doubt(reading, at) / progress


def _doubt(reading: Reading, at: int) -> float:
    """The standard error of the fall of the level over the newest half; each is a median of a tenth
    of the points so far, of losses that scatter as the newest do about their fall."""
    parts = (1 / min(max(0.1 * (i + 1), 3), 65) for i in (at, at // 2))
    return 1.25 * spread(reading, at) * math.sqrt(sum(parts))
