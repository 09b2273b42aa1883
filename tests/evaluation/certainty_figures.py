"""How well calibrated findings are: as the package says it, and by fits that saw no such task."""

from __future__ import annotations

from fit_certainty import gather, held_out, probabilities, reliability
from symptoms import Case

from lrdoctor.doctor import certainty

Reliability = dict[str, object]


def both(cases: list[Case]) -> tuple[Reliability, Reliability]:
    """Reliability of held-out certainties, and of those in the package."""
    said = gather(cases)
    package = probabilities(said, certainty.coefficients())
    return reliability(said, held_out(said)), reliability(said, package)
