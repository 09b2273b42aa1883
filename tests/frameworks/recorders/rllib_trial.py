# /// script
# requires-python = ">=3.11"
# dependencies = ["ray[rllib]==2.60.0", "torch==2.13.0"]
# [tool.recorder]
# environment = "agents"
# by-hand = "Ray alone is larger than all other frameworks here together"
# ///
"""RLlib's PPO: ``result.json`` and its flat copy ``progress.csv``, with ``params.json``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

import numpy as np
import ray
from _recording import Recording
from ray import tune
from ray.rllib.algorithms.ppo import PPOConfig

recording = Recording("rllib")
run = recording.run(learning_rate=5e-4)


class Noted(tune.Callback):
    """Notes what is reported."""

    def on_trial_result(self, iteration: int, trials: object, trial: object,
                        result: Mapping[str, object], **info: object) -> None:  # fmt: skip
        note(result, "", {key: value for key, value in result.items() if key != "config"})


def record() -> None:
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=80_000_000)
    config = (
        PPOConfig()
        .environment("CartPole-v1")
        .env_runners(num_env_runners=0)
        .training(train_batch_size_per_learner=128, minibatch_size=64, num_epochs=1, lr=5e-4)
    )
    folder = recording.out / "ray"
    kept = tune.RunConfig(storage_path=str(folder), name="ppo", verbose=0,
                          callbacks=[Noted()], stop={"training_iteration": 3})  # fmt: skip
    results = tune.Tuner("PPO", param_space=config, run_config=kept).fit()
    where = results[0].path
    ray.shutdown()
    for name in ("result.json", "params.json", "progress.csv"):
        shutil.copy(f"{where}/{name}", recording.log)
    # Of the configuration that each line repeats a little is enough, without the machine's folders.
    result = recording.log / "result.json"
    lines = [json.loads(line) for line in result.read_text().splitlines()]
    for line in lines:
        line["config"] = {"env": line["config"]["env"], "lr": line["config"]["lr"]}
    result.write_text("".join(json.dumps(line) + "\n" for line in lines))


def note(told: Mapping[str, object], name: str, value: object) -> None:
    """Every figure below a name, as Tune hands it to whoever listens."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            note(told, f"{name}/{key}" if name else str(key), inner)
        return
    figure = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
    if figure and name != "training_iteration":
        run.log(name, told["training_iteration"], value)


record()
recording.write()
