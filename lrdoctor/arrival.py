"""Whether steps that go back mean a resume, or several writers side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PLACES = 3
"""Different steps that several writers of one file go back to at least. One or two are what a
restart and a resume after it leave; a job that crashes again and again at one place goes back to
one step."""

ALIKE = 0.9
"""Share of the steps between those places that several writers log equally often, at least twice:
each writes every step. Resumes leave steps that were logged once, twice and more often, by how far
each went back. (Not all of them: a rank may miss a line.)"""


LOOKED_AT = 16
"""So many points that go back are asked for their wall times: two files make one of them."""


def falls(steps: NDArray[np.int64]) -> NDArray[np.intp]:
    """Indices, shape (k,), of points in file order whose step is lower than the one before."""
    return np.flatnonzero(steps[1:] < steps[:-1]) + 1


def side_by_side(steps: NDArray[np.int64], walls: NDArray[np.float64] | None) -> bool:
    """Whether several writers logged these points at the same time.

    Either a point that goes back was written before the one it goes back from: event files of two
    writers, read one after the other. Or the points go back to ``PLACES`` different steps, and
    nearly all steps between those are logged equally often: ranks that print into one file.

    Args:
        steps: shape (n,), of one tag, in file order.
        walls: shape (n,), UTC seconds, NaN where not told; None where the log tells none.
    """
    back = falls(steps)
    if not len(back):
        return False
    if walls is not None and any(_earlier(steps, walls, at) for at in back[:LOOKED_AT].tolist()):
        return True
    places = np.unique(steps[back])
    if len(places) < PLACES:
        return False
    between = steps[(steps >= places[0]) & (steps < places[-1])]
    counts = np.bincount(np.unique(between, return_counts=True)[1])
    usual = int(np.argmax(counts))
    return usual > 1 and bool(counts[usual] >= ALIKE * counts.sum())


def _earlier(steps: NDArray[np.int64], walls: NDArray[np.float64], at: int) -> bool:
    """Whether a point that goes back is older than the one before it.

    Not where its step has been logged with the same time before: that time is made up of the step.
    """
    same = steps[:at] == steps[at]
    return bool(walls[at] < walls[at - 1]) and not bool((walls[:at][same] == walls[at]).any())
