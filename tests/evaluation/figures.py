"""The project's figures: gathered, kept in ``figures.json``, and compared with what was kept."""

from __future__ import annotations

import json
from pathlib import Path

import certainty_figures
import clinic
import coarse
import foretold
import library_schedules
import numpy as np
import real_logs
import schedule_mistakes
import schedules
import stress
import symptoms

KEPT = Path(__file__).with_name("figures.json")
Figures = dict[str, dict[str, object]]

EACH = 40
"""Schedules drawn a kind and share: 1,920 in all."""
NOISE = 1e-3
"""Of each rate of as many more, relative."""
MADE_UP = 12
"""Curves drawn a kind and noise: 960 in all."""
OTHERS = "others: "
"""Before the tables of ``clinic.MORE``."""
WATCHED: tuple[tuple[str, str, int, float], ...] = (
    *((of + s, k, 1, 0.011) for of in ("", OTHERS) for s in symptoms.SYMPTOMS
      for k in ("precision", "recall")),
    *((of + "nothing wrong", k, -1, room) for of in ("", OTHERS)
      for k, room in (("critical", 0.003), ("missing", 0.0))),
    *((of + fault, k, way, room) for of in ("", OTHERS) for fault in symptoms.ANSWERS
      for k, way, room in (("recall", 1, 0.021), ("median delay", -1, 0.005),
                           ("critical before", -1, 0.0))),
    ("broken", "rate blamed", -1, 0.0),
    ("broken", "rate acquitted", -1, 0.0),
    ("verdict", "macro F1", 1, 0.01),
    ("verdict", "wrong on fine runs", -1, 0.01),
    ("range tests", "good", 1, 0.021),
    ("certainty", "error", -1, 0.015),
    ("certainty", "right where 0.9 or more is said", 1, 0.015),
    ("schedules", "drawn", 1, 0.003),
    ("schedules", "with noise", 1, 0.005),
    ("schedules", "recorded", 1, 0.003),
    ("library schedules", "recognised", 1, 0.003),
    ("library schedules", "rest within 5 %", 1, 0.01),
    ("schedule mistakes", "warned", -1, 0.003),
    *(("schedule mistakes", mistake, 1, 0.021) for mistake in schedule_mistakes.MISTAKES),
    *((of + foretold.TABLE + "all", k, way, room) for of in ("", OTHERS)
      for k, way, room in (("holds", 1, 0.01), ("error", -1, 0.003))),
    ("made up", "critical", -1, 0.003),
    ("made up", "warned", -1, 0.02),
    ("made up", "found", 1, 0.02),
    *((f"{rows} rows", "unfounded", -1, 0.011) for rows in coarse.ROWS),
    *(
        (f"{rows} rows", f"{s} {k}", 1, 0.02)
        for rows in coarse.ROWS
        for s in ("divergence", "flat", "rate too high")
        for k in ("precision", "recall")
    ),
    ("real logs", "healthy and critical", -1, 0.0),
    ("real logs", "schedule", 1, 0.001),
    ("real logs", "read", 1, 0.001),
)  # fmt: skip
"""Table, figure, which way is better, and how far it may fall: about one run of those behind it."""


def gather() -> tuple[Figures, dict[str, object]]:
    """Every figure that needs no other tool, and beside them what the report shows in full."""
    cases = symptoms.load(clinic.CLINIC)
    told = clinic.diagnosed()
    figures: Figures = clinic.figures(cases, told)
    others = clinic.figures(symptoms.load(clinic.MORE), clinic.diagnosed(clinic.MORE))
    figures.update({OTHERS + name: row for name, row in others.items()})
    for of, ahead in (("", foretold.gather(clinic.CLINIC)),
                      (OTHERS, foretold.gather(clinic.MORE, foretold.UNSEEN))):  # fmt: skip
        rows = foretold.figures(ahead)
        figures.update({of + foretold.TABLE + name: row for name, row in rows.items()})
    figures["range tests"] = clinic.range_tests()
    held, fitted = certainty_figures.both(cases)
    figures["certainty"] = {k: v for k, v in held.items() if k != "diagram"}
    drawn, _ = schedules.generated(EACH, 0, False)
    noisy, _ = schedules.generated(EACH, 1, False, NOISE)
    recorded = schedules.clinic(str(clinic.CLINIC))
    figures["schedules"] = {
        "drawn": float(np.mean(list(drawn.values()))),
        "with noise": float(np.mean(list(noisy.values()))),
        "recorded": sum(s * n for s, n, _ in recorded.values())
        / sum(n for _, n, _ in recorded.values()),
    }
    by_libraries = list(library_schedules.answers(library_schedules.of("odd")))
    figures["library schedules"] = dict(library_schedules.figures(by_libraries))
    mistakes = schedule_mistakes.measure("odd")
    figures["schedule mistakes"] = dict(schedule_mistakes.total(mistakes))
    figures.update(coarse.figures(cases))
    made_up = stress.measure(MADE_UP, seed=0)
    figures["made up"] = dict(stress.total(made_up))
    aside: dict[str, object] = {
        "made up": made_up,
        "held": held,
        "fitted": fitted,
        "drawn": drawn,
        "by libraries": by_libraries,
        "mistakes": schedule_mistakes.rows(mistakes),
        "cases": cases,
    }
    folder = real_logs.place()
    if folder is not None:
        real = real_logs.figures(folder)
        aside["real"] = real
        figures["real logs"] = {
            "read": real["read"]["structured"]["share"],  # type: ignore[index]
            "healthy and critical": real["false_alarms"]["critical"],
            "schedule": real["schedule"]["share"],
        }
    return figures, aside


def keep(figures: Figures) -> None:
    """Write ``figures.json``; what was not measured this time stays as it was."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    KEPT.write_text(json.dumps({**kept, **_rounded(figures)}, indent=1) + "\n", "utf-8")


def fallen(figures: Figures) -> list[str]:
    """Which figures are worse than those kept, one line each; empty where none is."""
    kept = json.loads(KEPT.read_text("utf-8"))
    lines = []
    for table, name, way, room in WATCHED:
        before, now = kept.get(table, {}).get(name), figures.get(table, {}).get(name)
        if before is None or now is None:
            continue  # not measured then, or not here
        if way * (float(now) - float(before)) < -room - 1e-9:  # type: ignore[arg-type]
            lines.append(f"{table}, {name}: {float(now):.4f}, was {float(before):.4f}")  # type: ignore[arg-type]
    return lines


def _rounded(figures: Figures) -> Figures:
    return {
        table: {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
        for table, row in figures.items()
    }
