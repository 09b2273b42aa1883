"""Whether a first loss is that of a batch unlike the others."""

from __future__ import annotations

from functools import lru_cache

from lrdoctor.rules._height import AT_REST
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Curve, Run


def since_apart(run: Run, curve: Curve) -> Reading:
    """The curve's reading, without its first loss where that is a batch unlike the others.

    A first step that is logged by itself stands before averages over many. Where it lies above
    them, the validation loss as old as it tells whether the model fell or one batch stood out.
    """
    reading, held_out = read(curve), run.get("val/loss")
    if held_out is None or not reading.lone:
        return reading
    fall = float(reading.values[0] - reading.values[1])
    val = read(held_out.curve)
    first = int(val.steps.searchsorted(reading.steps[0], side="right"))
    second = int(val.steps.searchsorted(reading.steps[1], side="right"))
    if fall <= 0 or not 0 < first < second:
        return reading
    moved = abs(float(val.values[first - 1] - val.values[second - 1]))
    return _without_first(curve) if moved <= AT_REST * fall else reading


@lru_cache(maxsize=16)
def _without_first(curve: Curve) -> Reading:
    return read(curve.finite().take(slice(1, None)))
