"""Asks other tools about logs; run by the Python of an environment that holds them.

    .venv-tools/bin/python tests/evaluation/ask_peers.py FOLDER

FOLDER/<run>/log.csv and log.jsonl hold the same rows (``write_logs.py --plain``). Prints one JSON
line a tool and run: the checks that said something, and how badly they meant it, each tool at its
defaults and with its own reader. It imports nothing of lrdoctor.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

Alarms = list[tuple[str, str]]
"""Check and severity."""


def runmedic(place: Path) -> Alarms:
    from runmedic import cli

    told = _printed(cli.main, ["diagnose", str(place / "log.csv"), "--json"])
    runs = json.loads(told)
    runs = runs["runs"] if isinstance(runs, dict) else runs
    return [(f["check"], f["severity"]) for r in runs for f in r["findings"]]


def losslint(place: Path) -> Alarms:
    from losslint import cli

    told = _printed(cli.main, ["check", str(place / "log.csv"), "--format", "json"])
    return [(f["check"], f["severity"]) for f in json.loads(told)["findings"]]


def gradsnitch(place: Path) -> Alarms:
    import gradsnitch

    return [(f.code, f.severity) for f in gradsnitch.lint_csv(str(place / "log.csv"))]


def runwise(place: Path) -> Alarms:
    from runwise import detect_anomalies

    lines = (place / "log.jsonl").read_text().splitlines()
    found = detect_anomalies([json.loads(line) for line in lines])
    return [(a.type, a.severity) for a in found]


PEERS: dict[str, Callable[[Path], Alarms]] = {
    "runmedic": runmedic, "losslint": losslint, "gradsnitch": gradsnitch, "runwise": runwise,
}  # fmt: skip


def _printed(main: Callable[[list[str]], object], arguments: list[str]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main(arguments)
    return out.getvalue()


def main() -> None:
    warnings.simplefilter("ignore")
    runs = sorted(p for p in Path(sys.argv[1]).iterdir() if p.is_dir())
    for name, ask in PEERS.items():
        for place in runs:
            line: dict[str, object] = {"tool": f"{name} {version(name)}", "run": place.name}
            try:
                line["alarms"] = sorted(set(ask(place)))
            except Exception as error:  # noqa: BLE001 - another tool's defect is its answer
                line["error"] = f"{type(error).__name__}: {error}"[:200]
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
