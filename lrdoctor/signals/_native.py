"""The compiled signals, where they were built: to the bit what the NumPy code beside them gives.

Their source is in ``native/``; ``hatch_build.py`` compiles it. Where there is none, or with
``LRDOCTOR_PURE=1`` in the environment, NumPy does without: a few hundred values take it longer to
begin with than to work on.
"""

from __future__ import annotations

import os

import numpy as np

from lrdoctor.run import Floats, Ints

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


def cells(values: Floats, steps: Ints, borders: Ints) -> tuple[Floats, Floats]:
    """Means over the groups that begin at these borders, and each one's last step."""
    out, at = np.empty(len(borders)), np.empty(len(borders))
    _compiled.cells(values, steps, borders, out, at)
    return out, at


def shares(at: Floats, steps: Floats, rates: Floats) -> tuple[Floats, Floats]:
    """Shares of the steps and of the cumulative rate; of the steps alone where there is none."""
    time, done = np.empty(len(at)), np.empty(len(at))
    _compiled.shares(at, steps, rates, time, done)
    return time, done


def descent(loss: Floats, done: Floats, time: Floats) -> list[float]:
    """The fields of a ``learning_rate.descent.Descent``."""
    out = np.empty(30)
    _compiled.descent(loss, done, time, out)
    return out.tolist()
