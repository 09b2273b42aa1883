"""A loss curve in one line of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log

BARS = "▁▂▃▄▅▆▇█"
CROSS = "×"
WIDE = 20.0
"""A curve whose largest value is so many times its smallest is drawn on a log scale: on a linear
one everything but its peak would lie on the floor."""


def spark(values: Sequence[float | None], width: int, wide: float = WIDE) -> str:
    """At most ``width`` characters: a bar for each stretch of the curve, ``×`` where a value was
    not finite. Of the crosses at the end only the first is drawn: the curve stopped there.

    Args:
        wide: highest over lowest from which the scale is logarithmic; infinity: never.
    """
    bins = _bins(values, min(width, len(values)))
    heights = _heights([each for each in bins if each is not None], wide)
    drawn = "".join(CROSS if each is None else next(heights) for each in bins)
    return drawn.rstrip(CROSS) + CROSS if drawn.endswith(CROSS) else drawn


def _bins(values: Sequence[float | None], count: int) -> list[float | None]:
    bins: list[float | None] = []
    for i in range(count):
        part = values[i * len(values) // count : (i + 1) * len(values) // count]
        known = [each for each in part if each is not None]
        # Divided before it is summed: values near the largest float must not overflow.
        bins.append(sum(x / len(known) for x in known) if len(known) == len(part) else None)
    return bins


def _heights(values: list[float], wide: float) -> Iterator[str]:
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low > 0 and high / low > wide:
        values, low, high = [log(x) for x in values], log(low), log(high)
    # Halves keep the span of values at both ends of the range finite.
    span = high / 2 - low / 2
    top = len(BARS) - 1
    return iter(BARS[round((x / 2 - low / 2) / span * top) if span else 0] for x in values)
