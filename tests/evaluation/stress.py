"""How the rules do on curves drawn at random (``made_up.py``): false alarms and recall by kind.

usage: python tests/evaluation/stress.py [--each N] [--seed S] [--kind KIND] [--rules]

Of curves with nothing wrong it counts those that get a warning, and a critical finding; of the
others those on which a rule that answers to the trouble fires at or after it, with the median
delay as a share of the run, and those that get a critical finding before it.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from made_up import NOISES, QUIET, SICK, UNSTEADY, Made, made

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.rules import Rule, rules
from lrdoctor.run import Run

QUIET_NAMES = frozenset(kind.__name__ for kind in QUIET)


@dataclass
class Row:
    """What was said of the curves of one kind and noise."""

    curves: int = 0
    warned: int = 0
    critical: int = 0
    """On quiet curves anywhere; on others before the trouble."""
    found: int = 0
    delays: list[float] = field(default_factory=list)
    by: Counter[str] = field(default_factory=Counter)
    """Rules that warned where nothing, or something else, was wrong."""


def measure(each: int, seed: int, kinds: Sequence[str] = ()) -> dict[tuple[str, str], Row]:
    """A row for every kind and noise, ``each`` curves in it."""
    asked = [rule() for rule in rules().values()]
    table = {}
    for kind in (*QUIET, *SICK):
        if kinds and kind.__name__ not in kinds:
            continue
        for noise in NOISES:
            row = table[kind.__name__, noise] = Row()
            for k in range(each):
                # Of its own, so that another kind added changes none of these curves.
                own = zlib.crc32(f"{kind.__name__} {noise}".encode())
                rng = np.random.default_rng([seed, k, own])
                _count(row, *made(kind, rng, noise), asked)
    return table


def _count(row: Row, one: Made, run: Run, asked: Sequence[Rule]) -> None:
    findings = [f for rule in asked for f in rule.examine(run)]
    loud = [f for f in findings if f.severity is not Severity.INFO]
    steps = run["train/loss"].steps
    begun = int(steps[min(one.since, len(steps) - 1)])
    row.curves += 1
    wrong = [f for f in loud if f.rule not in one.wanted]
    if one.wanted:
        answers = [f for f in findings if f.rule in one.wanted and f.fired_step >= begun]
        row.found += bool(answers)
        if answers:
            first = int(np.searchsorted(steps, min(f.fired_step for f in answers)))
            row.delays.append((first - one.since) / len(steps))
        if "flat" not in one.wanted:
            wrong = [f for f in wrong if f.rule not in UNSTEADY or f.fired_step < begun]
        early = [f for f in findings if f.fired_step < begun and _critical(f)]
        row.critical += bool(early)
    else:
        row.critical += any(map(_critical, findings))
    row.warned += bool(wrong)
    row.by.update({f.rule for f in wrong})


def _critical(finding: Finding) -> bool:
    return finding.severity is Severity.CRITICAL


def total(table: dict[tuple[str, str], Row]) -> dict[str, float]:
    """The figures that are kept: alarms on quiet curves, recall on the others."""
    calm = [row for (kind, _), row in table.items() if kind in QUIET_NAMES]
    sick = [row for (kind, _), row in table.items() if kind not in QUIET_NAMES]
    out = {}
    if calm:
        out["warned"] = sum(r.warned for r in calm) / sum(r.curves for r in calm)
        out["critical"] = sum(r.critical for r in calm) / sum(r.curves for r in calm)
    if sick:
        out["found"] = sum(r.found for r in sick) / sum(r.curves for r in sick)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", default=[])
    asked = parser.parse_args()
    table = measure(asked.each, asked.seed, asked.kind)
    print(f"{'kind':16}{'noise':10} curves warned critical  found  delay  warned by")
    for (kind, noise), row in table.items():
        found = "-" if kind in QUIET_NAMES else f"{row.found / row.curves:.2f}"
        delay = f"{np.median(row.delays):.3f}" if row.delays else "-"
        print(f"{kind:16}{noise:10} {row.curves:6} {row.warned / row.curves:6.2f} "
              f"{row.critical / row.curves:8.2f} {found:>6} {delay:>6}  "
              + ", ".join(f"{r} {c}" for r, c in row.by.most_common()))  # fmt: skip
    print(*(f"{name} {share:.3f}" for name, share in total(table).items()), sep="  ")


if __name__ == "__main__":
    main()
