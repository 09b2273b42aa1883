"""Fits the verdict and the window of good rates, and measures both on tasks held out as a whole.

    python tests/evaluation/fit_verdict.py CLINIC.npz [FAMILIES.npz ...] [--write]

CLINIC.npz is the recorded clinic. FAMILIES.npz are data/more.npz, 72 families of the clinic's kind
with other tasks, floors, optimizers and scales, and files of ``families/recorded_by_torch.py`` and
of ``families/train.py``; those of the last are fitted on only. Each task of the clinic is left out
in turn, together with the tasks that resemble it, and measured on, as are the others that torch
trained (``kin.folds``). ``--write`` fits on everything and writes model.json.

The coefficients in the package come from the clinic, 72 more families, 46 by torch and 206
made-up ones, as many as the time allowed (each is the same by its seed and number):

    python tests/evaluation/families/train.py A.npz --families 230 --seed 1
    python tests/evaluation/families/train.py B.npz --families 230 --seed 2
    python tests/evaluation/families/train.py C.npz --families 50 --seed 3 --wide
    python tests/evaluation/families/train.py D.npz --families 50 --seed 5 --wide
    python tests/evaluation/families/recorded_by_torch.py E --seed 21
    python tests/evaluation/fit_verdict.py data/clinic.npz data/more.npz E/torch-0.npz \\
        A.npz B.npz C.npz D.npz --write --keep H.npz
    python tests/evaluation/fit_keep.py data/clinic.npz data/more.npz E/torch-0.npz H.npz --write
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from examples import LABELS, SHARES, Examples, build, joined
from fit_edges import correlations, placing, straight, truth, valleys
from fit_parts import listed, network, scaling
from kin import MADE, REAL, drawn, folds, kind
from recorded import load

from lrdoctor.learning_rate import model as fitted
from lrdoctor.learning_rate.figures import NAMES
from lrdoctor.learning_rate.verdict import needed
from lrdoctor.run import Floats

SHIFTS = (0.0, -2.0)
"""Decades by which all rates are moved, as another unit of the rate would, and measured again."""
STRAY = 1.5
"""Deviation, in decades, of the shift that half of the rows get: the absolute rate is a hint that
must not outweigh the curve."""
RATES = [NAMES.index(name) for name in ("rate", "rate_to_usual")]
KNOWN = [NAMES.index(name) for name in ("rate_known", "usual_known")]
PROGRESS = NAMES.index("progress")
TARGET = Path(fitted.__file__).parent / "model.json"


def fit(data: Examples, seeds: int, temperature: float = 1.0, widen: Floats | None = None,
        bound: float = 0.5) -> dict[str, object]:  # fmt: skip
    """All coefficients, as model.json holds them."""
    known = data.label >= 0
    median, mean, scale = scaling(data.figures[known])

    def standardised(figures: Floats) -> Floats:
        filled = np.where(np.isnan(figures), median, figures)
        z: Floats = np.clip((filled - mean) / scale, -fitted.LIMIT, fitted.LIMIT)
        return z

    blank = np.where(np.isin(np.arange(len(NAMES)), KNOWN), 0.0, np.nan)
    missing = {k: float(standardised(blank)[k]) for k in RATES + KNOWN}
    weight = weights(data)
    z, strayed = standardised(data.figures), standardised(_strayed(data.figures, 0))
    # Some nets saw the rates as they were; half as many saw strayed ones.
    nets = [
        network(seen[known], data.label[known], weight[known], seed, missing)
        for seed, seen in enumerate([z] * seeds + [strayed] * ((seeds + 1) // 2))
    ]
    strayed = standardised(_strayed(data.figures, 1))
    told: dict[str, object] = {
        "figures": list(NAMES),
        "median": brief(median), "mean": brief(mean), "scale": brief(scale),
        "temperature": temperature, "bound": bound, "nets": nets,
        "keep": [-1.0, *[0.0] * 6],
        "placing": [*(placing(strayed, data, weight, seed, missing) for seed in range(seeds)),
                    straight(strayed, data, weight)],
        "widening": listed(np.ones((3, 2)) if widen is None else widen),
        "correlation": [0.0, 0.0, 0.0], "valleys": valleys(data, weight),
    }  # fmt: skip
    place, sigma = fitted.from_json(told).edges(strayed)
    off = (truth(data)[1][:, None] - place) / sigma
    return {**told, "correlation": correlations(off, data, weight)}


def kinds(data: Examples) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([kind(task) for task in data.group.tolist()])


def _strayed(figures: Floats, seed: int) -> Floats:
    """Half of the rows as had their rate been in another unit."""
    rng = np.random.default_rng(seed)
    return moved(figures, STRAY * rng.normal(size=len(figures)) * (rng.random(len(figures)) < 0.5))


def moved(figures: Floats, decades: Floats | float) -> Floats:
    """The figures had all rates been so many decades higher; limits as in ``figures``."""
    out = figures.copy()
    for column, limits in zip(RATES, ((-9.0, 3.0), (-5.0, 5.0)), strict=True):
        out[:, column] = np.clip(out[:, column] + decades, *limits)
    return out


def weights(data: Examples) -> Floats:
    """Each family counts alike; a made-up one less, so that real data lead."""
    _, inverse, count = np.unique(data.family, return_inverse=True, return_counts=True)
    made = np.char.startswith(data.group.astype(str), MADE)
    return np.where(made, 0.3, 1.0) / count[inverse]


@dataclass(frozen=True)
class HeldOut:
    """What fits say that never saw a row's task; NaN for rows that are fitted on only."""

    p: Floats
    """Probabilities by shift, shape (shifts, n, 3)."""
    edge: Floats
    """Shape (shifts, n, 3, 2), as ``sigma``."""
    sigma: Floats
    fold: np.ndarray  # type: ignore[type-arg]
    """Which fit, shape (n,)."""
    valleys: list[fitted.Valleys]
    """One a fit."""


def held_out(data: Examples, seeds: int) -> HeldOut:
    """Every task in turn, by fits without it and what resembles it."""
    n = len(data.label)
    p, edge = np.full((len(SHIFTS), n, 3), np.nan), np.full((len(SHIFTS), n, 3, 2), np.nan)
    out = HeldOut(p, edge, edge.copy(), np.full(n, -1), [])
    for number, (gone, measured) in enumerate(folds(np.unique(data.group).tolist())):
        model = fitted.from_json(fit(data.take(~np.isin(data.group, list(gone))), seeds))
        own = np.isin(data.group, list(measured)) & (out.fold < 0)
        for k, decades in enumerate(SHIFTS):
            z = model.standardised(moved(data.figures[own], decades))
            out.p[k, own] = model.probabilities(z)
            out.edge[k, own], out.sigma[k, own] = model.edges(z)
        out.fold[own] = number
        out.valleys.append(model.valleys)
    return out


def report(p: Floats, data: Examples, bound: float) -> dict[str, dict[str, float]]:
    """Figures of the verdict by share of the run, on logs as a format writes them."""
    out = {}
    for share in SHARES:
        which = (data.share == share) & data.plain & (data.label >= 0) & np.isfinite(p[:, 0])
        out[f"{share:g}"] = measures(p[which], data.label[which], data.gap[which],
                                     needed(bound, data.figures[which, PROGRESS]))  # fmt: skip
    return out


def measures(p: Floats, label: np.ndarray, gap: Floats, bound: Floats) -> dict[str, float]:  # type: ignore[type-arg]
    said = p.argmax(axis=1)
    said = np.where((said != 1) & (p.max(axis=1) < bound), -1, said)
    f1 = []
    for k in range(3):
        hit = np.sum((said == k) & (label == k))
        f1.append(2 * hit / max(1, np.sum(said == k) + np.sum(label == k)))
    fine, hard = label == 1, (gap >= 0.15) & (gap <= 0.5)
    sure, right = p.max(axis=1), p.argmax(axis=1) == label
    bins = np.minimum((sure * 10).astype(int), 9)
    error = sum(abs(float(np.sum(sure[bins == b] - right[bins == b]))) for b in range(10))
    return {
        "macro_f1": round(float(np.mean(f1)), 4),
        "wrong_on_fine": round(float(np.mean((said[fine] == 0) | (said[fine] == 2))), 4),
        "hard": round(float(np.mean(said[hard] == label[hard])), 4),
        "calibration_error": round(error / len(label), 4),
        "said": round(float(np.mean(said >= 0)), 4),
        "runs": len(label),
    }


def temperature(p: Floats, label: np.ndarray) -> float:  # type: ignore[type-arg]
    """The one number that brings held-out log-probabilities nearest to the truth."""
    choices = np.linspace(0.7, 2.0, 27)
    logs = np.log(np.maximum(p, 1e-6))

    def cost(t: float) -> float:
        scaled = logs / t
        scaled = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return -float(scaled[np.arange(len(label)), label].mean())

    return float(min(choices, key=cost))


def widening(edge: Floats, sigma: Floats, data: Examples) -> Floats:
    """How much wider held-out errors of whole runs' edges are than the nets say: (3, 2)."""
    zone, edges = truth(data)
    out = np.ones((3, 2))
    for k in range(3):
        own = (zone == k) & data.plain & (data.share == 1.0) & np.isfinite(edge[:, 0, 0])
        off = (edges[own] - edge[own, k]) / sigma[own, k]
        out[k] = np.sqrt(np.mean(off * off, axis=0))
    return out


def commit() -> str:
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent,
                          check=True, capture_output=True, text=True)  # fmt: skip
    return said.stdout.strip()


def brief(values: Floats) -> list[float]:
    return [float(f"{v:.5g}") for v in values]


def gather(clinic: str, made: list[str]) -> Examples:
    families = load(clinic)
    parts = [build(families, 0)]
    first = len(families)
    for path in made:
        more = drawn(path)
        parts.append(build(more, first, first=first))
        first += len(more)
    return joined(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clinic")
    parser.add_argument("made", nargs="*")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--bound", type=float, default=0.5)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--keep", help="writes the held-out predictions to this .npz")
    a = parser.parse_args()
    data = gather(a.clinic, a.made)
    held = held_out(data, a.seeds)
    of, p = kinds(data), held.p
    own = np.isfinite(p[0, :, 0]) & (data.label >= 0)
    heat = temperature(p[0, own & data.plain], data.label[own & data.plain])
    wider = widening(held.edge[0], held.sigma[0], data)
    p = np.maximum(p, 1e-9) ** (1 / heat)
    p /= p.sum(axis=-1, keepdims=True)
    shares: dict[str, dict[str, dict[str, float]]] = {}
    for name in REAL:
        for k, decades in enumerate(SHIFTS):
            told = report(p[k][of == name], data.take(of == name), a.bound)
            shares.setdefault(name, told)
            for share, figures in told.items():
                print(name, "rates moved by", decades, "decades, share", share, figures)
    print("temperature", heat, "widening", wider.round(2).tolist())
    if a.keep:
        whole = data.plain & (data.share == 1.0) & (held.fold >= 0)
        np.savez(a.keep, shifts=SHIFTS, p=p[:, whole],
                 edge=held.edge[:, whole], sigma=(held.sigma * wider)[:, whole],
                 fold=held.fold[whole], flanks=[v.flanks for v in held.valleys],
                 odds=[v.odds for v in held.valleys])  # fmt: skip
    if a.write:
        model = fit(data, a.seeds, heat, wider, a.bound)
        model["provenance"] = {
            "fitted_by": "tests/evaluation/fit_verdict.py",
            "data": f"clinic.npz and {len(a.made)} files beside it: "
            f"{len(np.unique(data.family))} families, {len(data.label)} logs with variations",
            "recipe": [line.strip() for line in __doc__.split("come from")[1].splitlines()
                       if line.startswith("    ")],
            "commit": commit(),
            "held_out": "each clinic task in turn, with the tasks that resemble it",
            "labels": list(LABELS), "figures_held_out": shares,
        }  # fmt: skip
        TARGET.write_text(json.dumps(model, separators=(",", ":")) + "\n", "utf-8")
        print("wrote", TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
