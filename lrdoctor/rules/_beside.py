"""Which point of one metric was the newest at the steps of another."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Ints
from lrdoctor.signals import _native
from lrdoctor.signals._index import index

_FAR = 20
"""Times more points than steps from which on a search for each step costs less than passing over
all the points: about so many comparisons does it take among a million."""


def newest_at(known: Ints, steps: Ints) -> Ints:
    """At each of ``steps``, the index of the last of ``known`` at or before it; else -1.

    Both never fall. Metrics stand at the same steps or, as evaluations do, far apart: a search for
    each step, which costs as much as twenty additions, is needed for neither.
    """
    if len(steps) * _FAR < len(known):
        return known.searchsorted(steps, side="right") - 1
    if _native.THERE:
        return _native.newest(known, steps)
    n = len(steps)
    if 0 < n <= len(known) and known[n - 1] == steps[n - 1] and _same(known, steps):
        return index(n)
    if len(known) < n:
        return np.bincount(steps.searchsorted(known), minlength=n + 1)[:n].cumsum() - 1
    return known.searchsorted(steps, side="right") - 1


def _same(known: Ints, steps: Ints) -> bool:
    """Whether ``known`` begins with these steps, and no step comes twice."""
    n = len(steps)
    alike = (known[:n] == steps).all() and (steps[1:] > steps[:-1]).all()
    return bool(alike) and (len(known) == n or bool(known[n] > steps[-1]))
