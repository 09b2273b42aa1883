"""The same logs through other tools, counted by the same truth."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from clinic import CLINIC, Told
from symptoms import ANSWERS, SYMPTOMS, Case
from write_logs import write

SYMPTOM = {
    "non_finite": "nan", "nan_inf": "nan", "GS001": "nan", "nan": "nan",
    "divergence": "divergence", "GS006": "divergence",
    "no_learning": "flat", "stagnation": "flat", "GS005": "flat", "plateau": "flat",
    "flat": "flat",
}  # fmt: skip
"""Check of any of the tools -> the symptom it comes closest to."""
Said = dict[str, list[tuple[str, str]]]
"""Run -> what a tool said of it: check and severity."""


def ask(python: Path) -> dict[str, Said]:
    """What each tool in that environment says of the clinic's plain logs."""
    said: dict[str, Said] = defaultdict(dict)
    with tempfile.TemporaryDirectory(prefix="lrdoctor-peers-") as place:
        write(CLINIC, Path(place), plain=True)
        asked = subprocess.run(
            [python, Path(__file__).with_name("ask_peers.py"), place],
            check=True, capture_output=True, text=True, timeout=1800,
        )  # fmt: skip
    for line in asked.stdout.splitlines():
        told = json.loads(line)
        said[told["tool"]][told["run"]] = [(c, s) for c, s in told.get("alarms", ())]
    return dict(said)


def own(told: Told) -> Said:
    """lrdoctor's findings in the same shape."""
    return {
        name: [(f.rule, f.severity.value) for d in told_of for f in d.findings]
        for name, told_of in told.items()
    }


def row(cases: list[Case], said: Said) -> dict[str, float]:
    """One tool's figures: alarms on runs with nothing wrong, symptoms, and faults.

    An alarm is a warning or worse, whichever symptom it stands for.
    """
    alarmed = {name for name, its in said.items() if any(s != "info" for _, s in its)}
    fine = [c for c in cases if c.event in (None, "control") and c.gap <= 0.05]
    fine = [c for c in fine if "nan" not in c.symptoms]
    out = {"alarms on fine runs": _share(fine, alarmed)}
    plain = [c for c in cases if c.event is None]
    for symptom in SYMPTOMS:
        named = {
            name
            for name, its in said.items()
            if any(SYMPTOM.get(check) == symptom and s != "info" for check, s in its)
        }
        ill = [c for c in plain if symptom in c.symptoms]
        well = [c for c in plain if symptom not in c.symptoms and c.gap < 0.5]
        hits, wrong = sum(c.name in named for c in ill), sum(c.name in named for c in well)
        out[f"{symptom} precision"] = hits / (hits + wrong) if hits + wrong else math.nan
        out[f"{symptom} recall"] = hits / max(1, len(ill))
    faulty = [c for c in cases if c.event in ANSWERS and c.counts]
    sick = {c.family for c in faulty}
    out["alarms on faults"] = _share(faulty, alarmed)
    out["alarms on their controls"] = _share(
        [c for c in cases if c.event == "control" and c.family in sick], alarmed
    )
    return out


def _share(cases: list[Case], named: set[str]) -> float:
    return float(np.mean([c.name in named for c in cases]))
