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
    """What the folder's own ``score.py`` says of a diagnosis of all its files."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as report:
        for diagnosis in lrdoctor.check([folder / "files"]):
            report.write(json.dumps(diagnosis.to_dict()) + "\n")
        report.flush()
        said = subprocess.run(
            [sys.executable, folder / "score.py", folder, report.name, "--json"],
            check=True, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    told: dict[str, dict[str, object]] = json.loads(said.stdout)
    return told
