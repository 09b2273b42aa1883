"""Logs that others published, with labels made by eye: measured on where they are at hand.

They belong to their authors and are no part of the project. ``LRDOCTOR_REAL_LOGS`` names the
folder; without it ``../shared/real_logs`` is looked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import lrdoctor

ROOT = Path(__file__).parents[2]


def place() -> Path | None:
    """Their folder; None where there is none."""
    told = os.environ.get("LRDOCTOR_REAL_LOGS")
    folder = Path(told) if told else ROOT.parent / "shared" / "real_logs"
    return folder if (folder / "score.py").exists() else None


def figures(folder: Path) -> dict[str, dict[str, object]]:
    """What the folder's own ``score.py`` says of a diagnosis of all its files.

    Its labels name a decay and leave the warmup before it out in places: ``schedule`` also counts
    those as named whose decay is the labelled one (``warmed``).
    """
    diagnoses = lrdoctor.check([folder / "files"])
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as report:
        for diagnosis in diagnoses:
            report.write(json.dumps(diagnosis.to_dict()) + "\n")
        report.flush()
        said = subprocess.run(
            [sys.executable, folder / "score.py", folder, report.name, "--json"],
            check=True, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    told: dict[str, dict[str, object]] = json.loads(said.stdout)
    kinds = {(p, d.learning_rate.schedule) for d in diagnoses for p in Path(d.path).parts}
    schedule = told["schedule"]
    wrong: list[str] = schedule["wrong"]  # type: ignore[assignment]
    warmed = sum((file, f"warmup-{kind}") in kinds for file, _, kind in map(_parted, wrong))
    share = float(schedule["share"]) + warmed / int(schedule["n"])  # type: ignore[arg-type, call-overload]
    told["schedule"] = {**schedule, "warmed": round(share, 4)}
    return told


def _parted(told: str) -> tuple[str, str, str]:
    return told.partition(":")
