"""Where a range test's loss starts to fall, falls steepest, is lowest and blows up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Floats

SMOOTHING = 12
"""The curve is averaged over one ``SMOOTHING``-th of its points, after a median of three that
takes single spikes out."""

UNSEEN = 2.0
"""A fall of fewer noise deviations than this is not seen, so that where it begins, is steepest and
ends is chance: all that such a test tells is where the loss blows up."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Log10 rates of a range test's turns, and how clear they are."""

    start: float
    """The last rate before the lowest point at which a tenth of the fall was still to come."""
    half: float
    """Where half of the fall was done."""
    steepest: float
    lowest: float
    turn: float
    """From where on half of the fall is given back for good."""
    blow_up: float
    """From where on the loss is clearly above its start; the end where it never is."""
    end: float
    blew_up: bool
    broke: bool
    """A loss that is not finite ended the test: it has blown up."""
    drop: float
    """The fall from the start to the lowest point, of the smoothed loss; never below the noise."""
    drop_to_noise: float
    """The fall in standard deviations of the noise before it."""
    per_decade: float
    """Logged points a decade of the rate."""

    @property
    def turned(self) -> bool:
        """The rates that are too high were reached: the loss blew up, or lost its fall again."""
        return self.blew_up or self.turn < self.end

    @property
    def unseen(self) -> bool:
        """Nothing is clear but the blow-up."""
        return self.blew_up and self.drop_to_noise < UNSEEN


def landmarks(rates: Floats, losses: Floats, *, broke: bool = False) -> Landmarks:
    """The turns of a test; both shape (n,), n >= 8, finite, rates log10 and rising.

    Args:
        broke: the next loss was not finite any more.
    """
    n = len(rates)
    curve = smooth(losses)
    early = losses[: max(4, n // 4)]
    start = float(np.median(early))
    moves = np.diff(early)
    scale = max(float(np.abs(losses).max()), 1e-300)
    noise = 1.4826 * float(np.median(np.abs(moves - np.median(moves)))) / np.sqrt(2)
    noise = max(noise, 1e-9 * scale)
    low = int(np.argmin(curve))
    drop = max(start - float(curve[low]), noise)
    # From the end backwards: noise crosses a line many times before the blow-up does for good.
    turn = after(curve, float(curve[low]) + 0.5 * drop)
    over = after(curve, start + 0.5 * drop + 2 * noise)
    lag = max(2, n // 12)
    falls = curve[lag:] - curve[:-lag]
    steep = int(np.argmin(falls[: max(1, low)])) + lag // 2
    return Landmarks(
        start=float(rates[before(curve, low, start - 0.1 * drop)]),
        half=float(rates[before(curve, low, start - 0.5 * drop)]),
        steepest=float(rates[min(steep, n - 1)]),
        lowest=float(rates[low]),
        turn=float(rates[min(turn, n - 1)]),
        blow_up=float(rates[min(over, n - 1)]),
        end=float(rates[-1]),
        blew_up=broke or over < n,
        broke=broke,
        drop=drop,
        drop_to_noise=drop / noise,
        per_decade=(n - 1) / max(float(rates[-1] - rates[0]), 1e-9),
    )


def smooth(losses: Floats) -> Floats:
    """Median of three, then a moving mean that ends at each point (it delays, but never foresees
    the blow-up): shape (n,)."""
    n = len(losses)
    calm = losses.copy()
    calm[1:-1] = np.median(np.stack([losses[:-2], losses[1:-1], losses[2:]]), axis=0)
    width = max(1, n // SMOOTHING)
    padded = np.concatenate([np.full(width // 2, calm[:width].mean()), calm,
                             np.full(width - 1 - width // 2, calm[-1])])  # fmt: skip
    out: Floats = np.convolve(padded, np.ones(width) / width, "valid")
    return out


def before(curve: Floats, low: int, level: float) -> int:
    """The last index before ``low`` where the curve is above the level; 0 where there is none."""
    return _last(curve[:low] > level)


def after(curve: Floats, level: float) -> int:
    """The index from which on the curve stays above the level; its length where it does not."""
    below = curve <= level
    return _last(below) + 1 if below.any() else 0


def _last(which: NDArray[np.bool_]) -> int:
    return len(which) - 1 - int(np.argmax(which[::-1])) if which.any() else 0
