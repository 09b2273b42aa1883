"""``make evaluate``: every figure, beside the other tools', into ``RESULTS.md``. Trains nothing.

python tests/evaluation/evaluate.py [--peers PYTHON]

PYTHON is that of an environment with the tools in ``peers.txt``; without it their table says that
it was not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]
import clinic
import figures as measured
import peers
import real_logs
import results
from symptoms import Case

from tests.benchmarks import diagnosing
from tests.benchmarks.bench import machine


def provenance(name: str) -> dict[str, object]:
    """Where a file of coefficients comes from, and how it fared held out."""
    told = json.loads(files("lrdoctor.learning_rate").joinpath(name).read_text("utf-8"))
    return told["provenance"]  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", type=Path)
    asked = parser.parse_args()
    say("timing")  # first: what an evaluation holds spreads a diagnosis over more of the memory
    times = speed()
    say("diagnosing the recorded runs, drawing schedules")
    if real_logs.place() is None:
        say("real logs: skipped, LRDOCTOR_REAL_LOGS names no folder that holds them")
    figures, aside = measured.gather()
    verdict, finder = provenance("model.json"), provenance("finder.json")
    aside["verdict held out"] = verdict["figures_held_out"]
    aside["advice followed"] = verdict["kept_held_out"]
    aside["range tests held out"] = finder["good_held_out"]
    say("asking the other tools" if asked.peers else "other tools: skipped, no --peers")
    beside = beside_peers(aside["cases"], asked.peers) if asked.peers else {}  # type: ignore[arg-type]
    text = results.page(figures, aside, beside, commit(), times)
    HERE.joinpath("RESULTS.md").write_text(text, "utf-8")
    held: dict[str, list[dict[str, float]]] = aside["held"]  # type: ignore[assignment]
    picture = results.reliability_svg(held["diagram"])
    HERE.joinpath("reliability.svg").write_text(picture, "utf-8")
    fell = measured.fallen(figures) if measured.KEPT.exists() else []
    measured.keep(figures)
    print(text)
    for line in fell:
        say(f"fell: {line}")


def beside_peers(cases: list[Case], python: Path) -> dict[str, dict[str, float]]:
    own = peers.own(clinic.diagnosed(plain=True))
    said = {"lrdoctor": own, **peers.ask(python)}
    return {tool: peers.row(cases, its) for tool, its in said.items()}


def speed() -> list[tuple[str, str]]:
    whole, verdict = diagnosing.measure()
    return [
        (f"diagnosing runs of {diagnosing.POINTS:,} points", f"{1e3 / whole:.0f} runs/s on a core"),
        ("the verdict on one of them, its schedule included", f"{verdict:.2f} ms"),
        ("machine", f"{machine()}; {os.getloadavg()[0]:.0f} processes at work meanwhile"),
    ]


def commit() -> str:
    said = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HERE, check=False,
                          capture_output=True, text=True)  # fmt: skip
    return f"commit `{said.stdout.strip()}`" if said.returncode == 0 else "no commit"


def say(what: str) -> None:
    print(f"evaluate: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
