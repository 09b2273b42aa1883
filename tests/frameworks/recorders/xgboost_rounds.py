# /// script
# requires-python = ">=3.11"
# dependencies = ["xgboost==3.2.0", "numpy==2.4.6", "pandas==3.1.1"]
# [tool.recorder]
# environment = "trackers"
# ///
"""What XGBoost prints of its rounds: two data sets, every fifth round, a cross-validation."""

from __future__ import annotations

import contextlib

import numpy as np
import xgboost
from _recording import Recording, Run

recording = Recording("xgboost")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(200, 4))
TARGETS = INPUTS[:, 0] * 2 + INPUTS[:, 1] + random.normal(size=200) * 0.1
train = xgboost.DMatrix(INPUTS[:150], TARGETS[:150])
held_out = xgboost.DMatrix(INPUTS[150:], TARGETS[150:])


def record(run: Run, result: dict[str, dict[str, list[float]]], every: int = 1) -> None:
    for data, curves in result.items():
        for metric, values in curves.items():
            run.rounded(f"{data}-{metric}", ".5f")
            for number, value in enumerate(values):
                if number % every == 0 or number == len(values) - 1:
                    run.log(f"{data}-{metric}", number, value)


def fit(name: str, every: int, **parameters: object) -> None:
    result: dict[str, dict[str, list[float]]] = {}
    evals = [(train, "train"), (held_out, "validation_0")]
    with (recording.log / name).open("w") as out, contextlib.redirect_stdout(out):
        xgboost.train({"nthread": 1, **parameters}, train, 12, evals=evals, evals_result=result,
                      verbose_eval=every, early_stopping_rounds=5)  # fmt: skip
    record(recording.run(name), result, every)


fit("rounds.txt", 1, eval_metric=["rmse", "mae"])
fit("fifth.txt", 5, eta=0.1)
with (recording.log / "folds.log").open("w") as out, contextlib.redirect_stdout(out):
    curves = xgboost.cv({"nthread": 1}, train, 8, nfold=3, metrics="rmse", verbose_eval=True)
record(recording.run("folds.log"),
       {data: {f"rmse-{of}": list(curves[f"{data}-rmse-{of}"]) for of in ("mean", "std")}
        for data in ("train", "test")})  # fmt: skip
recording.write()
