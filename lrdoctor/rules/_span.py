"""When a trouble held: the four fields that a finding tells it by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrdoctor.rules._reading import Reading
from lrdoctor.run import Curve


class Span(NamedTuple):
    """When a trouble held, as ``Finding`` takes it after its metric; steps of the run's axis."""

    onset_step: int
    fired_step: int
    last_step: int
    resolved: bool


def span(curve: Curve | Reading, onset: int, fired: int, over: int) -> Span:
    """Of a trouble that began at block ``onset``, was told at ``fired``, and is over at ``over``.

    Args:
        over: the first block at which it no longer holds; the curve's length where it still does.
    """
    last = curve.steps[max(fired, over - 1)]
    return Span(
        int(curve.first_steps[onset]), int(curve.steps[fired]), int(last), over < len(curve)
    )


def over_at(fired: int, over: NDArray[np.bool_]) -> int:
    """The first block at which a trouble that was told at block ``fired`` is over.

    Args:
        over: whether it is, at each block from ``fired`` on. Where it never is, the answer is the
            curve's length.
    """
    return fired + (int(over.argmax()) if np.count_nonzero(over) else len(over))


def episodes(
    fired: NDArray[np.bool_], over: Callable[[int], NDArray[np.bool_]]
) -> Iterator[tuple[int, int]]:
    """Each block at which a trouble is told, and the one at which it is over (``over_at``); none
    is told again before it is.

    Args:
        fired: where it may be told, shape (blocks,).
        over: whether what was told at a block is over, at each block from there on.
    """
    known = fired.nonzero()[0]
    while len(known):
        at = int(known[0])
        free = over_at(at, over(at))
        yield at, free
        known = known[known.searchsorted(max(free, at + 1)) :]
