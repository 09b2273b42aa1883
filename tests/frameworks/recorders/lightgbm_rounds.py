# /// script
# requires-python = ">=3.11"
# dependencies = ["lightgbm==4.7.0", "numpy==2.4.6"]
# [tool.recorder]
# environment = "trackers"
# ///
"""What LightGBM prints of its rounds, among warnings; with the best of them told again."""

from __future__ import annotations

import os
import sys

import lightgbm
import numpy as np
from _recording import Recording

recording = Recording("lightgbm")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(160, 4))
TARGETS = INPUTS[:, 0] * 2 + random.normal(size=160)


def fit(name: str, rounds: int, rate: float, **parameters: object) -> None:
    train = lightgbm.Dataset(INPUTS[:100], TARGETS[:100])
    held_out = lightgbm.Dataset(INPUTS[100:], TARGETS[100:], reference=train)
    result: dict[str, dict[str, list[float]]] = {}
    run = recording.run(name)
    screen = os.dup(1)
    with (recording.log / name).open("w") as out:
        os.dup2(out.fileno(), 1)  # the library itself prints, too
        lightgbm.train(
            {"objective": "regression", "num_threads": 1, "learning_rate": rate, **parameters},
            train, rounds, valid_sets=[train, held_out], valid_names=["train", "valid"],
            callbacks=[lightgbm.log_evaluation(1), lightgbm.record_evaluation(result),
                       lightgbm.early_stopping(4)],
        )  # fmt: skip
        sys.stdout.flush()
        os.dup2(screen, 1)
    for data, curves in result.items():
        for metric, values in curves.items():
            run.rounded(f"{data}'s {metric}", ".6g")
            for number, value in enumerate(values, 1):
                run.log(f"{data}'s {metric}", number, value)


fit("rounds.txt", 12, 0.1, metric=["l2", "l1"])
fit("stopped.log", 200, 0.9, metric="l2", min_data_in_leaf=3)
recording.write()
