"""What one look at a log brought, and what is new in a log that was read again."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrdoctor.run import Block, Run, Series


@dataclass(frozen=True, slots=True)
class Growth:
    """What one look brought of one run."""

    fresh: bool = False
    """All former points are void."""
    blocks: Sequence[Block] = field(default_factory=list)

    def then(self, later: Growth) -> Growth:
        """Both, one after the other."""
        return later if later.fresh else Growth(self.fresh, [*self.blocks, *later.blocks])


Growths = dict[str, Growth]
"""By run inside the log; without those of which there is nothing new to tell."""


def gained(blocks: Iterable[Block], known: Container[str]) -> Growths:
    """What these blocks bring of each run; a run that is not known begins with them."""
    split: dict[str, list[Block]] = {}
    for block in blocks:
        split.setdefault(block.run, []).append(block)
    return {run: Growth(run not in known, found) for run, found in split.items()}


def joined(former: Growths | None, later: Growths | None) -> Growths | None:
    """Both, one after the other; None: neither brought anything."""
    if former is None or later is None:
        return later if former is None else former
    both = {run: growth.then(later[run]) for run, growth in former.items() if run in later}
    return {**former, **later, **both}


def differences(
    former: Mapping[str, Run], runs: Mapping[str, Run], blocks: Iterable[Block]
) -> Growths:
    """``difference`` for each of the runs, which hold all of ``blocks``."""
    brought = gained(blocks, ())
    return {
        name: difference(former.get(name), run, brought[name].blocks) for name, run in runs.items()
    }


def difference(former: Run | None, run: Run, blocks: Sequence[Block]) -> Growth:
    """What is new in ``run`` where it begins with all of ``former``; else all of it, afresh."""
    if former is None or not former.tags:
        return Growth(fresh=True, blocks=blocks)
    if list(former.tags) != list(run.tags)[: len(former.tags)]:
        return Growth(fresh=True, blocks=blocks)
    added = []
    for tag, series in run.tags.items():
        old = former.tags.get(tag)
        known = 0 if old is None else len(old)
        if old is not None and not _begins_with(series, old):
            return Growth(fresh=True, blocks=blocks)
        if series.went_back:
            return Growth(fresh=True, blocks=blocks)
        if len(series) > known:
            walls = series.wall_times
            added.append(Block(tag, series.steps[known:], series.values[known:],
                               None if walls is None else walls[known:]))  # fmt: skip
    return Growth(blocks=added)


def _begins_with(series: Series, old: Series) -> bool:
    n = len(old)
    if n > len(series) or old.went_back or (old.wall_times is None) != (series.wall_times is None):
        return False
    pairs = [(series.steps, old.steps), (series.values, old.values)]
    if series.wall_times is not None and old.wall_times is not None:
        pairs.append((series.wall_times, old.wall_times))
    # Compared as bits: NaN equals NaN.
    return all(np.array_equal(a[:n].view(np.int64), b.view(np.int64)) for a, b in pairs)
