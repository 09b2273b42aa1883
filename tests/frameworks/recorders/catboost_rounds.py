# /// script
# requires-python = ">=3.11"
# dependencies = ["catboost==1.2.10", "numpy==2.4.6"]
# [tool.recorder]
# environment = "trackers"
# ///
"""CatBoost's folder ``catboost_info``: one run, though it holds everything five times."""

from __future__ import annotations

import numpy as np
from _recording import Recording
from catboost import CatBoostRegressor

recording = Recording("catboost-json")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(160, 4))
TARGETS = INPUTS[:, 0] * 2 + random.normal(size=160)
model = CatBoostRegressor(iterations=12, learning_rate=0.1, loss_function="RMSE",
                          custom_metric=["MAE"], train_dir=f"{recording.log}/catboost_info",
                          thread_count=1, logging_level="Silent")  # fmt: skip
model.fit(INPUTS[:100], TARGETS[:100], eval_set=(INPUTS[100:], TARGETS[100:]))
run = recording.run(planned_steps=12)
for part, shown in (("learn", "learn"), ("validation", "test")):
    for metric, values in model.get_evals_result()[part].items():
        run.rounded(f"{shown}/{metric}", ".10g")
        for number, value in enumerate(values):
            run.log(f"{shown}/{metric}", number, value)
recording.write()
