# /// script
# requires-python = ">=3.11"
# dependencies = ["catboost==1.2.10", "numpy"]
# ///
"""CatBoost's event files, one folder for the learning set and one for the test set."""

from __future__ import annotations

import struct

import catboost
import numpy as np
from _recording import Recording, tidy

recording = Recording("event-file")
random = np.random.default_rng(0)
inputs = random.normal(size=(120, 4))
targets = inputs @ np.array([1.0, -2.0, 0.5, 0.1])
for rate in (0.1, 1.0):
    model = catboost.CatBoostRegressor(
        iterations=40, learning_rate=rate, loss_function="RMSE", eval_metric="RMSE", verbose=False,
        train_dir=str(recording.log / f"lr-{rate}"), allow_writing_files=True, thread_count=1,
    )  # fmt: skip
    model.fit(inputs[:80], targets[:80], eval_set=(inputs[80:], targets[80:]))
    run = recording.run(f"lr-{rate}")
    for name, folder in (("learn", "learn"), ("validation", "test")):
        for step, value in enumerate(model.evals_result_[name]["RMSE"]):
            figure = struct.unpack("<f", struct.pack("<f", value))[0]
            run.log(f"{folder}/RMSE", step, figure)
tidy(recording.log, "*tfevents*")
recording.write()
