"""Runs learning-rate range tests on each family of a file that ``train.py`` wrote.

    python tests/evaluation/families/sweep.py FAMILIES.npz OUT.npz [--repeats 3] [--plain]

In each the rate grows with every step. Where it begins, in how many steps it grows, when the test
stops and whether its loss is logged smoothed differ from finder to finder, so they are drawn. A
plain test grows by a constant factor, 15 to 60 rows a decade, until its loss as logged blows up.
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
"""A test ends when its smoothed loss is so many times its best (fastai, Lightning), or has lost so
many times what it had won."""
STEPS = 50, 500
"""How long a test is, from and to."""
Array = np.ndarray  # type: ignore[type-arg]


def sweep(family: dict[str, object], seed: int, plain: bool = False) -> Array:
    """The log, shape (rows, 7) as ``COLUMNS``."""
    rng = np.random.default_rng(seed)
    usual = np.log10(grid(family))
    low = usual[0] + rng.choice([0.0, rng.uniform(-1, 2)])
    high = usual[-1] + 0.5
    count = round(math.exp(rng.uniform(*np.log(STEPS))))
    if plain:
        count = int((high - low) * rng.uniform(15, 60))
    rates = 10 ** np.linspace(low, high, count)
    if not plain and rng.random() < 0.06:  # few finders grow by the same amount a step
        rates = np.linspace(rates[0], 10 ** rng.uniform(low + 3, high), count)
    stops, smooth = rng.choice([BLOWN_UP, BLOWN_UP, math.inf]), rng.choice([0.0, 0.9, 0.98])
    if plain:
        stops, smooth = math.inf, 0.0
    training = Training(family, np.array([1.0]))
    training.rng = rng  # the same problem and weights, in batches of its own
    with np.errstate(all="ignore"):
        if family["pre"]:
            training.warm_start()
        log = _trained(training, rates, float(stops), float(smooth))
    if not plain and rng.random() < 0.15:
        log[:, 1] = smoothed(log[:, 1], rng.choice([0.9, 0.95, 0.98]))
    return log


def _trained(training: Training, rates: Array, stops: float, smooth: float) -> Array:
    family = training.family
    optimizer = Optimizer(str(family["opt"]), training.weights, float(family["decay"]))  # type: ignore[arg-type]
    batches = training.batches()
    rows: list[list[float]] = []
    start, mean, best = float(training.full("train")[0]), 0.0, math.inf
    for t, rate in enumerate(rates):
        loss = training.loss(next(batches), training.weights)
        tape.backward(loss)
        norm = training.norm()
        training.clip(norm)
        optimizer.step(np.array([rate], np.float32))
        value = float(loss.value[0])
        rows.append([t + 1, value, math.nan, math.nan, rate,
                     float(norm[0]) if family["gn"] else math.nan,
                     float(not math.isfinite(value))])  # fmt: skip
        mean = smooth * mean + (1 - smooth) * value
        level = mean / (1 - smooth ** (t + 1))
        best = min(best, level)
        lost = level > start + BLOWN_UP * max(start - best, 0.1 * abs(start))
        if not math.isfinite(value) or (t > 10 and (lost or level > stops * best > 0)):
            break
    return np.array(rows)


def smoothed(values: Array, keep: float) -> Array:
    """The mean that loggers write, each value with what ``keep`` leaves of those before."""
    mean, out = 0.0, []
    for t, value in enumerate(values):
        mean = keep * mean + (1 - keep) * value
        out.append(mean / (1 - keep ** (t + 1)))
    return np.array(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families")
    parser.add_argument("out")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--plain", action="store_true")
    a = parser.parse_args()
    families = json.loads(str(np.load(a.families)["families"]))
    logs, truth = [], []
    for number, family in enumerate(families):
        for again in range(a.repeats):
            log = sweep(family, 1000 * a.seed + again, a.plain)
            logs.append(log)
            truth.append({"family": number, "event": "range_test", "lr": float(log[-1, 4]),
                          "l0": float(log[0, 1])})  # fmt: skip
    np.savez_compressed(
        a.out, table=np.concatenate(logs).astype("f4"), columns=np.array(COLUMNS),
        offsets=np.cumsum([0] + [len(log) for log in logs]),
        truth=np.array(json.dumps(truth)), families=np.array(json.dumps(families)),
    )  # fmt: skip
    print("wrote", a.out, len(logs), "tests")


if __name__ == "__main__":
    main()
