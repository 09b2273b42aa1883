# /// script
# requires-python = ">=3.11"
# dependencies = ["ray[tune]==2.60.0", "numpy==2.4.6"]
# [tool.recorder]
# environment = "agents"
# by-hand = "Ray alone is larger than all other frameworks here together"
# ///
"""Ray Tune: two trials of a supervised training, one of them diverging."""

from __future__ import annotations

import shutil
from pathlib import Path

import ray
from _recording import Recording
from ray import tune

recording = Recording("ray-tune")
HERE = str(Path(__file__).parent)


def train(config: dict[str, float]) -> None:
    import sys

    sys.path.insert(0, HERE)
    from _linear import descend

    for step in descend(config["lr"], 8, first=1):
        tune.report({"train_loss": step.loss, "val": {"loss": step.val_loss}})


ray.init(num_cpus=1, include_dashboard=False, object_store_memory=80_000_000)
kept = tune.RunConfig(storage_path=str(recording.out / "ray"), name="linear", verbose=0)
space = {"lr": tune.grid_search([0.05, 1e40])}
results = tune.Tuner(train, param_space=space, run_config=kept).fit()
for number, result in enumerate(results):
    (recording.log / str(number)).mkdir()
    for name in ("result.json", "params.json"):
        shutil.copy(f"{result.path}/{name}", recording.log / str(number))
    run = recording.run(str(number), learning_rate=result.config["lr"])
    from _linear import descend

    for step in descend(result.config["lr"], 8, first=1):
        run.log("train_loss", step.number, step.loss)
        run.log("val/loss", step.number, step.val_loss)
    frame = result.metrics_dataframe
    for name in ("timestamp", "time_this_iter_s", "time_total_s", "pid", "time_since_restore",
                 "iterations_since_restore"):  # fmt: skip
        for step, value in zip(frame["training_iteration"], frame[name], strict=True):
            run.log(name, step, value)
ray.shutdown()
recording.write()
