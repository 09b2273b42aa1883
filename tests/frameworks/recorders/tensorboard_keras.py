# /// script
# requires-python = ">=3.11"
# dependencies = ["keras==3.15.1", "tensorflow-cpu==2.21.0", "tensorboard"]
# [tool.recorder]
# environment = "tensorflow"   # what it is built with is not what the others need
# ///
"""Keras' ``TensorBoard`` callback: training and validation in folders of their own."""

from __future__ import annotations

import os
import struct

from _recording import Recording, Run

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

random = np.random.default_rng(0)
INPUTS = random.normal(size=(96, 4)).astype("float32")
TARGETS = (INPUTS @ np.array([1.0, -2.0, 0.5, 0.1], "float32"))[:, None]


def single(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


class Noted(keras.callbacks.Callback):
    """Notes what each epoch's end tells."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for name, value in (logs or {}).items():
            folder, tag = ("validation", name[4:]) if name.startswith("val_") else ("train", name)
            self.run.log(f"{folder}/epoch_{tag}", epoch, single(value))
        rate = float(self.model.optimizer.learning_rate)
        self.run.log("train/epoch_learning_rate", epoch, single(rate))


class Evaluated(keras.callbacks.Callback):
    """Notes what each validation tells, at the step of the optimizer."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        step = int(self.model.optimizer.iterations)
        for name, value in (logs or {}).items():
            tag = f"validation/evaluation_{name}_vs_iterations"
            self.run.log(tag, step, single(value))


recording = Recording("event-file")
for rate in (0.05, 1e9):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    run = recording.run(f"lr-{rate}", x_axis="epoch")
    board = keras.callbacks.TensorBoard(f"{recording.log}/lr-{rate}", write_graph=False)
    model.fit(INPUTS[:64], TARGETS[:64], batch_size=16, epochs=8, verbose=0,
              validation_data=(INPUTS[64:], TARGETS[64:]),
              callbacks=[board, Noted(run), Evaluated(run)])  # fmt: skip
recording.write()
