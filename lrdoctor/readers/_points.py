"""Single points, gathered by run and tag, for formats that tell them one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrdoctor.readers._tags import Tags
from lrdoctor.run import Block

Point = tuple[int, float, float]
"""Step, value, wall time (UTC seconds, NaN where it is not told)."""


class Points:
    """Points in file order, until they are given out."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Point]] = {}

    def add(self, tag: str, step: int, value: float, wall_time: float, run: str = "") -> None:
        """Note one.

        Args:
            step: kept within 62 bits; a larger one is rubbish.
            wall_time: UTC seconds; NaN where it is not told.
            run: see ``Block.run``.
        """
        step = max(-(1 << 62), min(step, 1 << 62))
        self._found.setdefault((run, tag), []).append((step, value, wall_time))

    def blocks(self, tags: Tags) -> Iterator[Block]:
        """One block a tag of a run, in the order in which the tags first came."""
        found, self._found = self._found, {}
        for (run, raw), points in found.items():
            tag = tags.admit(raw)
            if tag is not None:
                steps, values, walls = zip(*points, strict=True)
                times = np.array(walls, np.float64)
                yield Block(tag, np.array(steps, np.int64), np.array(values, np.float64),
                            None if np.isnan(times).all() else times, run)  # fmt: skip


def seconds(told: float) -> float:
    """UTC seconds from a time stamp in seconds or milliseconds; NaN where it can be neither."""
    if 1e12 <= told < 1e14:
        told /= 1e3
    return told if 1e9 <= told < 1e11 else float("nan")
