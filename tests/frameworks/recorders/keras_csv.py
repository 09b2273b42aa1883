# /// script
# requires-python = ">=3.11"
# dependencies = ["keras==3.15.1", "torch==2.13.0"]
# ///
"""Keras' ``CSVLogger``: plain, appended to, with NaN, and beside ``ReduceLROnPlateau``."""

from __future__ import annotations

import os

from _recording import Recording, Run

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

random = np.random.default_rng(0)
INPUTS = random.normal(size=(96, 4)).astype("float32")
TARGETS = (INPUTS @ np.array([1.0, -2.0, 0.5, 0.1], "float32"))[:, None]


class Noted(keras.callbacks.Callback):
    """Notes what each epoch's end tells, as ``CSVLogger`` is told it."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for name, value in (logs or {}).items():
            self.run.log(name, epoch, value)


def model(rate: float) -> keras.Model:
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    return made


def fit(made: keras.Model, run: Run, path: str, *further: object, **options: object) -> None:
    append = os.path.exists(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    callbacks = [*further, keras.callbacks.CSVLogger(path, append=append), Noted(run)]
    made.fit(INPUTS[:64], TARGETS[:64], batch_size=16, verbose=0, callbacks=callbacks, **options)


recording = Recording("keras")
held_out = (INPUTS[64:], TARGETS[64:])

plain = recording.run("plain", x_axis="epoch")
fit(model(0.05), plain, f"{recording.log}/plain/training.csv", epochs=8, validation_data=held_out)

sparse = recording.run("sparse", x_axis="epoch")
fit(model(0.05), sparse, f"{recording.log}/sparse/training.csv", epochs=9,
    validation_data=held_out, validation_freq=3)  # fmt: skip

path = f"{recording.log}/appended/log.csv"
appended, made = recording.run("appended", x_axis="epoch"), model(0.05)
fit(made, appended, path, epochs=5)
fit(made, appended, path, epochs=9, initial_epoch=5)

path = f"{recording.log}/again/log.csv"
again, made = recording.run("again", x_axis="epoch"), model(0.05)
fit(made, again, path, epochs=4)
fit(made, again, path, epochs=3)

reduced = recording.run("reduced", x_axis="epoch")
fit(model(0.4), reduced, f"{recording.log}/reduced/training_log.csv",
    keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.02), epochs=12)  # fmt: skip

exploding = recording.run("exploding", x_axis="epoch")
linear = keras.Sequential([keras.layers.Dense(1)])
linear.compile(keras.optimizers.SGD(1e9), "mse")
fit(linear, exploding, f"{recording.log}/exploding/log.csv", epochs=6, validation_data=held_out)

recording.write()
