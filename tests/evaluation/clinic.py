"""The clinic: recorded runs written as logs, diagnosed as a user would, held against the truth."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from symptoms import Case, faults, load, quiet, symptoms
from write_logs import write

import lrdoctor
from lrdoctor.diagnosis import Action, Diagnosis, Finding, Verdict
from lrdoctor.errors import LrdoctorError
from lrdoctor.learning_rate.verdict import VERDICTS

DATA = Path(__file__).parent / "data"
CLINIC, RANGE_TESTS = DATA / "clinic.npz", DATA / "range_tests.npz"
MORE = DATA / "more.npz"
"""72 families of other tasks, recorded as the clinic was; half of them with its faults."""
Told = dict[str, list[Diagnosis]]
"""Run -> its diagnoses: more than one where its log was told in parts."""


def diagnosed(recorded: Path = CLINIC, share: float = 1.0, plain: bool = False) -> Told:
    """Every recorded run, written to disk in its format and checked."""
    with tempfile.TemporaryDirectory(prefix="lrdoctor-clinic-") as place:
        write(recorded, Path(place), share, plain)
        logs = sorted(Path(place).glob("run-*/log.csv")) if plain else [place]
        told: Told = defaultdict(list)
        for one in lrdoctor.check(logs):
            name = next(p for p in Path(one.path).parts if p.startswith("run-"))
            told[name].append(one)
    return dict(told)


def found(cases: list[Case], told: Told) -> dict[str, list[Finding]]:
    return {c.name: [f for d in told.get(c.name, ()) for f in d.findings] for c in cases}


def figures(cases: list[Case], told: Told) -> dict[str, dict[str, object]]:
    """Symptoms, faults, quiet and verdict, without the names of single runs."""
    seen = found(cases, told)
    calm = quiet(cases, seen)
    calm["missing"] = sum(c.name not in told for c in cases)
    tables = {
        **symptoms(cases, seen),
        "nothing wrong": calm,
        **faults(cases, seen),
        "broken": broken(cases, told),
        "verdict": verdict(cases, told),
    }
    return {
        name: {k: v for k, v in row.items() if not isinstance(v, list)}
        for name, row in tables.items()
    }


def broken(cases: list[Case], told: Told) -> dict[str, object]:
    """Which losses that became no number are held against the rate, by verdict or by advice:
    wrongly where one batch of NaN broke them, rightly where none was put in."""
    batch = [c for c in cases if c.event == "nan_batch" and c.name in told]
    rate = [c for c in cases if c.event is None and "nan" in c.symptoms and c.name in told]
    return {
        "by a batch": len(batch),
        "rate blamed": float(np.mean([any(_blames(told[c.name][0])) for c in batch])),
        "by their rate": len(rate),
        "rate acquitted": float(np.mean([not all(_blames(told[c.name][0])) for c in rate])),
    }


def _blames(one: Diagnosis) -> tuple[bool, bool]:
    """Whether the verdict is against the rate, and whether an advice is."""
    lowered = any(a.action is Action.LOWER_LR for a in one.advice)
    return one.learning_rate.verdict is Verdict.TOO_HIGH, lowered


def verdict(cases: list[Case], told: Told) -> dict[str, object]:
    """How right the verdict on the learning rate is, on runs without a fault."""
    rows = [
        (c, told[c.name][0].learning_rate)
        for c in cases
        if c.event is None and c.label is not None and c.name in told
    ]
    truth = np.array([Verdict(str(c.label)) for c, _ in rows])
    said = np.array([rate.verdict for _, rate in rows])
    f1 = []
    for one in VERDICTS:
        hits = np.sum((said == one) & (truth == one))
        f1.append(2 * hits / max(1, np.sum(said == one) + np.sum(truth == one)))
    gap = np.array([c.gap for c, _ in rows])
    fine, hard = truth == Verdict.OK, (gap >= 0.15) & (gap <= 0.5)
    against = (said == Verdict.TOO_LOW) | (said == Verdict.TOO_HIGH)
    sure = np.array([max(rate.probabilities.values(), default=np.nan) for _, rate in rows])
    best = np.array([max(rate.probabilities, key=rate.probabilities.get, default="")  # type: ignore[arg-type]
                     for _, rate in rows])  # fmt: skip
    right = best == truth
    bins = np.minimum(np.nan_to_num(sure * 10).astype(int), 9)
    known = np.isfinite(sure)
    error = sum(abs(float(np.sum((sure - right)[known & (bins == b)]))) for b in range(10))
    return {
        "runs": len(rows),
        "macro F1": float(np.mean(f1)),
        "wrong on fine runs": float(np.mean(against[fine])),
        "right where it is hard": float(np.mean((said == truth)[hard])),
        "calibration error": error / max(1, int(known.sum())),
    }


def range_tests() -> dict[str, object]:
    """How often the rate that a range test suggests ends well, by the family's own runs."""
    grid: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for case in load(CLINIC):
        if case.event is None:
            grid[case.family].append((case.rate, case.gap))
    good = []
    with tempfile.TemporaryDirectory(prefix="lrdoctor-range-") as place:
        write(RANGE_TESTS, Path(place))
        for number, log in enumerate(sorted(Path(place).iterdir())):
            try:
                value = lrdoctor.range_test(log).value
            except LrdoctorError:
                value = None
            rates, gaps = np.array(sorted(grid[number])).T
            if value is not None:
                good.append(gaps[np.abs(rates - np.log10(value)).argmin()] <= 0.05)
            else:
                good.append(False)
    return {"tests": len(good), "good": float(np.mean(good))}
