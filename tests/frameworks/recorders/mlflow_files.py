# /// script
# requires-python = ">=3.11"
# dependencies = ["mlflow==3.17.2"]
# [tool.recorder]
# environment = "trackers"
# ///
"""MLflow's file store: two runs, names with slashes, dots and blanks, NaN and infinity."""

from __future__ import annotations

import os

from _linear import descend
from _recording import Recording, Run

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import mlflow

recording = Recording("mlflow-metric")
mlflow.set_tracking_uri(f"file://{recording.log}/mlruns")
experiment = mlflow.create_experiment("linear")


def train(name: str, rate: float) -> None:
    with mlflow.start_run(run_name=name, experiment_id=experiment) as active:
        run: Run = recording.run(f"mlruns/{experiment}/{active.info.run_id}", optimizer="sgd",
                                 learning_rate=rate, batch_size=8)  # fmt: skip
        mlflow.log_params({"optimizer/name": "SGD", "lr": rate, "batch_size": 8, "seed": 0})
        for step in descend(rate, 12, first=1):
            shown = {"train/loss": step.loss, "val.loss": step.val_loss, "lr": step.lr,
                     "grad norm": step.grad_norm}  # fmt: skip
            mlflow.log_metrics(shown, step=step.number)
            for tag, value in shown.items():
                run.log(tag, step.number, value)


train("well", 0.05)
train("far too high", 1e40)
recording.forget_place("*.yaml", "mlflow.source.name")
recording.write()
