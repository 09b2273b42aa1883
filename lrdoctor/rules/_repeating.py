"""Whether the loss goes through the same highs and lows in every epoch: data that are not mixed, or
one batch that is unlike the others."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lrdoctor.diagnosis import Clue, Finding, Severity
from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._reading import Reading
from lrdoctor.rules._span import span
from lrdoctor.run import Floats, Ints, Run

SAME = 3.3
"""Fisher's z from which on the losses of two epochs in a row are alike: by chance one pair in two
thousand is, and both pairs of three epochs one time in four million."""
_PLACE = 1.6
"""Fisher's z under which the epochs are not alike but in one stretch. Of 400 made-up logs with one
to three bad batches an epoch, or a sine, saw, square or walk in each, the even ones for choosing:
of 65 with bad batches 63 lie under it and of 143 with an order none; of the odd ones 87 of 87 and
none of 134."""
_OVER = 1.0
"""And under which they no longer are."""
REMEDIES = {
    Clue.EVERY_EPOCH: "The same data come at the same place of every epoch: shuffle them for each.",
    Clue.SAME_BATCHES: "Look at the batches of that place, for wrong labels and values out of "
    "range.",
}
_FINE, _COARSE = 16, 8
"""Parts of an epoch that are compared, where it has so many rows; with fewer it is not known."""
_EVEN = 0.1
"""Part by which the epochs may differ in rows."""
_RUNNING = 0.5
"""A mean over the epoch so far moves by 1 / n at its n-th row: three times as much in the first
half of an epoch as in the second. Single losses move alike in both."""
_ROUNDED = 1e-6
"""Part of all that the loss has moved under which a repeat may be the rounding of sums."""


def repeating(run: Run, name: str, reading: Reading) -> Finding | None:
    """Three whole epochs in a row of which each was like the one before.

    They are compared about their common trend, a cubic: what it leaves of a falling loss changes
    its sign from one epoch to the next, and so is no repeat.
    """
    begun = _epochs(run, reading)
    if len(begun) < 4:
        return None
    rest = _rest(reading, begun)
    if rest is None:
        return None
    lower, z = _alike(rest)
    for window in np.flatnonzero(z >= SAME).tolist():
        first, at = int(begun[window]), int(begun[window + 3])
        height = float(np.ptp(rest[window].mean(axis=0)))
        moved = float(np.abs(reading.values[:at] - reading.start).max())
        if height > _ROUNDED * moved and not _running(reading, begun[window : window + 4]):
            place = _place(rest[window])
            if place is None:
                what = (
                    f"goes through the same highs and lows, {height:.3g} apart, in each of three "
                    f"epochs (correlation {float(lower[window]):.2f}): the order of the data"
                )
            else:
                what = (
                    f"moves by {height:.3g} at the same place of an epoch, {100 * place:.0f} % "
                    "into it, in each of three: look at those batches"
                )
            over = window + 1 + np.flatnonzero(z[window + 1 :] < _OVER)[:1]
            free = int(begun[over[0] + 3]) if len(over) else len(reading)
            return Finding(
                "oscillation",
                Severity.WARNING,
                name,
                *span(reading, first, at, free),
                measured=float(z[window]),
                limit=SAME,
                unit="Fisher's z of each epoch with the next",
                confidence=0.85,
                message=f"{name} {what}.",
                clue=Clue.EVERY_EPOCH if place is None else Clue.SAME_BATCHES,
            )
    return None


def _epochs(run: Run, reading: Reading) -> Ints:
    """The blocks at which an epoch begins, by its number; the first one is block 0."""
    epochs = run.get("epoch")
    if run.x_axis != "step" or epochs is None or not len(epochs):
        return np.empty(0, np.int64)
    at = newest_at(epochs.steps, reading.steps)
    numbers = epochs.values[np.maximum(at, 0)]
    numbers = np.where((at >= 0) & np.isfinite(numbers), np.floor(numbers), -1.0)
    return np.append(0, np.flatnonzero(numbers[1:] > numbers[:-1]) + 1)


def _rest(reading: Reading, begun: Ints) -> Floats | None:
    """What a cubic leaves of each three epochs in a row, about each epoch's mean; shape (windows,
    3, parts). NaN where they differ in rows or have too few; None where no epoch has enough."""
    rows = np.diff(begun)
    parts = _FINE if int(np.median(rows[:3])) >= _FINE else _COARSE
    enough = rows >= parts
    if np.count_nonzero(enough) < 3:
        return None
    ends = begun[:-1, None] + np.arange(parts + 1) * rows[:, None] // parts
    sums = np.append(0.0, np.cumsum(reading.values - reading.start))
    means = np.diff(sums[ends], axis=1) / np.maximum(np.diff(ends, axis=1), 1)
    flat = sliding_window_view(means, 3, axis=0).transpose(0, 2, 1).reshape(-1, 3 * parts)
    trend = np.linalg.qr(np.vander(np.linspace(-1, 1, 3 * parts), 4))[0]
    rest = (flat - flat @ trend @ trend.T).reshape(-1, 3, parts)
    rest -= rest.mean(axis=2, keepdims=True)
    many = sliding_window_view(rows, 3).astype(np.float64)
    most, least = many.max(axis=1), many.min(axis=1)
    rest[(most - least > np.maximum(_EVEN * most, 1)) | (least < parts)] = np.nan
    return np.asarray(rest)


def _alike(rest: Floats) -> tuple[Floats, Floats]:
    """Of three epochs each, the lesser correlation of two in a row and Fisher's z of it; both shape
    (windows,)."""
    size = np.sqrt((rest**2).sum(axis=2))
    both = (rest[:, 1:] * rest[:, :-1]).sum(axis=2)
    lower = (both / np.maximum(size[:, 1:] * size[:, :-1], 1e-300)).min(axis=1)
    z = np.arctanh(np.clip(lower, -0.999, 0.999)) * np.sqrt(rest.shape[2] - 3)
    return lower, z


def _place(rest: Floats) -> float | None:
    """Where in the epoch the one stretch lies that is all three epochs have in common, as a part of
    it; None where they are alike elsewhere, too.

    Args:
        rest: shape (3, parts).
    """
    parts = rest.shape[1]
    mean = np.abs(rest.mean(axis=0))
    worst = int(mean.argmax())
    # It may reach into the part before or after.
    beside = max((worst - 1) % parts, (worst + 1) % parts, key=lambda part: float(mean[part]))
    left = np.delete(rest, [worst, beside], axis=1)
    left = left - left.mean(axis=1, keepdims=True)
    return (worst + 0.5) / parts if _alike(left[None])[1][0] < _PLACE else None


def _running(reading: Reading, begun: Ints) -> bool:
    """Whether the epochs' losses are means over each epoch so far, which begin anew with it."""
    epochs = np.split(reading.values[: begun[-1]], begun[:-1])[1:]
    moves = [np.abs(np.diff(epoch, 2)) for epoch in epochs]  # of a fall nothing is left
    first = np.concatenate([part[: len(part) // 2] for part in moves])
    second = np.concatenate([part[len(part) // 2 :] for part in moves])
    return bool(np.median(second) < _RUNNING * np.median(first))
