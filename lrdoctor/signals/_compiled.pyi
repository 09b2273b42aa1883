import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Floats, Ints

SOURCES: int
"""The fingerprint of what it was compiled from, see ``lrdoctor.compiled``."""

# What the functions of the same names give, into the arrays that are named last. All arrays are
# contiguous and, where nothing else is said, of one length.

def cells(values: Floats, steps: Ints, borders: Ints, out: Floats, at: Floats, /) -> None:
    """Means of the groups that begin at ``borders`` into ``out``, their last steps into ``at``.

    Raises:
        ValueError: the borders do not rise from 0 or more to below the number of values.
    """

def shares(at: Floats, steps: Floats, rates: Floats, time: Floats, done: Floats, /) -> None:
    """Shares of the steps into ``time``, of the cumulative rate into ``done``, by row."""

def expected_windows(
    starts: Floats, widths: Floats, near: float, rate: float, edges: Floats, sigma: Floats,
    along: Floats, across: Floats, never: float, out: Floats, /
) -> None:  # fmt: skip
    """``learning_rate.window``: logarithms of the density of each window, at least ``never``."""

def mixed_windows(
    starts: Floats, widths: Floats, near: float, rate: float, probabilities: Floats,
    doubt: float, lost: bool, density: Floats, /
) -> None:  # fmt: skip
    """``learning_rate.window``: such densities, scaled and mixed in their place."""

def window_margins(
    mass: Floats, lengths: Ints, beginning: Floats, ending: Floats, inside: Floats, /
) -> None:  # fmt: skip
    """``learning_rate.window``: the mass that begins and ends by, and lies across, each point.

    Raises:
        ValueError: a window ends beyond the grid.
    """

def centred_logits(logits: Floats, temperature: float, /) -> None:
    """``learning_rate.model``: logits of nets with three classes, made ready for ``exp``."""

def averaged_shares(powers: Floats, nets: int, out: Floats, /) -> None:
    """``learning_rate.model``: the mean of the first nets' probabilities into ``out``.

    Raises:
        ValueError: ``powers`` is not ``nets`` times as long as ``out``.
    """

def averaged_edges(
    told: Floats, unsure: Floats, widening: Floats, place: Floats, sigma: Floats, /
) -> None:
    """``learning_rate.model.Model.edges``: what nets tell, put together into the last two.

    Raises:
        ValueError: ``unsure`` is not so many times as long as ``place``, or ``told`` not twice it.
    """

def regressed(shapes: Floats, rates: Floats, weights: Floats, low: float, out: Floats, /) -> None:
    """``schedules.fitting.regressed`` into ``out``; ``low`` NaN: fitted, too.

    Raises:
        ValueError: there are not three items of ``out`` for each shape.
    """

def missed_by(fitted: Floats, rates: Floats, weights: Floats, /) -> float: ...
def explained(values: Floats, fitted: Floats, /) -> tuple[float, float]: ...
def points(
    steps: Ints, rates: Floats, floor: float, at: Floats, scaled: Floats, weights: Floats, /
) -> tuple[float, float] | None:
    """``schedules.points.ready``; the lowest and the highest rate, None where one is not finite or
    below zero, none is above, or steps do not rise."""

def level_borders(rates: Floats, same: float, out: Ints, /) -> int:
    """``schedules.points.levels``; how many of ``out``, one longer than ``rates``, are borders."""

def printed_digits(rates: Floats, step: int, /) -> int:
    """``schedules.points``: 3 or 4 digits, 0 for more.

    Raises:
        ValueError: ``step`` is below 1.
    """

def descent(loss: Floats, done: Floats, time: Floats, out: Floats, /) -> None:
    """The 33 fields of a ``learning_rate.descent.Descent`` into ``out``; all contiguous.

    Raises:
        ValueError: fewer than three losses, or not as many in each array.
    """

def figures(
    loss: Floats, done: Floats, time: Floats, slow: Floats, flat: Floats, logarithms: Floats,
    grad_norm: Floats, val_loss: Floats, did: Floats, facts: Floats, out: Floats, /
) -> None:  # fmt: skip
    """``learning_rate.figures`` into ``out``, of 75 items.

    Args:
        slow, flat: what ``fitted_curves`` takes.
        logarithms: natural ones of the last items of ``done``.
        did: the fields of the trace's ``Descent``.
        facts: rate, the optimizer's usual one (log10), ``now``, ``progress``, ``non_finite`` and
            ``broken``.

    Raises:
        ValueError: fewer than three losses, or an array of another length.
    """

def fitted_curves(
    slow: Floats, flat: Floats, loss: Floats, mean: Floats, height: Floats, misfit: Floats, /
) -> None:
    """The fields of a ``learning_rate.fits.Curves`` into the last three, of 11 items each."""

def fitted_line(x: Floats, y: Floats, /) -> tuple[float, float, float]:
    """The fields of a ``learning_rate.fits.Line``."""

def level(values: Floats, out: Floats, share: float, most: int, quantile: float, /) -> None:
    """
    Raises:
        ValueError: ``share`` is not above 0 and at most 1, or ``quantile`` not from 0 to below 1.
    """

def noise(values: Floats, out: Floats, share: float, lag: int, one: float, /) -> None:
    """
    Args:
        one: what the median is for noise of a standard deviation of 1.

    Raises:
        ValueError: ``share`` is not above 0 and at most 1, or ``lag`` not above 0.
    """

def newest(known: Ints, steps: Ints, out: Ints, /) -> None:
    """``rules._beside.newest_at`` into ``out``, as long as ``steps``."""

def best(values: Floats, out: Floats, /) -> None: ...
def peak(values: Floats, out: Floats, /) -> None: ...
def streak(holds: NDArray[np.bool_], out: Ints, /) -> None: ...
def moments(values: Floats, begin: Ints, out: Floats, /) -> None:
    """
    Args:
        begin: the index at which the newest part up to each point begins.
        out: twice as many: mean and deviation of each.

    Raises:
        IndexError: one begins after its point, or before the first.
    """

def turning(values: Floats, swing: Floats, turns: Ints, known: Ints, /) -> int:
    """How many turns there are, of which the last two arrays hold the beginning."""
