"""How well the rules find symptoms and injected faults on recorded runs, and how quiet they are.

usage: python tests/evaluation/symptoms.py RECORDED.npz [--tasks A,B,...] [--misses]

Truth is what happened, not what it looks like: ``nan`` a logged loss that is not finite;
``divergence`` a run that ends clearly above its loss before training (gap > 1.2) or not finite;
``flat`` one that never leaves it (0.97 <= gap <= 1.1), gap being 0 at the family's best final loss
and 1 at the start. A symptom that is said counts against the rule only where gap < 0.5: between,
either answer can be defended. Runs with a fault that was put in half way count as found once a rule
that answers to it fires at or after the fault; the delay is the share of the run in between.

``--tasks`` keeps the families of some tasks alone: thresholds are fitted on some and looked at on
others. ``--misses`` names the runs that were told wrongly.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.rules import rules
from lrdoctor.run import Block, Floats, Run, Settings

FORMATS = ("keras_csv", "lightning_csv", "hf_trainer_state", "jsonl", "tfevents", "yolo_csv",
           "mmengine_json")  # fmt: skip
BY_ROW = {"keras_csv": ("row", 0), "yolo_csv": ("epoch", 1)}
"""Formats that log no optimizer step: their axis, and its first value."""
NO_NORM = ("keras_csv", "yolo_csv")
SYMPTOMS = ("nan", "divergence", "flat")
BROKEN = {"divergence", "nan", "oscillation", "spike", "exploding-gradient", "flat", "plateau"}
ANSWERS = {
    "lr_jump": BROKEN,
    "lr_oscillate": BROKEN,
    "lr_zero": {"flat", "plateau", "zero-learning-rate"},
    "nan_batch": {"nan"},
    "bad_labels": {"spike", "oscillation"},
    "grad_blowup": {"spike", "divergence", "exploding-gradient", "nan"},
    "resume": {"resume"},
}
"""Fault -> the rules of which one must answer."""


@dataclass(frozen=True)
class Case:
    name: str
    event: str | None
    gap: float
    symptoms: frozenset[str]
    label: str | None
    """too_low, ok, too_high by its rate; None between, where neither can be said."""
    task: str
    family: int
    rate: float
    """log10 of the base rate."""
    run: Run = field(repr=False)
    onset: int | None
    """Row of the fault; None where the run has none."""
    counts: bool
    """The fault did harm, so it must be found."""


def load(path: Path, tasks: set[str] | None = None) -> list[Case]:
    """The recorded runs with their truth."""
    z = np.load(path)
    truth, families = json.loads(str(z["truth"])), json.loads(str(z["families"]))
    columns = [str(c) for c in z["columns"]]
    offsets, table = z["offsets"], z["table"].astype(np.float64)
    best: dict[int, float] = {}
    start: dict[int, float] = {}
    control: dict[int, float] = {}
    rates: dict[int, list[float]] = defaultdict(list)
    for t in truth:
        family, final = t["family"], t["final_train"]
        if t["event"] is None and final is not None:
            best[family] = min(best.get(family, math.inf), final)
        if t["event"] == "control" and final is not None:
            control[family] = final
        if math.isfinite(t["l0"]):
            start.setdefault(family, t["l0"])
    for t in truth:
        family, final = t["family"], t["final_train"]
        if t["event"] is None and final is not None:
            low, span = best[family], start[family] - best[family]
            if (final - low) / span <= 0.02:
                rates[family].append(math.log(t["lr"]))
    cases = []
    for i, t in enumerate(truth):
        family = families[t["family"]]
        if tasks is not None and family["task"] not in tasks:
            continue
        low, span = best[t["family"]], start[t["family"]] - best[t["family"]]
        log = dict(zip(columns, table[offsets[i] : offsets[i + 1]].T, strict=True))
        case = _case(i, t, log, family, low, span, control.get(t["family"]))
        high = math.log(t["lr"]) > float(np.median(rates[t["family"]]))
        cases.append(replace(case, label=_label(case.gap, high)))
    return cases


def _case(
    i: int, t: dict, log: dict[str, Floats], family: dict, low: float, span: float,
    control: float | None,
) -> Case:  # fmt: skip
    final = t["final_train"]
    gap = math.inf if final is None else (final - low) / span
    symptoms = set()
    if (log["nonfinite"] > 0).any():
        symptoms.add("nan")
    if gap > 1.2:
        symptoms.add("divergence")
    if 0.97 <= gap <= 1.1:
        symptoms.add("flat")
    event = t["event"]
    trains = control is not None and (control - low) / span <= 0.15
    hurt = trains and (final is None or final - control > 0.1 * span)
    format = FORMATS[t["family"] % len(FORMATS)]
    counts = {"nan_batch": True, "resume": format not in BY_ROW}.get(event, hurt)
    onset = None if event in (None, "control", "dead_init") else _onset(log["step"], family, event)
    run = _run(f"run-{i:04d}", format, log, family)
    return Case(run.name, event, gap, frozenset(symptoms), None, family["task"], t["family"],
                math.log10(t["lr"]), run, onset, counts)  # fmt: skip


def _label(gap: float, high: bool) -> str | None:
    if gap <= 0.05:
        return "ok"
    if gap < 0.15:
        return None
    return "too_high" if high else "too_low"


def _onset(steps: Floats, family: dict, event: str) -> int:
    if event == "resume":
        return int(np.argmax(np.diff(steps) < 0)) + 1
    later = steps >= int(family["steps"] * 0.5)
    return int(np.argmax(later)) if later.any() else len(steps) - 1


def _run(name: str, format: str, log: dict[str, Floats], family: dict) -> Run:
    """The run as its log would be read."""
    axis, first = BY_ROW.get(format, ("step", None))
    rows = len(log["step"])
    steps = log["step"].astype(np.int64) if first is None else np.arange(first, first + rows)
    planned = {"hf_trainer_state": family["steps"],
               "yolo_csv": family["steps"] // family["every"] + 1}.get(format)  # fmt: skip
    run = Run(name, name, format, x_axis=axis, settings=Settings(planned_steps=planned))
    for column in ("train_loss", "val_loss", "val_acc", "lr", "grad_norm"):
        values = log[column]
        written = np.isfinite(values)
        if column in ("train_loss", "lr"):
            written[:] = True
        elif column == "grad_norm":
            written |= (log["nonfinite"] > 0) & np.isfinite(values[0])
            written &= format not in NO_NORM
        if written.any():
            run.add(Block(column, steps[written], values[written]))
    return run


def row_of(case: Case, step: int) -> int:
    """The row at which a step was logged."""
    steps = np.maximum.accumulate(case.run["train/loss"].steps)
    return int(np.clip(np.searchsorted(steps, step), 0, len(steps) - 1))


def symptoms(cases: list[Case], found: dict[str, list[Finding]]) -> dict[str, dict[str, object]]:
    """Precision and recall of each symptom on the runs without a fault."""
    table = {}
    for symptom in SYMPTOMS:
        hits, misses, alarms = [], [], []
        for case in cases:
            if case.event is not None:
                continue
            said = any(
                f.rule == symptom and f.severity is not Severity.INFO for f in found[case.name]
            )
            if symptom in case.symptoms:
                (hits if said else misses).append(case.name)
            elif said and case.gap < 0.5:
                alarms.append(case.name)
        table[symptom] = {
            "precision": len(hits) / max(1, len(hits) + len(alarms)),
            "recall": len(hits) / max(1, len(hits) + len(misses)),
            "runs": len(hits) + len(misses),
            "missed": misses,
            "wrongly": alarms,
        }
    return table


def quiet(cases: list[Case], found: dict[str, list[Finding]]) -> dict[str, object]:
    """How often a run with nothing wrong is worried about.

    Nothing wrong with its training loss, that is: a model that learns its training set by heart has
    the best one. ``unfounded`` leaves out overfitting that was there.
    """
    from hindsight import right  # which takes what a case is from here

    fine = [c for c in cases if c.event in (None, "control") and c.gap <= 0.05]
    fine = [c for c in fine if "nan" not in c.symptoms]
    worried: dict[Severity, list[str]] = defaultdict(list)
    unfounded = 0
    for case in fine:
        for severity in {f.severity for f in found[case.name]}:
            worried[severity].append(case.name)
        loud = [f for f in found[case.name] if f.severity is not Severity.INFO]
        unfounded += any(f.rule != "overfitting" or not right(case, f) for f in loud)
    return {
        "runs": len(fine),
        **{s.value: len(worried[s]) / max(1, len(fine)) for s in Severity},
        "unfounded": unfounded / max(1, len(fine)),
        "wrongly": worried[Severity.CRITICAL],
    }


def faults(cases: list[Case], found: dict[str, list[Finding]]) -> dict[str, dict[str, object]]:
    """Share of each kind of fault that was found, and how soon."""
    table = {}
    for event, answers in ANSWERS.items():
        runs = [c for c in cases if c.event == event and c.counts]
        missed, delays, early = [], [], 0
        for case in runs:
            assert case.onset is not None
            at = [(row_of(case, f.fired_step), f) for f in found[case.name] if f.rule in answers]
            if event == "resume":
                # Only the points after the resume stand: rows before it tell nothing.
                (delays.append(0.0) if at else missed.append(case.name))
                continue
            early += any(row < case.onset - 1 and f.severity is Severity.CRITICAL for row, f in at)
            after = [row for row, _ in at if row >= case.onset - 1]
            if after:
                delays.append((min(after) - case.onset) / len(case.run["train/loss"]))
            else:
                missed.append(case.name)
        table[event] = {
            "runs": len(runs),
            "recall": len(delays) / len(runs) if runs else math.nan,
            "median delay": float(np.median(delays)) if delays else math.nan,
            "critical before": early,
            "missed": missed,
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recorded", type=Path)
    parser.add_argument("--tasks", type=lambda text: set(text.split(",")))
    parser.add_argument("--misses", action="store_true")
    asked = parser.parse_args()
    cases = load(asked.recorded, asked.tasks)
    every = [rule() for rule in rules().values()]
    begun = time.process_time()
    found = {c.name: [f for rule in every for f in rule.examine(c.run)] for c in cases}
    spent = time.process_time() - begun
    print(f"{len(cases)} runs, {len(cases) / spent:.0f} runs a second of processor time")
    for title, table in (
        ("symptom", symptoms(cases, found)),
        ("nothing wrong", {"": quiet(cases, found)}),
        ("fault", faults(cases, found)),
    ):
        print(title)
        for name, figures in table.items():
            shown = {k: v for k, v in figures.items() if asked.misses or not isinstance(v, list)}
            print(f"  {name:14}", *(f"{k} {_short(v)}" for k, v in shown.items()), sep="  ")


def _short(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
