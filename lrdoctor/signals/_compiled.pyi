from lrdoctor.run import Floats, Ints

def cells(values: Floats, steps: Ints, borders: Ints, out: Floats, at: Floats, /) -> None:
    """Means of the groups that begin at ``borders`` into ``out``, their last steps into ``at``.

    Raises:
        ValueError: the borders do not rise from 0 or more to below the number of values.
    """

def shares(at: Floats, steps: Floats, rates: Floats, time: Floats, done: Floats, /) -> None:
    """Shares of the steps into ``time``, of the cumulative rate into ``done``, by row."""

def expected_windows(
    starts: Floats, widths: Floats, rate: float, edges: Floats, sigma: Floats, along: Floats,
    across: Floats, never: float, out: Floats, /
) -> None:  # fmt: skip
    """``learning_rate.window``: logarithms of the density of each window, at least ``never``."""

def mixed_windows(
    starts: Floats, widths: Floats, rate: float, probabilities: Floats, doubt: float, lost: bool,
    density: Floats, /
) -> None:  # fmt: skip
    """``learning_rate.window``: such densities, scaled and mixed in their place."""

def window_margins(
    mass: Floats, lengths: Ints, beginning: Floats, ending: Floats, inside: Floats, /
) -> None:  # fmt: skip
    """``learning_rate.window``: the mass that begins, ends and lies across, by grid point.

    Raises:
        ValueError: a window ends beyond the grid.
    """

def descent(loss: Floats, done: Floats, time: Floats, out: Floats, /) -> None:
    """The 30 fields of a ``learning_rate.descent.Descent`` into ``out``; all contiguous.

    Raises:
        ValueError: fewer than three losses, or not as many in each array.
    """

def level(values: Floats, out: Floats, share: float, most: int, quantile: float, /) -> None:
    """``signals.level`` of contiguous values into ``out``, of their length.

    Raises:
        ValueError: ``share`` is not above 0, or ``quantile`` not from 0 to below 1.
    """
