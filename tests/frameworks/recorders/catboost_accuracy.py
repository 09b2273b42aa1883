# /// script
# requires-python = ">=3.11"
# dependencies = ["catboost==1.2.10", "numpy==2.4.6"]
# [tool.recorder]
# environment = "trackers"
# ///
"""What CatBoost prints of its rounds where they are judged by accuracy: no loss."""

from __future__ import annotations

import numpy as np
from _recording import Recording
from catboost import CatBoostClassifier

recording = Recording("catboost-score")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(160, 4))
TARGETS = (INPUTS[:, 0] + random.normal(size=160) > 0).astype(int)
model = CatBoostClassifier(iterations=15, learning_rate=0.1, verbose=2, thread_count=1,
                           eval_metric="Accuracy", allow_writing_files=False)  # fmt: skip
with (recording.log / "train.log").open("w") as out:
    model.fit(INPUTS[:100], TARGETS[:100], eval_set=(INPUTS[100:], TARGETS[100:]), log_cout=out)
run = recording.run()
for part, shown in (("learn", "learn score"), ("validation", "test score")):
    values = model.get_evals_result()[part]["Accuracy"]
    run.rounded(shown, ".7f")
    for number in range(0, 15, 2):
        run.log(shown, number, values[number])
recording.write()
