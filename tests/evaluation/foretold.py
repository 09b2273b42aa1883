"""Where losses were foretold to stand, beside where they came to stand.

usage: python tests/evaluation/foretold.py RECORDED.npz [MORE.npz ...]

Taken are recorded runs without a fault at 0.5, 0.7 and 0.9 of their points, where lrdoctor
foretells their end; that they end there is told as a plan would. What came is the level (a trailing
median) at the end. A forecast holds where that lies in its band. The error is a part of the whole
fall of the loss. Beside it two plain forecasts: the level now, and a power law with a floor through
the losses so far (``scipy.optimize.curve_fit``); Hyperband's rule, to rank runs by their newest
loss, is the first. Runs that are told to be ill are not foretold, and such as fall ill later count
as they came.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit
from symptoms import Case, load

from lrdoctor import doctor
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Block, Floats, Run, Settings

SHARES = (0.5, 0.7, 0.9)
TABLE = "foretold, "
"""Before the names of these figures."""
FITTED = range(0, 36, 2)
UNSEEN = frozenset(range(72)).difference(FITTED)
"""Families of ``data/more.npz`` that the coefficients were fitted on, and the others."""


class Foretold(msgspec.Struct, frozen=True):
    """One run at a share of its points; figures in units of its loss."""

    family: int
    task: str
    schedule: str
    share: float
    reading: Reading
    """Of the losses so far."""
    value: float
    low: float
    high: float
    came: float
    """Infinite where a loss after was not finite."""
    whole: float
    """The whole fall, from the first loss to the lower of where it stood and came to."""

    @property
    def now(self) -> float:
        return float(self.reading.level[-1])

    @property
    def holds(self) -> bool:
        return self.low <= self.came <= self.high

    def error(self, value: float) -> float:
        return min(abs(value - self.came) / self.whole, 1.0)


def gather(path: Path, of: Container[int] | None = None) -> list[Foretold]:
    """Every run of a file, or of some of its families, that is foretold, at each share."""
    families = json.loads(str(np.load(path)["families"]))
    return [
        one
        for case in load(path)
        if case.event in (None, "control") and (of is None or case.family in of)
        for one in _of(case, families[case.family].get("sched", "constant"))
    ]


def _of(case: Case, schedule: str) -> Iterator[Foretold]:
    losses = case.run["train/loss"]
    whole = read(losses.curve)
    lost = not np.isfinite(losses.values).all()
    for share in SHARES:
        points = int(np.ceil(share * len(losses)))
        if points < 2 or not np.isfinite(losses.values[:points]).all():
            continue
        part = _head(case.run, int(losses.steps[points - 1]), int(losses.steps[-1]))
        told = doctor.diagnose(part).forecast
        if told is None:
            continue
        _, value, low, high = told.curve[-1]
        came = np.inf if lost else float(whole.level[-1])
        fall = float(losses.values[0]) - min(told.now, came)
        if fall > 0:
            yield Foretold(case.family, case.task, schedule, share, whole.head(points),
                           value, low, high, came, fall)  # fmt: skip


def _head(run: Run, until: int, end: int) -> Run:
    """The run as it stood at a step, planned to end at another."""
    part = Run(run.name, run.path, run.format, x_axis=run.x_axis,
               settings=Settings(planned_steps=end))  # fmt: skip
    for tag, series in run.tags.items():
        held = int(np.searchsorted(series.steps, until, side="right"))
        part.add(Block(tag, series.steps[:held], series.values[:held]))
    return part


def power_law(one: Foretold) -> float:
    """Its end by ``floor + size * points ** -exponent``; where none can be fitted, as it stands."""
    values = one.reading.values
    at = np.arange(1.0, len(values) + 1)
    size = max(float(values[0]) - one.now, 1e-12)

    def law(points: Floats, floor: float, size: float, exponent: float) -> Floats:
        return floor + size * points**-exponent

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", OptimizeWarning)
        try:
            fitted, _ = curve_fit(law, at, values, (one.now, size, 0.5), maxfev=400)
        except (RuntimeError, ValueError):  # it does not converge
            return one.now
    end = float(law(np.array([len(values) / one.share]), *fitted)[0])
    return end if np.isfinite(end) else one.now


def figures(found: Iterable[Foretold]) -> dict[str, dict[str, object]]:
    """By the share and by the schedule: how often the band holds, its width, the median errors."""
    found = list(found)
    groups = {"all": found}
    groups |= {f"at {share:g}": [o for o in found if o.share == share] for share in SHARES}
    for schedule in sorted({one.schedule for one in found}):
        groups[schedule] = [o for o in found if o.schedule == schedule]
    return {name: _row(group) for name, group in groups.items()}


def _row(group: list[Foretold]) -> dict[str, object]:
    return {
        "forecasts": len(group),
        "holds": float(np.mean([o.holds for o in group])),
        "ends higher": float(np.mean([o.came > o.high for o in group])),
        "ends lower": float(np.mean([o.came < o.low for o in group])),
        "width": float(np.median([(o.high - o.low) / o.whole for o in group])),
        "error": float(np.median([o.error(o.value) for o in group])),
        "error, as it stands": float(np.median([o.error(o.now) for o in group])),
        "error, power law": float(np.median([o.error(power_law(o)) for o in group])),
    }


def main() -> None:
    for path in sys.argv[1:]:
        for name, row in figures(gather(Path(path))).items():
            print(f"{name:10}", *(f"{k} {v:.3f}" if isinstance(v, float) else f"{v:5} {k}"
                                  for k, v in row.items()), sep="  ")  # fmt: skip


if __name__ == "__main__":
    main()
