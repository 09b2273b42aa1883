"""Fits how far losses fall on, and measures that on tasks held out as a whole.

usage: python tests/evaluation/fit_forecast.py CLINIC.npz MORE.npz [--write]

Each quantile of the fall to come is a sum of a few facts of the log (``rules/_ahead.py``), fitted
by quantile regression (Koenker and Bassett 1978) in the way of Hunter and Lange 2000: the pinball
loss under a parabola, again and again. Fitted are the clinic's runs and those of the even families
among the first 36 of ``data/more.npz``; the figures are of fits that saw none of a task's runs.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

import msgspec
import numpy as np
from foretold import FITTED, Foretold, figures, gather

from lrdoctor.rules import _ahead
from lrdoctor.run import Floats

TARGET = Path(_ahead.__file__).parent / "forecast.json"
FOLDS = 7
FAR = 50.0
"""A run that ends farther from its forecast than so many units counts as one that far."""
FLAT = 1e-3
"""Below so many units the parabola takes the place of the kink."""
ROUNDS = 120


def quantile(facts: Floats, falls: Floats, tau: float) -> Floats:
    """Coefficients, shape (facts,), of the quantile ``tau`` of falls of shape (runs,)."""
    fitted = np.linalg.lstsq(facts, falls, rcond=None)[0]
    for _ in range(ROUNDS):
        weights = 1 / (np.abs(falls - facts @ fitted) + FLAT)
        squares = facts.T @ (facts * weights[:, None]) + 1e-6 * np.eye(facts.shape[1])
        fitted = np.linalg.solve(squares, facts.T @ (weights * falls + 2 * tau - 1))
    return np.asarray(fitted)


def told(found: list[Foretold]) -> tuple[Floats, Floats]:
    """Facts, shape (runs, facts), and falls, shape (runs,), in units of what each run may fall."""
    ways = np.log([1 / one.share for one in found])
    facts = np.array([
        _ahead.facts(one.reading) * [way, way, way, 1, 1]
        for one, way in zip(found, ways, strict=True)
    ])  # fmt: skip
    progress = np.array([one.reading.progress[-1] for one in found])
    unit = np.maximum(facts[:, 3], 0.002 * progress) + 0.3 * facts[:, 0]
    falls = np.array([one.now - one.came for one in found])
    return np.clip(facts / unit[:, None], -2 * FAR, 2 * FAR), np.clip(falls / unit, -FAR, FAR)


def fit(found: list[Foretold]) -> Floats:
    """Shape (facts, 3)."""
    facts, falls = told(found)
    return np.stack([quantile(facts, falls, tau) for tau in _ahead.QUANTILES], axis=1)


def held_out(found: list[Foretold]) -> list[Foretold]:
    """The forecasts by fits that saw none of the task's runs."""
    folds = np.array([zlib.crc32(one.task.encode()) % FOLDS for one in found])
    out = []
    for fold in range(FOLDS):
        fitted = fit([one for one, its in zip(found, folds, strict=True) if its != fold])
        for one in (one for one, its in zip(found, folds, strict=True) if its == fold):
            way = float(np.log(1 / one.share))
            falls = np.sort(_ahead.facts(one.reading) * [way, way, way, 1, 1] @ fitted)
            high, value, low = (one.now - falls).tolist()
            out.append(msgspec.structs.replace(one, value=value, low=low, high=high))
    return out


def main() -> None:
    clinic, more = (Path(path) for path in sys.argv[1:3])
    found = [*gather(clinic), *gather(more, FITTED)]
    rows = figures(held_out(found))
    for name, row in rows.items():
        print(f"{name:10}", {k: round(v, 4) for k, v in row.items()})  # type: ignore[call-overload]
    coefficients = fit(found).round(4).tolist()
    for fact, row in zip(_ahead.FACTS, coefficients, strict=True):
        print(f"{fact:45}", row)
    if "--write" in sys.argv:
        whole = {k: round(v, 4) for k, v in rows["all"].items()}  # type: ignore[call-overload]
        about = {"fitted_by": "tests/evaluation/fit_forecast.py", "facts": _ahead.FACTS,
                 "quantiles": _ahead.QUANTILES, "runs": len(found),
                 "data": "clinic.npz and 18 families of more.npz", "held_out": "by task",
                 "figures_held_out": whole}  # fmt: skip
        told = {"coefficients": coefficients, "provenance": about}
        TARGET.write_text(json.dumps(told, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
