"""Plays the advice of ``next_learning_rate`` out on recorded families, by held-out predictions.

    python tests/evaluation/fit_verdict.py CLINIC.npz FAMILIES.npz ... --keep HELD.npz
    python tests/evaluation/follow.py CLINIC.npz [FAMILIES.npz ...] HELD.npz
        [--retrains 3] [--worst] [--shift -2]

HELD.npz holds each run's verdict and edges from a fit that never saw its task, so the shares
printed are honest where the fitted package itself would be measured on what it was fitted on.
FAMILIES.npz are the files of families that torch trained, in the order given to fit_verdict.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from kin import REAL, drawn, kind
from recorded import Family, as_format_tells, load

from lrdoctor.doctor import alarms
from lrdoctor.learning_rate.model import Valleys
from lrdoctor.learning_rate.next_rate import choose
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.verdict import informed, limited
from lrdoctor.learning_rate.view import BROKEN, View

OFF_GRID = 0.5
"""Decades beyond the recorded rates: a retrain wasted."""


def recorded(paths: Sequence[str]) -> list[Family]:
    """The families of the clinic and, if given, of the other files that torch trained."""
    return load(paths[0]) + [family for path in paths[1:] for family in drawn(path)]


def views(families: Sequence[Family], held: str, shift: float = 0.0) -> list[list[View]]:
    """Each run's view with the held-out prediction in the place of the package's own, limited by
    what the rules see in the run, as ``next_learning_rate`` has it."""
    z = np.load(held)
    which = int(np.flatnonzero(z["shifts"] == shift)[0])
    told = z["p"][which]
    edge, sigma, fold = z["edge"][which], z["sigma"][which], z["fold"]
    valleys = [Valleys(*each) for each in zip(z["flanks"], z["odds"], strict=True)]
    out, k = [], 0
    for family in families:
        own = []
        for run in family.runs:
            log = as_format_tells(family, run, shift=shift)
            found = alarms(log)
            seen = informed(trace(log), found)
            p = BROKEN if np.isinf(seen.end) else told[k]
            held_out = replace(seen, probabilities=p, edges=edge[k], sigma=sigma[k],
                               valleys=valleys[fold[k]])  # fmt: skip
            own.append(limited(held_out, found))
            k += 1
        out.append(own)
    return out


def play(
    family: Family, seen: list[View], retrains: int, shift: float = 0.0
) -> list[tuple[list[float], float, int]]:
    """From every start: the lowest gap after each retrain, the gap of the run kept, runs made."""
    rates = np.array([r.rate for r in family.runs]) + shift
    gaps = [r.gap for r in family.runs]
    memo: dict[tuple[int, ...], tuple[float | None, int]] = {}
    rows = []
    for first in range(len(rates)):
        made, reached, kept, count = [first], [gaps[first]], first, retrains + 1
        for done in range(retrains + 1):
            key = tuple(sorted(made))
            if key not in memo:
                order = sorted(set(made), key=lambda i: seen[i].end)
                answer = choose([seen[i] for i in order], [str(i) for i in order])
                memo[key] = (answer.value, int(answer.best or 0))
            value, kept = memo[key]
            if value is None or done == retrains:
                count = done + 1
                break
            x = float(np.log10(value))
            if rates[0] - OFF_GRID <= x <= rates[-1] + OFF_GRID:
                made.append(int(np.abs(rates - x).argmin()))
                reached.append(gaps[made[-1]])
            else:
                reached.append(np.inf)
        reached += [np.inf] * (retrains + 1 - len(reached))
        rows.append((list(np.minimum.accumulate(reached)), gaps[kept], count))
    return rows


def summary(rows: list[tuple[list[float], float, int]]) -> dict[str, object]:
    lowest = np.array([r[0] for r in rows])
    return {
        "solved": [round(float(np.mean(c <= 0.05)), 4) for c in lowest.T[1:]],
        "kept": round(float(np.mean([r[1] <= 0.05 for r in rows])), 4),
        "runs": round(float(np.mean([r[2] for r in rows])), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="+")
    parser.add_argument("held")
    parser.add_argument("--retrains", type=int, default=3)
    parser.add_argument("--worst", action="store_true", help="the worst families too")
    parser.add_argument("--shift", type=float, default=0.0, help="decades, as HELD.npz has them")
    a = parser.parse_args()
    families = recorded(a.families)
    seen = views(families, a.held, a.shift)
    played = [play(f, own, a.retrains, a.shift) for f, own in zip(families, seen, strict=True)]
    for name in REAL:
        of = (rows for f, rows in zip(families, played, strict=True) if kind(f.task) == name)
        if rows := [row for rows in of for row in rows]:
            print(name, summary(rows))
    if a.worst:
        by = sorted(range(len(families)), key=lambda k: summary(played[k])["kept"])  # type: ignore[arg-type, return-value]
        for k in by[:14]:
            print(f"{families[k].name:45}", summary(played[k]))


if __name__ == "__main__":
    main()
