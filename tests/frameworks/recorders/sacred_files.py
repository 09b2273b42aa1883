# /// script
# requires-python = ">=3.11"
# dependencies = ["sacred==0.8.7", "setuptools<81", "numpy==2.4.6"]
# [tool.recorder]
# environment = "trackers"
# ///
"""Sacred's file storage: one run with NaN, a metric that is logged now and then only."""

from __future__ import annotations

import shutil

from _linear import descend
from _recording import Recording
from sacred import SETTINGS, Experiment
from sacred.observers import FileStorageObserver

recording = Recording("sacred")
SETTINGS.DISCOVER_SOURCES = SETTINGS.DISCOVER_DEPENDENCIES = "none"
SETTINGS.HOST_INFO.INCLUDE_GPU_INFO = False


def record(rate: float, number: int) -> None:
    experiment = Experiment(f"linear {number}", save_git_info=False)
    experiment.observers.append(FileStorageObserver(str(recording.log)))
    experiment.add_config(lr=rate, batch_size=8, optimizer="sgd")
    told = recording.run(str(number), learning_rate=rate, batch_size=8, optimizer="sgd")

    @experiment.main
    def main(_run: object, lr: float) -> None:
        for step in descend(lr, 12):
            _run.log_scalar("train.loss", step.loss, 10 * step.number)
            told.log("train.loss", 10 * step.number, step.loss)
            if step.number % 3 == 0:
                _run.log_scalar("val.loss", step.val_loss, 10 * step.number)
                told.log("val.loss", 10 * step.number, step.val_loss)

    experiment.run(options={"--capture": "no"})


record(0.05, 1)
record(1e40, 2)
shutil.rmtree(recording.log / "_sources", ignore_errors=True)
for path in recording.log.glob("*/run.json"):
    path.unlink()  # it tells of the machine
recording.write()
