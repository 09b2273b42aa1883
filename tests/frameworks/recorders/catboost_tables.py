# /// script
# requires-python = ">=3.11"
# dependencies = ["catboost==1.2.10", "numpy==2.4.6"]
# [tool.recorder]
# environment = "trackers"
# ///
"""CatBoost's ``learn_error.tsv`` and ``test_error.tsv`` alone, as people copy them."""

from __future__ import annotations

import shutil

import numpy as np
from _recording import Recording
from catboost import CatBoostClassifier

recording = Recording("catboost")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(160, 4))
LABELS = (INPUTS[:, 0] + 0.3 * random.normal(size=160) > 0).astype(int)
model = CatBoostClassifier(iterations=12, custom_metric=["AUC"], train_dir=f"{recording.out}/info",
                           thread_count=1, logging_level="Silent")  # fmt: skip
model.fit(INPUTS[:100], LABELS[:100], eval_set=(INPUTS[100:], LABELS[100:]))
for part, shown in (("learn", "learn"), ("validation", "test")):
    shutil.copy(recording.out / "info" / f"{shown}_error.tsv", recording.log)
    run = recording.run(f"{shown}_error.tsv")
    for metric, values in model.get_evals_result()[part].items():
        run.rounded(f"{shown}/{metric}", ".10g")
        for number, value in enumerate(values):
            run.log(f"{shown}/{metric}", number, value)
recording.write()
