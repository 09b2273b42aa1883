# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "keras>=3", "jax"]
# ///
"""Let the frameworks' own reduce-on-plateau count on made-up losses: ``plateau_truth.json``.

``pip install torch==2.13.0 keras jax``, then run this file. Keras runs on jax; either framework
may be missing, and its part then stays.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from types import SimpleNamespace

TRUTH = Path(__file__).with_name("plateau_truth.json")
CASES = 24
EVALUATIONS = 60


def cases() -> list[dict]:
    """Losses that fall, stand and rise, some with a NaN, and a scheduler's arguments."""
    made, chance = [], random.Random(0)
    for case in range(CASES):
        value, values = 1.0, []
        for _ in range(EVALUATIONS):
            value *= 1 - chance.choice([0, 0, 0.00005, 0.01, 0.05, -0.02])
            values.append(float(f"{value:.6g}"))
        if case % 5 == 4:
            values[10] = float("nan")
        arguments = {
            "factor": chance.choice([0.5, 0.7]),
            "patience": chance.choice([0, 1, 3, 10]),
            "threshold": chance.choice([1e-4, 1e-2]),
            "cooldown": chance.choice([0, 0, 3]),
        }
        made.append({"values": values, **arguments})
    return made


def torch_cuts(values: list[float], **arguments: float) -> list[int]:
    import torch

    weights = [torch.zeros(1, requires_grad=True)]
    optimizer = torch.optim.SGD(weights, lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, eps=0, **arguments)
    cuts, rate = [], 1.0
    for at, value in enumerate(values):
        scheduler.step(value)
        if optimizer.param_groups[0]["lr"] < rate:
            cuts.append(at)
            rate = optimizer.param_groups[0]["lr"]
    return cuts


def keras_cuts(values: list[float], threshold: float, **arguments: float) -> list[int]:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    callback = keras.callbacks.ReduceLROnPlateau(min_delta=threshold, **arguments)
    optimizer = SimpleNamespace(learning_rate=1.0)
    callback.set_model(SimpleNamespace(optimizer=optimizer))
    callback.on_train_begin()
    cuts, rate = [], 1.0
    for at, value in enumerate(values):
        callback.on_epoch_end(at, {"val_loss": value})
        if float(optimizer.learning_rate) < rate:
            cuts.append(at)
            rate = float(optimizer.learning_rate)
    return cuts


def main() -> None:
    known = json.loads(TRUTH.read_text()) if TRUTH.exists() else [{}] * CASES
    told, missing = [], set()
    for case, before in zip(cases(), known, strict=True):
        cuts = {name: before.get(name) for name in ("pytorch", "keras")}
        for name, count in (("pytorch", torch_cuts), ("keras", keras_cuts)):
            try:
                cuts[name] = count(**case)
            except ImportError as error:
                missing.add(f"{name}: left as it was ({error})\n")
        told.append(case | cuts)
    sys.stderr.writelines(sorted(missing))
    TRUTH.write_text(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
