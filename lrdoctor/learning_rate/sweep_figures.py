"""A range test in figures: what its window of good rates is read off.

Distances are in decades from the lowest point and falls in shares of the whole fall, so that they
are the same whatever the loss is multiplied by or has added.
"""

from __future__ import annotations

import numpy as np

from lrdoctor.learning_rate.landmarks import Landmarks, after, before, smooth
from lrdoctor.learning_rate.optimizers import usual
from lrdoctor.run import Floats

ALIKE = ("start", "half", "steepest", "half_back", "blow_up", "end", "clear", "per_decade", "at",
         "usual", "adaptive")  # fmt: skip
"""The figures by which two tests are alike."""
NAMES = (*ALIKE, "quarter", "last_tenth", "tenth_back", "quarter_back", "all_back", "thrice_back",
         "blew_up", "was_all_back", "was_thrice_back", "rough", "rough_to_fall", "left_half_way",
         "left_before")  # fmt: skip
NEAR, FAR = 0.3, 1.0
"""Decades before the lowest point where it is asked how much of the fall was left."""
PLAIN = ("sgd", "momentum", "nesterov")
"""Optimizers whose step grows with the gradient."""


def figures(rates: Floats, losses: Floats, marks: Landmarks, optimizer: str | None) -> Floats:
    """Shape (figures,) in the order of ``NAMES``; NaN where the optimizer would have to be known.

    Args:
        rates: log10, rising, shape (n,), as ``landmarks`` takes them; ``losses`` likewise.
        optimizer: its canonical name.
    """
    curve, at = smooth(losses), marks.lowest
    low = int(np.argmin(curve))
    floor, fall = float(curve[low]), marks.drop
    top = floor + fall

    def falls(share: float) -> float:
        return float(rates[before(curve, low, top - share * fall)]) - at

    def rises(share: float) -> float:
        return float(rates[min(after(curve, floor + share * fall), len(rates) - 1)]) - at

    def was_back(share: float) -> float:
        return float(marks.broke or after(curve, floor + share * fall) < len(rates))

    def left(decades: float) -> float:
        if at - decades <= rates[0]:
            return 1.0
        return (float(np.interp(at - decades, rates, curve)) - floor) / fall

    rough, first = _roughness(rates, losses, at)
    known = usual(optimizer)
    told = known is not None and known.is_rate
    middle = 0.5 * np.log10(known.low * known.high) if known and told else np.nan
    return np.array([
        marks.start - at, marks.half - at, marks.steepest - at, marks.turn - at,
        marks.blow_up - at, marks.end - at,
        np.log10(marks.drop_to_noise), np.log10(marks.per_decade), at,
        middle - at, float(optimizer not in PLAIN) if told else np.nan,
        falls(0.25), falls(0.9), rises(0.1), rises(0.25), rises(1.0), rises(3.0),
        float(marks.blew_up), was_back(1.0), was_back(3.0),
        np.log10(rough / first + 1e-3), np.log10(rough / fall + 1e-4), left(NEAR), left(FAR),
    ])  # fmt: skip


def _roughness(rates: Floats, losses: Floats, at: float) -> tuple[float, float]:
    """The mean step from row to row before the lowest point, and what it usually was at first."""
    width = max(4, len(losses) // 12)
    steps = np.abs(np.diff(losses))
    means = np.convolve(steps, np.ones(width) / width, "valid")
    scale = max(float(np.abs(losses).max()), 1e-300)
    first = float(np.median(means[: max(1, len(means) // 4)])) + 1e-12 * scale
    row = min(int(np.searchsorted(rates[width:], at)), len(means) - 1)
    return float(means[row]), first
