# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "numpy", "d3rlpy==2.8.1"]
#
# [tool.recorder]
# environment = "d3rlpy"
# by-hand = "a simulator and its games are installed with it"
# ///
"""d3rlpy's folder of an experiment: one table a metric, ``params.json`` with its settings."""

from __future__ import annotations

from typing import Any

import d3rlpy
import numpy as np
from _recording import Recording, tidy
from d3rlpy.logging import CombineAdapterFactory, FileAdapterFactory, NoopAdapter

EPOCHS, STEPS = 24, 5


class Noted(NoopAdapter):
    """Is handed what the tables are handed."""

    def write_metric(self, epoch: int, step: int, name: str, value: float) -> None:
        if name == "loss":
            run.log(name, step, value)


class NotedFactory(d3rlpy.logging.LoggerAdapterFactory):
    def create(self, *about: Any, **more: Any) -> Noted:
        return Noted()


recording = Recording("d3rlpy")
run = recording.run(learning_rate=1e-3, batch_size=16)
d3rlpy.seed(0)
rows = np.random.default_rng(0)
data = d3rlpy.dataset.MDPDataset(
    rows.normal(size=(500, 4)).astype(np.float32), rows.integers(0, 2, size=500),
    rows.normal(size=500).astype(np.float32), (np.arange(500) % 50 == 49).astype(np.float32),
)  # fmt: skip
agent = d3rlpy.algos.DQNConfig(learning_rate=1e-3, batch_size=16).create(device="cpu:0")
agent.fit(
    data, n_steps=EPOCHS * STEPS, n_steps_per_epoch=STEPS, with_timestamp=False,
    show_progress=False,
    logger_adapter=CombineAdapterFactory([FileAdapterFactory(str(recording.log)), NotedFactory()]),
)  # fmt: skip
tidy(recording.log, "loss.csv", "params.json")
recording.write()
