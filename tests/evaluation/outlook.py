"""What a plateau's message says is still to come, beside what came.

usage: python tests/evaluation/outlook.py RECORDED.npz [MORE.npz ...]

Taken are recorded runs without a fault, at a constant rate, that were told to be on a plateau
before half of their points were made: what their log says of as many points again can be looked up
in it. What came is the mean of the newest fifth of the losses then, less that of as many points
again; a part of the progress, as what was foretold. The most that may come is right where it is not
less. "Converged" is wrong where more than 1 % came.

On 124 plateaus of the clinic, of the families of ``recorded_by_torch.py --seed 21`` and of 18
further ones, on which the bound was chosen, it holds in 0.984; 14 are called converged, none
wrongly. On 28 of 18 families more, for which nothing was chosen: 0.929; 10, none. Before there was
a bound 111 of 125 were called converged, 0.40 of them wrongly, and 26 of the 28, 0.23 wrongly.
The forecast itself is no better than to say that nothing comes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from symptoms import load

from lrdoctor.rules.plateau import Plateau
from lrdoctor.run import Floats

_MOST = re.compile(r"([\d.e+-]+) % at the most")


def outlooks(path: Path) -> Iterator[tuple[float, bool, float]]:
    """The most that may come, whether that is called converged, and what came; of each plateau."""
    families = json.loads(str(np.load(path)["families"]))
    for case in load(path):
        family = families[case.family]
        if case.event is not None or family.get("sched", "constant") != "constant":
            continue
        found = next(iter(Plateau().examine(case.run)), None)
        if found is None:
            continue
        series = case.run["train/loss"]
        points = int(np.searchsorted(series.steps, found.fired_step)) + 1
        if 2 * points > len(series):
            continue
        values = series.values
        progress = values[0] - min(_end(values, k) for k in range(5, points + 1))
        came = (_end(values, points) - _end(values, 2 * points)) / progress
        most = _MOST.search(found.message)
        yield (float(most[1]) / 100 if most else 0.0), "converged" in found.message, came


def _end(values: Floats, points: int) -> float:
    """The mean of the newest fifth of so many points."""
    return float(values[points - max(points // 5, 3) : points].mean())


def main() -> None:
    told = np.array([row for path in sys.argv[1:] for row in outlooks(Path(path))])
    most, done, came = told[:, 0], told[:, 1] > 0, told[:, 2]
    print(len(told), "plateaus; the most holds in", round(float(np.mean(came <= most + 0.0005)), 3))
    print(
        "converged", round(float(done.mean()), 3),
        "wrongly", round(float(np.mean(came[done] > 0.01)), 3) if done.any() else "-",
    )  # fmt: skip


if __name__ == "__main__":
    main()
