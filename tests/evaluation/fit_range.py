"""Records range tests and where their good rates lay, measured on held-out tasks.

    python tests/evaluation/fit_range.py CLINIC.npz RANGE_TESTS.npz [DRAWN.npz ITS_TESTS.npz ...]
                                           [--write]

The records in the package come from the clinic and from the made-up files that ``fit_verdict.py``
names, each with the tests that were run on it:

    python tests/evaluation/families/sweep.py A.npz A_TESTS.npz
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from kin import KIN, MADE, drawn
from recorded import Family, load

from lrdoctor.learning_rate import finder, memory
from lrdoctor.learning_rate.landmarks import Landmarks, landmarks
from lrdoctor.run import Floats

MADE_UP = 0.5
"""What a made-up family's test counts beside a recorded one's, so that real data lead."""
TARGET = Path(finder.__file__).parent / "finder.json"


def read(path: str) -> list[Landmarks | None]:
    """One test a family, in the families' order; None where it is too short."""
    z = np.load(path)
    truth, columns = json.loads(str(z["truth"])), [str(c) for c in z["columns"]]
    table, offsets = z["table"].astype(np.float64), z["offsets"]
    out: dict[int, Landmarks | None] = {}
    for i, told in enumerate(truth):
        log = table[offsets[i] : offsets[i + 1]]
        loss, lr = log[:, columns.index("train_loss")], log[:, columns.index("lr")]
        seen = finder.sweep(lr, loss)
        out[told["family"]] = landmarks(*seen) if len(seen[0]) >= finder.LEAST else None
    return [out.get(k) for k in range(max(out) + 1)]


def fit(rows: list[tuple[Landmarks, Family]]) -> dict[str, object]:
    """All tests, as finder.json holds them."""
    x = np.array([memory.features(marks) for marks, _ in rows])
    mean, scale = x.mean(axis=0), x.std(axis=0)
    z = np.clip((x - mean) / scale, -3, 3)
    return {
        "mean": _brief(mean), "scale": _brief(scale), "seen": [_brief(row) for row in z],
        "low": _brief(np.array([f.runs[0].low - m.lowest for m, f in rows])),
        "high": _brief(np.array([f.runs[0].high - m.lowest for m, f in rows])),
        "weight": [MADE_UP if f.task.startswith(MADE) else 1.0 for _, f in rows],
    }  # fmt: skip


def gap_at(family: Family, rate: float) -> float:
    rates = np.array([r.rate for r in family.runs])
    return family.runs[int(np.abs(rates - rate).argmin())].gap


def _brief(values: Floats) -> list[float]:
    return [float(f"{v:.3g}") for v in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clinic")
    parser.add_argument("tests")
    parser.add_argument("made", nargs="*", help="families and their tests, in turn")
    parser.add_argument("--write", action="store_true")
    a = parser.parse_args()
    rows = list(zip(read(a.tests), load(a.clinic), strict=True))
    for families, tests in zip(a.made[::2], a.made[1::2], strict=True):
        rows += list(zip(read(tests), drawn(families), strict=True))
    kept = [(m, f) for m, f in rows if m is not None]
    gaps = []
    for task, kin in KIN.items():
        gone = {task, *kin}
        told = memory.from_json(fit([r for r in kept if r[1].task not in gone]))
        for marks, family in kept:
            if family.task == task:
                gaps.append((gap_at(family, told.suggest(marks).rate), family.name))
    good = float(np.mean([g <= 0.05 for g, _ in gaps]))
    print("held-out tests", len(gaps), "good", round(good, 4))
    for gap, name in sorted(gaps, reverse=True)[:10]:
        print(f"{gap:.2f} {name}")
    if a.write:
        told = fit(kept)
        told["provenance"] = {
            "fitted_by": "tests/evaluation/fit_range.py", "tests": len(kept),
            "data": "range_tests.npz and tests/evaluation/families/sweep.py",
            "held_out": "each clinic task in turn, with the made-up tasks that resemble it",
            "good_held_out": round(good, 4),
        }  # fmt: skip
        TARGET.write_text(json.dumps(told, separators=(",", ":")) + "\n", "utf-8")
        print("wrote", TARGET.name)


if __name__ == "__main__":
    main()
