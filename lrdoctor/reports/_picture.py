"""A run's loss as a picture: SVG that needs no script, no file and no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import log

from lrdoctor.reports._spark import WIDE

WIDTH, HEIGHT = 600, 120
EDGE = 6
"""Room for the line's own width, and for the crosses at the top."""
_ARM = 4


def picture(values: Sequence[float | None], onset: float | None, label: str) -> str:
    """The curve, its sick part shaded, a cross where it was not finite.

    Args:
        values: of the loss at even distances over the run; None where it was not finite.
        onset: where the trouble began, as a share of the run from 0 to 1; None: nowhere.
        label: what a screen reader says of it, escaped.
    """
    start = WIDTH if onset is None else _across(onset)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" '
        'preserveAspectRatio="none">'
    ]
    if onset is not None:
        parts.append(
            f'<rect class="sick" x="{start:.1f}" y="0" width="{WIDTH - start:.1f}"'
            f' height="{HEIGHT}"/>'
        )
    parts += _curve(_heights(values))
    parts.append("</svg>")
    return "".join(parts)


def _across(share: float) -> float:
    return EDGE + share * (WIDTH - 2 * EDGE)


def _heights(values: Sequence[float | None]) -> list[float | None]:
    """Distances from the top; logarithmic where one scale would lay all but the peak flat."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    wide = low > 0 and high / low > WIDE
    bottom, top = (log(low), log(high)) if wide else (low, high)
    # Halves keep the span of values at both ends of the range finite.
    span = top / 2 - bottom / 2

    def height(value: float) -> float:
        share = ((log(value) if wide else value) / 2 - bottom / 2) / span if span else 0.5
        return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)

    return [None if value is None else height(value) for value in values]


def _curve(heights: Sequence[float | None]) -> Iterator[str]:
    last = max(len(heights) - 1, 1)
    placed = [(_across(at / last), y) for at, y in enumerate(heights)]
    for finite, stretch in groupby(placed, key=lambda one: one[1] is not None):
        points = list(stretch)
        if not finite:
            yield from (_cross(x) for x, _ in points)
        elif len(points) == 1:
            yield f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="2.5"/>'
        else:
            drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield f'<polyline points="{drawn}"/>'


def _cross(x: float) -> str:
    a, b = x - _ARM, x + _ARM
    low, high = EDGE - _ARM, EDGE + _ARM
    return f'<path class="lost" d="M{a:.1f} {low}L{b:.1f} {high}M{b:.1f} {low}L{a:.1f} {high}"/>'
