# /// script
# requires-python = ">=3.11"
# dependencies = ["xgboost==3.2.0", "lightgbm==4.7.0", "numpy==2.4.6"]
# [tool.recorder]
# environment = "trackers"
# ///
"""``evals_result`` of XGBoost and LightGBM, saved as JSON."""

from __future__ import annotations

import json

import lightgbm
import numpy as np
import xgboost
from _recording import Recording

recording = Recording("evals-result")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(160, 4))
LABELS = (INPUTS[:, 0] + 0.3 * random.normal(size=160) > 0).astype(int)

boosted: dict[str, dict[str, list[float]]] = {}
train = xgboost.DMatrix(INPUTS[:100], LABELS[:100])
held_out = xgboost.DMatrix(INPUTS[100:], LABELS[100:])
xgboost.train(
    {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "nthread": 1}, train, 10,
    evals=[(train, "train"), (held_out, "eval")], evals_result=boosted, verbose_eval=False,
)  # fmt: skip

light: dict[str, dict[str, list[float]]] = {}
data = lightgbm.Dataset(INPUTS[:100], LABELS[:100])
valid = lightgbm.Dataset(INPUTS[100:], LABELS[100:], reference=data)
lightgbm.train(
    {"objective": "binary", "metric": "binary_logloss", "num_threads": 1, "verbosity": -1}, data,
    10, valid_sets=[data, valid], callbacks=[lightgbm.record_evaluation(light)],
)  # fmt: skip

for name, result, indent in (("xgboost.json", boosted, None), ("lightgbm.json", light, 2)):
    (recording.log / name).write_text(json.dumps(result, indent=indent))
    run = recording.run(name, x_axis="row")
    for part, curves in result.items():
        for metric, values in curves.items():
            for number, value in enumerate(values, 1):
                run.log(f"{part}/{metric}", number, value)
recording.write()
