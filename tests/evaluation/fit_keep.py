"""Fits when to stop: is the best run made so far a good one? Measured on tasks held out.

    python tests/evaluation/fit_keep.py CLINIC.npz [FAMILIES.npz ...] HELD.npz [--write]

HELD.npz comes from ``fit_verdict.py --keep``; files as for ``follow.py``. From every start the
advice is followed for three retrains without stopping; each state on the way is a row: its signs,
and whether its best run is good. The table printed says what stopping at a probability would have
kept, after how many runs.

Stopping once another retrain is expected to win too little (the probability that no run is good,
times that the next one is then) does no better at as many runs: at 3.0 it solves 0.968 of the
clinic's starts like the bound, with rates moved 0.960 and the bound 0.961, of made-up families'
0.838 and 0.837.

Without the squares of the signs a good run was kept in 0.970 of the clinic's starts after 2.86 runs
and in 0.933 of the others' after 3.13. A term for a single run, the number of runs, the log's own
"ok" or the lead over the second best run kept no more at as many runs on all of clinic, torch and
more; bounds of 1 in 100 on the odds kept less.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from fit_verdict import SHIFTS, TARGET
from follow import OFF_GRID, recorded, views
from kin import REAL, kind
from recorded import Family

from lrdoctor.learning_rate.next_rate import Look, look
from lrdoctor.learning_rate.view import View
from lrdoctor.run import Floats

RETRAINS = 3
RIDGE = 1.0
BOUNDS = (0.9, 0.93, 0.945, 0.957)


@dataclass(frozen=True)
class Way:
    """Three retrains from one start, without stopping. Arrays have a row a state."""

    task: str
    signs: Floats
    good: Floats
    """1 where the run that would be kept is good."""
    solved: Floats
    """1 where any run so far is good."""


def ways(family: Family, seen: list[View], shift: float) -> list[Way]:
    rates = np.array([r.rate for r in family.runs]) + shift
    fine = np.array([r.gap <= 0.05 for r in family.runs])
    memo: dict[tuple[int, ...], Look] = {}
    out = []
    for first in range(len(rates)):
        made, signs, good, solved = [first], [], [], []
        for _ in range(RETRAINS + 1):
            key = tuple(sorted(set(made)))
            if key not in memo:
                memo[key] = look([seen[i] for i in key])
            now = memo[key]
            signs.append(now.signs)
            good.append(float(fine[key[now.best]]))
            solved.append(float(fine[list(key)].any()))
            x = float(np.log10(float(f"{10**now.next:.1e}")))
            if rates[0] - OFF_GRID <= x <= rates[-1] + OFF_GRID:
                made.append(int(np.abs(rates - x).argmin()))
        out.append(Way(family.task, np.array(signs), np.array(good), np.array(solved)))
    return out


def logistic(x: Floats, y: Floats) -> Floats:
    """Weights and constant by Newton's method, shape (columns + 1,)."""
    x = np.column_stack([x, np.ones(len(x))])
    pull = RIDGE * np.diag(np.r_[np.ones(x.shape[1] - 1), 0.0])
    b = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-(x @ b)))
        slope = x.T @ (p - y) + pull @ b
        b -= np.linalg.solve(x.T @ ((p * (1 - p))[:, None] * x) + pull, slope)
    return b


def fit(told: list[Way]) -> Floats:
    return logistic(np.concatenate([w.signs for w in told]), np.concatenate([w.good for w in told]))


def stopped(told: list[Way], sure: list[Floats], bound: float) -> dict[str, object]:
    """What stopping at ``bound`` reaches: solved after each retrain, kept, runs made."""
    solved, kept, runs = [], [], []
    for way, p in zip(told, sure, strict=True):
        enough = np.flatnonzero(p[:-1] >= bound)
        last = int(enough[0]) if len(enough) else RETRAINS
        solved.append([way.solved[min(k, last)] for k in range(1, RETRAINS + 1)])
        kept.append(way.good[last])
        runs.append(last + 1)
    return {
        "solved": [round(float(s), 4) for s in np.mean(solved, axis=0)],
        "kept": round(float(np.mean(kept)), 4),
        "runs": round(float(np.mean(runs)), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="+")
    parser.add_argument("held")
    parser.add_argument("--write", action="store_true")
    a = parser.parse_args()
    families = recorded(a.families)
    played: dict[tuple[str, float], list[Way]] = {}
    for shift in SHIFTS:
        for family, seen in zip(families, views(families, a.held, shift), strict=True):
            played.setdefault((kind(family.task), shift), []).extend(ways(family, seen, shift))
    every = [way for told in played.values() for way in told]
    tasks = sorted({way.task for way in every})
    without = {task: fit([way for way in every if way.task != task]) for task in tasks}
    kept: dict[str, dict[str, object]] = {name: {} for name in REAL}
    for (name, shift), told in played.items():
        sure = [1 / (1 + np.exp(-(w.signs @ without[w.task][:-1] + without[w.task][-1])))
                for w in told]  # fmt: skip
        for bound in BOUNDS:
            kept[name][f"{shift:g}, {bound:g}"] = out = stopped(told, sure, bound)
            print(name, "rates moved by", shift, "decades, bound", bound, out)
    weights = [float(f"{w:.4g}") for w in fit(every)]
    print("weights", weights)
    if a.write:
        model = json.loads(TARGET.read_text("utf-8"))
        model["keep"] = weights
        model["provenance"]["kept_held_out"] = kept
        TARGET.write_text(json.dumps(model, separators=(",", ":")) + "\n", "utf-8")
        print("wrote", TARGET.name)


if __name__ == "__main__":
    main()
