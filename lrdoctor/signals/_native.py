"""The compiled signals, where they were built: to the bit what the NumPy code beside them gives.

Their source is in ``native/``; ``hatch_build.py`` compiles it. Where there is none, or with
``LRDOCTOR_PURE=1`` in the environment, NumPy does without: a few hundred values take it longer to
begin with than to work on.
"""

from __future__ import annotations

import os

import numpy as np

from lrdoctor.run import Floats

try:
    from lrdoctor.signals import _compiled
except ImportError:
    THERE = False
else:
    THERE = os.environ.get("LRDOCTOR_PURE", "") in ("", "0")
"""Whether the compiled signals are to be used."""


def level(values: Floats, share: float, most: int, quantile: float) -> Floats:
    """As ``signals.level``."""
    out = np.empty(len(values))
    _compiled.level(values, out, share, most, quantile)
    return out


def descent(loss: Floats, done: Floats, time: Floats) -> list[float]:
    """The fields of a ``learning_rate.descent.Descent``."""
    out = np.empty(30)
    _compiled.descent(loss, done, time, out)
    return out.tolist()
