"""A rule calmer or keener than it is: all that it asks for as evidence, moved by one factor."""

from __future__ import annotations

import math

from lrdoctor.rules import Asks, Rule

LEVELS = {"calm": 1.5, "normal": 1.0, "keen": 1 / 1.5}
"""How much evidence a level asks for, as a multiple of the rule's own thresholds. Those are fitted
(see each rule); the factor is not: half as much again is a step that shows on a wall of runs, and
both ways it stays within the range that each rule allows, which ``tests/rules`` hold it to."""


def thresholds(rule: type[Rule], level: str) -> dict[str, float | int]:
    """The thresholds of ``rule`` at this level, as far as they differ from its own.

    Args:
        level: one of ``LEVELS``.
    """
    factor = LEVELS[level]
    if factor == 1:
        return {}
    own = {name: getattr(rule(), name) for name, _ in rule.evidence}
    return {name: _moved(own[name], asks, factor) for name, asks in rule.evidence}


def _moved(value: float | int, asks: Asks, factor: float) -> float | int:
    if asks == "nearer one":
        moved = 1 - (1 - value) / factor
    else:
        moved = value * factor if asks == "more" else value / factor
    if isinstance(value, int):
        # Away from the rule's own number, so that a small one moves at all.
        return math.ceil(moved) if moved > value else math.floor(moved)
    return float(f"{moved:.3g}")
