"""Records range tests and where their good rates lay, and fits the regression on their figures.

    python tests/evaluation/fit_range.py [--also FAMILIES.npz TESTS.npz] ... [--write]

Always in are the clinic's families with ``data/range_tests.npz`` and those of ``data/more.npz``,
both with ``data/more_range_tests.npz``: tests whose first rate, length, spacing, stop and smoothing
were drawn as ``families/sweep.py`` draws them. The records in the package come also from torch's
families and the made-up ones that ``fit_verdict.py`` names:

    python tests/evaluation/families/sweep.py A.npz A_DRAWN.npz --repeats 2    (B; 3 for C and D)
    python tests/evaluation/families/sweep.py A.npz A_PLAIN.npz --repeats 1 --plain    (B, C and D)
    python tests/evaluation/fit_range.py --also E/torch-0.npz E/torch-0-tests.npz \\
        --also A.npz A_DRAWN.npz --also A.npz A_PLAIN.npz ... --write

What is measured is held out: each task of the clinic in turn, together with those that resemble
it, and the other tasks dealt out among them (``kin.folds``). It is told the optimizer, or what the
family's log format tells: two of seven name it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from kin import drawn, folds, kind
from recorded import Family, as_format_tells, load

from lrdoctor.learning_rate import finder, memory
from lrdoctor.learning_rate.landmarks import Landmarks, landmarks
from lrdoctor.learning_rate.optimizers import canonical
from lrdoctor.learning_rate.sweep_figures import ALIKE, NAMES, figures
from lrdoctor.run import Floats

RIDGE = 10.0
"""What the squared coefficients of the regression cost: 3 and 30 do as well."""
DATA = Path(__file__).parent / "data"
TARGET = Path(finder.__file__).parent / "finder.json"


@dataclass(frozen=True)
class Row:
    """One test of one family."""

    family: Family
    marks: Landmarks
    figures: Floats
    as_logged: Floats
    """The figures by what the family's log format tells."""

    @property
    def edges(self) -> tuple[float, float]:
        run = self.family.runs[0]
        return run.low - self.marks.lowest, run.high - self.marks.lowest


def read(path: str | Path, families: list[Family]) -> list[Row]:
    """The tests of a file that are long enough."""
    z = np.load(path)
    truth, columns = json.loads(str(z["truth"])), [str(c) for c in z["columns"]]
    table, offsets = z["table"].astype(np.float64), z["offsets"]
    out = []
    for i, told in enumerate(truth):
        family = families[told["family"]]
        log = table[offsets[i] : offsets[i + 1]]
        loss, lr = log[:, columns.index("train_loss")], log[:, columns.index("lr")]
        rates, losses = finder.sweep(lr, loss)
        if len(rates) >= finder.LEAST and rates[-1] - rates[0] >= finder.LEAST_DECADES:
            marks = landmarks(rates, losses, broke=bool(not np.isfinite(loss).all()))
            logged = as_format_tells(family, family.runs[0]).settings.optimizer
            known, as_logged = (figures(rates, losses, marks, canonical(name))
                                for name in (family.settings.optimizer, logged))  # fmt: skip
            out.append(Row(family, marks, known, as_logged))
    return out


def everything(also: list[tuple[str, str]]) -> list[Row]:
    """All tests of all files."""
    recorded, others = load(DATA / "clinic.npz"), drawn(DATA / "more.npz")
    rows = read(DATA / "range_tests.npz", recorded)
    rows += read(DATA / "more_range_tests.npz", recorded + others)
    told: dict[str, list[Family]] = {}
    for families, tests in also:
        rows += read(tests, told.setdefault(families, drawn(families)))
    return rows


def weights(rows: list[Row]) -> Floats:
    """Shape (tests,): the tests of a family share its weight of 1."""
    tests = Counter(id(row.family) for row in rows)
    return np.array([1.0 / tests[id(row.family)] for row in rows])


def fit(rows: list[Row]) -> dict[str, object]:
    """All tests and the regression, as finder.json holds them."""
    x, edges = np.array([r.figures for r in rows]), np.array([r.edges for r in rows])
    weight = weights(rows)
    sum_of = weight / weight.sum()
    known = np.where(np.isnan(x), 0.0, x)
    share = sum_of @ ~np.isnan(x)
    mean = sum_of @ known / share
    scale = np.sqrt(sum_of @ np.where(np.isnan(x), 0.0, (x - mean) ** 2) / share) + 1e-6
    z = np.clip((x - mean) / scale, -memory.LIMIT, memory.LIMIT)
    regression, errors = _regression(z, edges, weight)
    return {
        "figures": list(NAMES), "mean": brief(mean), "scale": brief(scale),
        "seen": brief(z[:, : len(ALIKE)]), "edges": brief(edges), "weight": brief(weight),
        "regression": brief(regression), "errors": brief(errors),
    }  # fmt: skip


def _regression(z: Floats, edges: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The coefficients, and by how much a fit without each test would miss it."""
    x = memory.terms(z)
    cost = RIDGE * np.eye(x.shape[1])
    cost[-1, -1] = 1e-6  # the constant is free
    inverse = np.linalg.inv(x.T @ (weight[:, None] * x) + cost)
    coefficients = inverse @ (x.T @ (weight[:, None] * edges))
    pull = weight * np.einsum("ij,jk,ik->i", x, inverse, x)
    return coefficients, (edges - x @ coefficients) / (1 - np.minimum(pull, 0.9))[:, None]


def brief(values: Floats) -> list:  # type: ignore[type-arg]
    """Three digits of each."""
    if values.ndim > 1:
        return [brief(row) for row in values]
    return [float(f"{v:.3g}") for v in values]


def held_out(rows: list[Row]) -> list[tuple[memory.Band, memory.Band]]:
    """What each test is told by a fit that never saw its task: with its optimizer, as logged."""
    tasks = [row.family.task for row in rows]
    parts = [gone for gone, _ in folds(tasks)]
    left = sorted(set(tasks) - {task for gone in parts for task in gone})
    for k, task in enumerate(left):
        parts[k % len(parts)].add(task)
    out: dict[int, tuple[memory.Band, memory.Band]] = {}
    for gone in parts:
        told = memory.from_json(fit([r for r in rows if r.family.task not in gone]))
        out |= {k: (told.suggest(row.figures), told.suggest(row.as_logged))
                for k, row in enumerate(rows)
                if row.family.task in gone and k not in out}  # fmt: skip
    return [out[k] for k in range(len(rows))]


def is_good(family: Family, rate: float) -> bool:
    """Whether the recorded rate nearest to this log10 one ends well."""
    rates = np.array([r.rate for r in family.runs])
    return family.runs[int(np.abs(rates - rate).argmin())].gap <= 0.05


def shares(rows: list[Row], told: Sequence[memory.Band]) -> dict[str, list[float]]:
    """By kind of family: how often the rate is good, how often it is said to be, tests."""
    out = {}
    for name in ("clinic", "more", "torch", "made"):
        own = [(r, t) for r, t in zip(rows, told, strict=True) if kind(r.family.task) == name]
        if own:
            good = np.mean([is_good(r.family, t.rate) for r, t in own])
            said = np.mean([t.chance for _, t in own])
            out[name] = [round(float(good), 4), round(float(said), 4), len(own)]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--also", nargs=2, action="append", default=[],
                        metavar=("FAMILIES", "TESTS"))  # fmt: skip
    parser.add_argument("--write", action="store_true")
    a = parser.parse_args()
    rows = everything(a.also)
    known, as_logged = zip(*held_out(rows), strict=True)
    held = {"optimizer known": shares(rows, known), "as logged": shares(rows, as_logged)}
    for case, by_kind in held.items():
        for name, (good, said, tests) in by_kind.items():
            print(f"{case:16} {name:7} good {good:.3f} said {said:.3f} of {tests} tests, held out")
    count = len(read(DATA / "range_tests.npz", load(DATA / "clinic.npz")))
    good = shares(rows[:count], as_logged[:count])["clinic"][0]
    print("of", count, "in range_tests.npz, as logged, good", good)
    if a.write:
        written = fit(rows)
        written["provenance"] = {
            "fitted_by": "tests/evaluation/fit_range.py", "tests": len(rows),
            "data": "tests/evaluation/data, families/recorded_by_torch.py, families/sweep.py",
            "held_out": "each clinic task in turn with those that resemble it, others dealt out",
            "good_held_out": good, "good_said_tests": held,
        }  # fmt: skip
        TARGET.write_text(json.dumps(written, separators=(",", ":")) + "\n", "utf-8")
        print("wrote", TARGET.name)


if __name__ == "__main__":
    main()
