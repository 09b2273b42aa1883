# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1", "pandas==3.1.1"]
# [tool.recorder]
# environment = "trackers"
# ///
"""scikit-learn's curves as people save them: both by name, one as a bare list, a table."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas
from _recording import Recording
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore")
recording = Recording("sklearn")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(200, 4))
LABELS = (INPUTS[:, 0] + INPUTS[:, 1] > 0).astype(int)

network = MLPClassifier((8,), early_stopping=True, max_iter=15, random_state=0)
network.fit(INPUTS, LABELS)
curves = {"loss_curve_": network.loss_curve_,
          "validation_scores_": [float(score) for score in network.validation_scores_]}  # fmt: skip
(recording.log / "both.json").write_text(json.dumps(curves))
(recording.log / "loss_curve_.json").write_text(json.dumps(network.loss_curve_))
pandas.DataFrame(curves).to_csv(recording.log / "curves.csv")
for name in ("both.json", "curves.csv"):
    run = recording.run(name, x_axis="row", format="csv" if name.endswith("csv") else None)
    for tag, values in curves.items():
        for number, value in enumerate(values, 1):
            run.log(tag, number, value)
run = recording.run("loss_curve_.json", x_axis="row")
for number, value in enumerate(network.loss_curve_, 1):
    run.log("loss_curve_", number, value)

trees = GradientBoostingRegressor(n_estimators=12, random_state=0).fit(INPUTS, INPUTS[:, 0])
scores = trees.train_score_.tolist()
(recording.log / "trees.json").write_text(json.dumps({"train_score_": scores}, indent=2))
run = recording.run("trees.json", x_axis="row")
for number, value in enumerate(scores, 1):
    run.log("train_score_", number, value)
recording.write()
