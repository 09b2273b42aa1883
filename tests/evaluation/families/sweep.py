"""Runs a learning-rate range test on each family of a file that ``train.py`` wrote.

    python tests/evaluation/families/sweep.py FAMILIES.npz OUT.npz

One run a family: the rate grows by a constant factor a step until the loss blows up.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import tape
from optimizers import Optimizer
from train import COLUMNS, Training, grid

BLOWN_UP = 4.0
"""The test ends when the loss is so many times its range so far above its start."""


def sweep(family: dict[str, object], rng: np.random.Generator) -> np.ndarray:  # type: ignore[type-arg]
    """The log, shape (rows, 7) as ``COLUMNS``."""
    usual = grid(family)
    low, high = math.log10(usual[0]), math.log10(usual[-1]) + 0.5
    low += rng.uniform(-1, 2)
    count = int((high - low) * rng.uniform(15, 60))
    training = Training(family, np.array([1.0]))
    with np.errstate(all="ignore"):
        if family["pre"]:
            training.warm_start()
        optimizer = Optimizer(str(family["opt"]), training.weights, float(family["decay"]))  # type: ignore[arg-type]
        batches = training.batches()
        rows: list[list[float]] = []
        for t, exponent in enumerate(np.linspace(low, high, count)):
            loss = training.loss(next(batches), training.weights)
            tape.backward(loss)
            norm = training._norm()
            optimizer.step(np.array([10**exponent], np.float32))
            value = float(loss.value[0])
            rows.append([t + 1, value, math.nan, math.nan, 10**exponent,
                         float(norm[0]) if family["gn"] else math.nan,
                         float(not math.isfinite(value))])  # fmt: skip
            seen = np.array([r[1] for r in rows])
            start = float(np.median(seen[: max(3, t // 4)]))
            if not math.isfinite(value) or value > start + BLOWN_UP * max(
                start - float(seen.min()), 0.1 * abs(start)
            ):
                break
    return np.array(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families")
    parser.add_argument("out")
    a = parser.parse_args()
    families = json.loads(str(np.load(a.families)["families"]))
    rng = np.random.default_rng(7)
    logs = [sweep(family, rng) for family in families]
    truth = [{"family": i, "event": "range_test", "lr": float(log[-1, 4]), "l0": float(log[0, 1])}
             for i, log in enumerate(logs)]  # fmt: skip
    np.savez_compressed(
        a.out, table=np.concatenate(logs).astype("f4"), columns=np.array(COLUMNS),
        offsets=np.cumsum([0] + [len(log) for log in logs]),
        truth=np.array(json.dumps(truth)), families=np.array(json.dumps(families)),
    )  # fmt: skip
    print("wrote", a.out, len(logs), "tests")


if __name__ == "__main__":
    main()
