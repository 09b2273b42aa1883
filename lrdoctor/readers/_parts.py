"""Figures by tag, gathered in any order and given out in file order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrdoctor.readers._event import Scalar
from lrdoctor.readers._layout import Figures
from lrdoctor.run import Floats, Ints

Places = range | Ints | NDArray[np.uint32]

_FEW = 2


@dataclass(frozen=True, slots=True)
class _Part:
    """Points of one tag, with where they, or their records, begin; all of shape (n,)."""

    places: Places
    steps: Ints
    values: Floats
    walls: Floats


class Parts:
    """What was found in some bytes."""

    def __init__(self) -> None:
        self.base = 0
        """Is added to the places of what is taken up."""
        self._found: list[tuple[int, int, Scalar, _Part]] = []

    def add(self, places: Places, figures: Figures) -> None:
        """Take up what records say; ``places``, rising, is where they stand."""
        if self.base:
            places = np.add(places, self.base, dtype=np.int64)
        for turn, (scalar, values) in enumerate(figures.scalars):
            part = _Part(places, figures.steps, values, figures.wall_times)
            self._found.append((int(places[0]), turn, scalar, part))

    def by_tag(
        self, wanted: Callable[[Scalar], bool]
    ) -> Iterator[tuple[str, tuple[Ints, Floats, Floats]]]:
        """Steps, values and wall times of each tag, those first that begin first; of some tags in
        two parts."""
        tags: dict[str, list[_Part]] = {}
        for _, _, scalar, part in sorted(self._found, key=lambda found: found[:2]):
            if wanted(scalar):
                tags.setdefault(scalar.tag, []).append(part)
        for tag, parts in tags.items():
            for joined in _few(parts):
                yield tag, joined


def _few(parts: list[_Part]) -> list[tuple[Ints, Floats, Floats]]:
    """As they are where they are few that follow one another: a tag's first value tells more than
    the others, and to put it before them would move them all."""
    if len(parts) > _FEW or _mixed(parts):
        return [_joined(parts)]
    return [(part.steps, part.values, part.walls) for part in parts]


def _mixed(parts: list[_Part]) -> bool:
    return any(a.places[-1] >= b.places[0] for a, b in pairwise(parts))


def _joined(parts: list[_Part]) -> tuple[Ints, Floats, Floats]:
    if len(parts) == 1:
        return parts[0].steps, parts[0].values, parts[0].walls
    steps = np.concatenate([part.steps for part in parts])
    values = np.concatenate([part.values for part in parts])
    walls = np.concatenate([part.walls for part in parts])
    if _mixed(parts):
        order = np.argsort(np.concatenate([part.places for part in parts]), kind="stable")
        return steps[order], values[order], walls[order]
    return steps, values, walls
