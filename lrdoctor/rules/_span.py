"""How long a trouble held."""

from __future__ import annotations

from lrdoctor.rules._reading import Reading
from lrdoctor.run import Curve


def held_until(curve: Curve | Reading, fired: int, free: int) -> int:
    """The step at which a trouble still held, told at block ``fired`` and over at ``free``.

    Args:
        free: the first block at which it no longer holds; the curve's length where it still does.
    """
    return int(curve.steps[max(fired, free - 1)])
