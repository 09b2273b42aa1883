# /// script
# requires-python = ">=3.11"
# dependencies = ["mlflow==3.17.2"]
# ///
"""MLflow's SQLite store: two experiments, runs of one name, NaN and infinities, a deleted run."""

from __future__ import annotations

import math
import os
import sqlite3

import mlflow
from _descent import descend
from _recording import Recording

recording = Recording("mlflow-database")
(recording.log / "store").mkdir()
os.chdir(recording.log / "store")
mlflow.set_tracking_uri("sqlite:///mlflow.db")


def record(experiment: str, name: str, rate: float, steps: int, shown: str = "") -> str:
    """Train once; ``shown`` is what the run is called where another has its name."""
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=name) as own:
        identity: str = own.info.run_id
        shown = (shown or name).replace("ID", identity[:8])
        run = recording.run(f"store#{experiment}/{shown}", learning_rate=rate, batch_size=8,
                            optimizer="sgd")  # fmt: skip
        mlflow.log_params({"lr": rate, "batch_size": 8, "optimizer": "SGD"})
        for step, (loss, held_out) in enumerate(descend(rate, steps)):
            mlflow.log_metric("train/loss", loss, step=step)
            run.log("train/loss", step, loss)
            if step % 5 == 4:
                mlflow.log_metrics({"val_loss": held_out, "odd": -held_out}, step=step)
                run.log("val_loss", step, held_out)
                run.log("odd", step, -held_out)
        for step, value in enumerate((math.nan, math.inf, -math.inf, 0.0), steps):
            mlflow.log_metric("train/loss", value, step=step)
            run.log("train/loss", step, value)
    return identity


record("first", "good", 0.1, 25)
record("first", "good", 0.2, 25, shown="good (ID)")
record("second", "diverged", 1e8, 25)
deleted = record("second", "deleted", 0.1, 5)
mlflow.delete_run(deleted)
del recording.runs["store#second/deleted"]
# What MLflow notes of the machine is nobody's business.
# Its some hundred tables and indices take a page each, mostly empty: small pages, small file.
with sqlite3.connect("mlflow.db") as connection:
    connection.executescript(
        "DELETE FROM tags WHERE key LIKE 'mlflow.source%' OR key = 'mlflow.user';"
        "UPDATE runs SET user_id = '', source_name = '', artifact_uri = '';"
        "UPDATE experiments SET artifact_location = '';"
        "PRAGMA page_size = 512; VACUUM"
    )
recording.write()
