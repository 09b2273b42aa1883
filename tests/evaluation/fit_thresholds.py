"""Shows what the rules' fitted thresholds do, on tasks to choose them on and on others.

    python tests/evaluation/fit_thresholds.py CLINIC.npz [FAMILIES.npz] [--only NAME]

Each threshold of ``THRESHOLDS`` takes each of its values while the others stay as they are. Printed
are precision and recall of the symptom it serves on half of the tasks (*chosen on*) and on the
other half (*held out*), the tasks sorted by name and taken in turn; and, of made-up curves whose
loss never moves, the share that is told to diverge. ``slow`` is held against rates too low, few of
which show by their pace alone. FAMILIES.npz is what ``families/train.py`` writes (``--families 230
--seed 1``); its tasks are split the same way.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from made_up import NOISES, made, unmoved
from symptoms import Case, load, symptoms

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.rules import Rule, _above, _learning, rules
from lrdoctor.run import Run


@dataclass(frozen=True)
class Threshold:
    """A constant of a module, or a parameter of a rule, and the values to look at."""

    place: str
    """``lrdoctor.rules.<module>``; the rule's own fields where the name has no underscore."""
    name: str
    values: tuple[Any, ...]
    symptom: str


_SOONER = ((5, 0.6), (15, 0.35))

THRESHOLDS = (
    Threshold("_above", "_RESTLESS", (0.05, 0.1, 0.5, 2.0), "divergence"),
    Threshold("_above", "_STAYS", (0.0, 0.5, 0.7, 0.9), "divergence"),
    Threshold("_above", "_APART", (2.0, 3.0, 4.0, 6.0), "divergence"),
    Threshold("_above", "_AT_REST", (0.0, 0.1, 0.3, 1.0), "divergence"),
    Threshold("_above", "_FLOOR", (19.0, 40.0, 100.0, 1000.0), "divergence"),
    Threshold("_above", "_EARLIEST", (8, 12, 16), "divergence"),
    Threshold("_above", "_HELD", (0.0, 0.2, 0.4, 0.6), "divergence"),
    Threshold("_above", "RARE", (0.006, 0.0125, 0.025), "divergence"),
    Threshold("_above", "ERRORS", (3.0, 4.0, 5.0), "divergence"),
    Threshold("_thrown", "_FALLEN", (5.0, 6.0, 8.0, 12.0), "divergence"),
    Threshold("_thrown", "_DECADES", (0.8, 1.0, 1.3), "divergence"),
    Threshold("_thrown", "_STEPS", (60, 100, 200, 400), "divergence"),
    Threshold("_thrown", "TIMES", (3.0, 4.0, 5.0), "divergence"),
    Threshold("_thrown", "_POINTS", (8, 10, 12), "divergence"),
    Threshold("_thrown", "_WIDE", (0.5, 0.7, 1.0, 1.5), "divergence"),
    Threshold("_thrown", "_HELD", (0.85, 0.92, 0.97), "divergence"),
    Threshold("_thrown", "_LEFT", (0.02, 0.1, 0.35), "divergence"),
    Threshold("_rising", "_LEFT", (0.02, 0.04, 0.07, 0.35), "divergence"),
    Threshold("_rising", "_STAYS", (0.0, 0.7, 0.8, 0.9), "divergence"),
    Threshold("_rate", "_HIGH", (0.15, 0.25, 0.35, 0.5), "divergence"),
    Threshold("_held_out", "_DOWN", (0.5, 0.7, 1.1), "divergence"),
    Threshold("divergence", "excess", (3.5, 4.5, 6.0), "divergence"),
    Threshold("_rising", "_LASTING", (0.0, 0.1, 0.2, 0.3), "divergence"),
    Threshold("_learning", "_JUMPS", (0.02, 0.05, 0.1, 0.2), "flat"),
    Threshold(
        "_unmoved", "_EARLY", (_SOONER, (*_SOONER, (30, 0.3)), (*_SOONER, (30, 0.2))), "flat"
    ),
    Threshold("_unmoved", "_REST", (0.0, 0.03, 0.1, 0.3), "flat"),
    Threshold("_enough", "_LEAST_STEPS", (60, 100, 200), "flat"),
    Threshold("_unmoved", "_SUNK", (0.5, 1.0, 1.25, 2.0), "flat"),
    Threshold("_enough", "_SOON", (100, 150, 200, 300), "flat"),
    Threshold("_height", "HAIR", (0.0, 0.01, 0.02, 0.03), "flat"),
    Threshold("_height", "_SURE", (0.01, 0.02, 0.04), "flat"),
    Threshold("_height", "_FAR", (6.0, 12.0, 24.0), "flat"),
    Threshold("_height", "_WON", (0.02, 0.03, 0.05), "flat"),
    Threshold("_height", "_ERRORS", (2.0, 2.5, 3.0), "flat"),
    Threshold("_height", "_DEVIATIONS", (0.25, 0.5, 1.0), "flat"),
    Threshold("_height", "_BARE", (4.0, 6.0), "flat"),
    Threshold("_height", "_THROWN", (1.0, 1.5, 2.0, 3.0), "flat"),
    Threshold("_height", "_SHOWS", (0.05, 0.08, 0.12), "flat"),
    Threshold("_height", "_RESTS", (0.01, 0.02, 0.03), "flat"),
    Threshold("flat", "within", (2.0, 3.0, 4.0), "flat"),
    Threshold("flat", "many", (40, 60, 90), "flat"),
    Threshold("flat", "few", (8, 10, 15), "flat"),
    Threshold("_unmoved", "_QUIET", (2.0, 4.0, 6.0), "flat"),
    Threshold("_unmoved", "_CHANCE", (6.0, 12.0, 20.0), "flat"),
    Threshold("slow", "straight", (0.35, 0.4, 0.45, 0.5), "slow"),
    Threshold("slow", "clear", (2.0, 3.0, 5.0), "slow"),
    Threshold("slow", "_STEEPEST", (0.65, 0.75, 0.9), "slow"),
    Threshold("slow", "_HEAD", (0.25, 0.5, 1.0), "slow"),
    Threshold("slow", "_HELD", (0.8, 0.9, 1.0), "slow"),
    Threshold("slow", "_FIRST", (120, 240, 400), "slow"),
    Threshold("slow", "_LONG", (300, 400, 600), "slow"),
)


def figures(threshold: Threshold, value: Any, cases: list[Case], still: list[Run]) -> str:
    """One line: what the symptom's figures are at this value."""
    module = importlib.import_module(f"lrdoctor.rules.{threshold.place}")
    rule = rules()[threshold.symptom]
    constant = threshold.name.isupper()
    kept = getattr(module, threshold.name) if constant else None
    try:
        if constant:
            setattr(module, threshold.name, value)
        forget()
        asked = rule() if constant else rule(**{threshold.name: value})
        return " ".join(_row(asked, threshold.symptom, cases, still))
    finally:
        if constant:
            setattr(module, threshold.name, kept)
        forget()


def _row(asked: Rule, symptom: str, cases: list[Case], still: list[Run]) -> list[str]:
    found: dict[str, list[Finding]] = {c.name: list(asked.examine(c.run)) for c in cases}
    tasks = sorted({c.task for c in cases})
    cells = []
    for half in (tasks[::2], tasks[1::2]):
        own = [c for c in cases if c.task in half]
        table = paces(own, found) if symptom == "slow" else symptoms(own, found)[symptom]
        cells.append(f"{table['precision']:.3f}/{table['recall']:.3f}  ")
    if symptom == "divergence":
        cells.append(f"{np.mean([_warns(asked, run) for run in still]):.3f}")
    return cells


def paces(cases: list[Case], found: dict[str, list[Finding]]) -> dict[str, float]:
    """How often a run that is told to be slow had a rate too low, and how many of those are told.

    Of the runs whose rate is known to be too low, fine or too high.
    """
    known = [c for c in cases if c.label is not None]
    told = [c for c in known if found[c.name]]
    hits = sum(c.label == "too_low" for c in told)
    low = sum(c.label == "too_low" for c in known)
    return {"precision": hits / max(1, len(told)), "recall": hits / max(1, low)}


def _warns(rule: Rule, run: Run) -> bool:
    return any(f.severity is not Severity.INFO for f in rule.examine(run))


def forget() -> None:
    """Drop what rules remember of a curve: it was read with other thresholds."""
    _above._crowd.cache_clear()
    _learning._moved.cache_clear()


def unmoving(each: int = 60) -> list[Run]:
    """Made-up curves that stand still, of every noise."""
    seeds = [(zlib.crc32(noise.encode()), noise, k) for noise in NOISES for k in range(each)]
    return [made(unmoved, np.random.default_rng([own, k]), noise)[1] for own, noise, k in seeds]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recorded", type=Path, nargs="+")
    parser.add_argument("--only", help="the threshold of this name alone")
    asked = parser.parse_args()
    still = unmoving()
    for path in asked.recorded:
        cases = [case for case in load(path) if case.event is None]
        print(f"{path.name}: precision/recall chosen on, held out; share of unmoving curves told")
        for threshold in THRESHOLDS:
            if asked.only in (None, threshold.name):
                for value in threshold.values:
                    told = figures(threshold, value, cases, still)
                    shown = value[len(_SOONER) :] if isinstance(value, tuple) else f"{value:g}"
                    print(f"  {threshold.place:12} {threshold.name:10} {shown!s:>12}  {told}",
                          flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
