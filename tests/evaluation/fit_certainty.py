"""Fits how sure findings are, and measures that on tasks held out as a whole.

    python tests/evaluation/fit_certainty.py CLINIC.npz [--write]

Each finding of each recorded run is right or wrong in hindsight (``hindsight.py``). Per rule a
logistic curve of the rule's own log-odds and of how far it was beyond its limit is fitted, pulled
towards what the rule says itself where findings are few. The figures are of fits that saw none of
a task's runs, each task in turn; ``--write`` fits on all of them and writes certainty.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parent))
from hindsight import right
from symptoms import Case, load

from lrdoctor.diagnosis import Severity
from lrdoctor.doctor import certainty
from lrdoctor.rules import rules
from lrdoctor.run import Floats

PULL = np.array([0.05, 0.5, 0.5])
"""Weight of the pull towards the rule's own word (0, 1, 0), in findings."""
FEWEST = 20
"""A rule with fewer findings that can be judged keeps its own word."""
BINS = np.array([0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0])
TARGET = Path(certainty.__file__).parent / "certainty.json"


@dataclass(frozen=True)
class Said:
    """One finding of one run, as it was said and as it turned out."""

    rule: str
    severity: Severity
    task: str
    odds: float
    beyond: float
    right: bool


def gather(cases: list[Case]) -> list[Said]:
    """Every finding that can be judged."""
    every = [rule() for rule in rules().values()]
    out = []
    for case in cases:
        for finding in (f for rule in every for f in rule.examine(case.run)):
            answer = right(case, finding)
            if answer is not None:
                odds, beyond = certainty.evidence(finding)
                out.append(Said(finding.rule, finding.severity, case.task, odds, beyond, answer))
    return out


def fit(said: list[Said]) -> dict[str, certainty.Coefficients]:
    """Coefficients by rule."""
    by_rule = defaultdict(list)
    for one in said:
        by_rule[one.rule].append(one)
    return {rule: _logistic(own) for rule, own in sorted(by_rule.items()) if len(own) >= FEWEST}


def _logistic(said: list[Said]) -> certainty.Coefficients:
    x = np.array([[1.0, s.odds, s.beyond] for s in said])
    # Platt's targets: never quite 0 or 1, however many findings agree.
    hits = sum(s.right for s in said)
    high, low = (hits + 1) / (hits + 2), 1 / (len(said) - hits + 2)
    y = np.where([s.right for s in said], high, low)
    word = np.array([0.0, 1.0, 0.0])

    def cost(w: Floats) -> tuple[float, Floats]:
        z = x @ w
        off = w - word
        loss = float(np.sum(np.logaddexp(0, z) - y * z) + np.sum(PULL * off * off))
        return loss, x.T @ (1 / (1 + np.exp(-z)) - y) + 2 * PULL * off

    # A rule that is surer must not be believed less.
    bounds = [(None, None), (0.0, None), (None, None)]
    a, b, c = minimize(cost, word, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(f"{a:.4g}"), float(f"{b:.4g}"), float(f"{c:.4g}")


def probabilities(said: list[Said], fitted: dict[str, certainty.Coefficients]) -> Floats:
    """What the fit says of each, shape (n,); the rule's own word where it was not fitted."""
    plain = (0.0, 1.0, 0.0)
    return np.array(
        [certainty.probability(fitted.get(s.rule, plain), s.odds, s.beyond) for s in said]
    )


def held_out(said: list[Said]) -> Floats:
    """Probabilities from fits that saw nothing of the finding's own task, shape (n,)."""
    p = np.full(len(said), np.nan)
    task = np.array([s.task for s in said])
    for left_out in np.unique(task):
        own = np.flatnonzero(task == left_out)
        fitted = fit([s for s in said if s.task != left_out])
        p[own] = probabilities([said[i] for i in own], fitted)
    return p


def reliability(said: list[Said], p: Floats) -> dict[str, object]:
    """The diagram's points, and the mean distance between said and true (weighted by count)."""
    right = np.array([s.right for s in said], np.float64)
    place = np.clip(np.searchsorted(BINS, p, side="right") - 1, 0, len(BINS) - 2)
    rows, error = [], 0.0
    for b in range(len(BINS) - 1):
        own = place == b
        if own.any():
            mean, share = float(p[own].mean()), float(right[own].mean())
            rows.append({"said": round(mean, 3), "right": round(share, 3), "count": int(own.sum())})
            error += abs(mean - share) * own.mean()
    sure = p >= 0.9
    return {
        "findings": len(said),
        "error": round(error, 4),
        "right where 0.9 or more is said": round(float(right[sure].mean()), 4),
        "share said so": round(float(sure.mean()), 4),
        "diagram": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clinic", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    said = gather(load(asked.clinic))
    before, after = probabilities(said, {}), held_out(said)
    held = reliability(said, after)
    for name, told in (("by the rules' word", reliability(said, before)), ("held out", held)):
        print(name, *(f"{k} {v}" for k, v in told.items() if k != "diagram"), sep="  ")
        for row in told["diagram"]:  # type: ignore[attr-defined]
            print("   ", *(f"{k} {v}" for k, v in row.items()), sep="  ")
    fitted = fit(said)
    for rule in sorted({s.rule for s in said}):
        own = [i for i, s in enumerate(said) if s.rule == rule]
        hits = np.mean([said[i].right for i in own])
        print(f"  {rule:20} {len(own):5} findings, right {hits:.3f}, word {before[own].mean():.3f},"
              f" held out {after[own].mean():.3f}, {fitted.get(rule, 'not fitted')}")  # fmt: skip
    if asked.write:
        provenance = {
            "fitted_by": "tests/evaluation/fit_certainty.py",
            "data": f"{asked.clinic.name}: {len(said)} findings",
            "held_out": "each task in turn",
            "figures_held_out": held,
        }
        told = {"rules": fitted, "provenance": provenance}
        TARGET.write_text(json.dumps(told, separators=(",", ":")) + "\n", "utf-8")
        print("wrote", TARGET.name)


if __name__ == "__main__":
    main()
