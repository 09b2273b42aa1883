"""The recorded runs as a log by the epoch would tell them: few rows, each a mean over many.

usage: python tests/evaluation/coarse.py RECORDED.npz [--rows 10,20,50] [--misses]

Truth is that of the whole run (``symptoms.py``). A row has what Keras's CSV has: the mean of the
training losses of its stretch, and its last validation loss, accuracy and rate; the loss before
training is in none of them. Runs that have not logged twice as many rows are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from made_up import UNSTEADY
from symptoms import SYMPTOMS, Case, load, quiet, symptoms

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.rules import rules
from lrdoctor.run import Block, Run

ROWS = (10, 20, 50)
_TAGS = {"train/loss": "loss", "val/loss": "val_loss", "val/accuracy": "val_accuracy", "lr": "lr"}


def by_epoch(run: Run, rows: int) -> Run:
    """The run in so many rows, an axis of rows from 0 on."""
    out = Run(run.name, run.path, "csv", x_axis="row")
    losses = run["train/loss"]
    edges = losses.steps[[part[-1] for part in np.array_split(np.arange(len(losses)), rows)]]
    for name, tag in _TAGS.items():
        series = run.get(name)
        if series is None:
            continue
        row = np.searchsorted(edges, series.steps)
        told = [series.values[row == k] for k in range(rows)]
        known = np.array([k for k in range(rows) if len(told[k])], np.int64)
        one = np.mean if name == "train/loss" else (lambda values: values[-1])
        out.add(Block(tag, known, np.array([one(told[k]) for k in known])))
    return out


def measure(cases: Sequence[Case], rows: int) -> dict[str, dict[str, object]]:
    """Precision and recall of each symptom, and alarms on runs with nothing wrong."""
    every = [rule() for rule in rules().values()]
    plain = [c for c in cases if c.event in (None, "control")]
    coarse = [replace(c, run=by_epoch(c.run, rows)) for c in plain
              if len(c.run["train/loss"]) >= 2 * rows]  # fmt: skip
    found = {c.name: [f for rule in every for f in rule.examine(c.run)] for c in coarse}
    return {**symptoms(coarse, found), "rate too high": _unsteady(coarse, found),
            "nothing wrong": quiet(coarse, found)}  # fmt: skip


def _unsteady(cases: Sequence[Case], found: dict[str, list[Finding]]) -> dict[str, object]:
    """How well a warning of steps that are too long tells the runs whose rate is too high."""
    said = {c.name for c in cases for f in found[c.name]
            if f.rule in UNSTEADY and f.severity is not Severity.INFO}  # fmt: skip
    high = {c.name for c in cases if c.label == "too_high"}
    judged = said & {c.name for c in cases if c.label is not None}
    return {"precision": len(judged & high) / max(1, len(judged)),
            "recall": len(said & high) / max(1, len(high)), "runs": len(high),
            "wrongly": sorted(judged - high)}  # fmt: skip


def figures(cases: Sequence[Case]) -> dict[str, dict[str, object]]:
    """By number of rows, without the names of single runs."""
    out = {}
    for rows in ROWS:
        table = measure(cases, rows)
        calm = table["nothing wrong"]
        flat = {
            f"{s} {k}": table[s][k]
            for s in (*SYMPTOMS, "rate too high")
            for k in ("runs", "precision", "recall")
        }
        out[f"{rows} rows"] = {"runs": calm["runs"], "critical": calm["critical"],
                               "unfounded": calm["unfounded"], **flat}  # fmt: skip
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recorded", type=Path)
    parser.add_argument("--rows", default=",".join(map(str, ROWS)))
    parser.add_argument("--misses", action="store_true")
    asked = parser.parse_args()
    cases = load(asked.recorded)
    for rows in map(int, asked.rows.split(",")):
        print(rows, "rows")
        for name, told in measure(cases, rows).items():
            shown = {k: v for k, v in told.items() if asked.misses or not isinstance(v, list)}
            print(f"  {name:14}", *(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}"
                                    for k, v in shown.items()), sep="  ")  # fmt: skip


if __name__ == "__main__":
    main()
