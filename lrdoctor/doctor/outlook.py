"""What going on, or a cut of the rate, may still win: the second half of a calm run's headline."""

from __future__ import annotations

from lrdoctor.diagnosis import Forecast
from lrdoctor.rules._left import CONVERGED
from lrdoctor.run import Run

WIDE = 0.5
"""A band of more than this part of the progress is not told."""


def outlook(run: Run, ahead: Forecast | None, progress: float, *, stands: bool) -> str:
    """A clause that follows a semicolon; "" where the evidence does not allow one. A band from 0
    on, where losses end anyway, is told by its upper end, and only if that is below the loss now.

    Args:
        progress: by how much the loss has come down, above 0.
        stands: it has stopped falling.
    """
    if ahead is None or not progress > 0:
        return ""
    step, value, low, high = ahead.curve[-1]
    if not stands:
        bounded = low != 0
        if high - low > WIDE * progress or not (bounded or high < ahead.now):
            return ""
        told, least, most = figures(value, low, high)
        within = f"between {least} and {most}" if bounded else f"below {most}"
        way = f"by {run.x_axis} {step} it should be" if ahead.planned else (
            f"going on to {run.x_axis} {step} should bring it"
        )  # fmt: skip
        return f"{way} near {told}, {within}"
    done = CONVERGED * progress
    left, cut = max(ahead.now - low, 0.0), ahead.cut
    wins = cut is not None and cut.advised and cut.most >= done
    if left >= progress:
        return ""
    calm = f"going on to {run.x_axis} {step} wins at most {_share(left, progress)} of its progress"
    if left < done:
        calm = "going on wins nothing more"
        if cut is not None and not wins:
            return f"{calm}, nor does a cut of the rate"
    if cut is None or not wins:
        return calm
    return f"{calm}, a cut of the rate to a tenth at most {_share(cut.most, progress)}"


def figures(*losses: float) -> list[str]:
    """Each in as many digits as tell them apart, three at least and six at the most."""
    for digits in range(3, 7):
        told = [f"{loss:.{digits}g}" for loss in losses]
        if len(set(told)) == len(set(losses)):
            break
    return told


def _share(part: float, progress: float) -> str:
    return f"{100 * part / progress:.2g} %"
