"""What was played, as figures: who solved how many starts after how many retrains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.prove.playing import RETRAINS, SOLVED, WORST, Family, Played

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One method over some starts."""

    starts: int
    solved: tuple[float, ...]
    """Share of the starts with a good run after 0, 1, 2, ... retrains."""
    gap: tuple[float, ...]
    """The mean of the lowest gap by then, none counted above 1."""
    kept: float
    """Share of the starts where the run kept in the end is good."""
    runs: float
    """Runs made, the start among them."""


def best_so_far(family: Family, played: Played) -> Floats:
    """The lowest gap after 0, 1, ... retrains; one that was not made changes nothing."""
    gaps = [min(family.gap(rate), WORST) for rate in played.rates]
    gaps += [np.inf] * (RETRAINS + 1 - len(gaps))
    return np.minimum.accumulate(gaps)


def row(played: Sequence[tuple[Family, Played]]) -> Row:
    table = np.array([best_so_far(family, one) for family, one in played])
    return Row(
        starts=len(table),
        solved=tuple(float(x) for x in (table <= SOLVED).mean(axis=0)),
        gap=tuple(float(x) for x in np.minimum(table, 1.0).mean(axis=0)),
        kept=float(np.mean([family.gap(one.kept) <= SOLVED for family, one in played])),
        runs=float(np.mean([len(one.rates) for _, one in played])),
    )


def by_method(results: Sequence[tuple[Family, list[Played]]]) -> Mapping[str, Row]:
    """Each method over all starts of all families."""
    return {
        name: row([(f, p) for f, its in results for p in its if p.method == name])
        for name in dict.fromkeys(p.method for _, its in results for p in its)
    }


def by_family(results: Sequence[tuple[Family, list[Played]]]) -> Mapping[str, Mapping[str, Row]]:
    return {family.name: by_method([(family, its)]) for family, its in results if its}
