# /// script
# requires-python = ">=3.11"
# dependencies = ["keras==3.15.1", "torch==2.13.0"]
# ///
"""What Keras prints with ``verbose=1`` and ``verbose=2``."""

from __future__ import annotations

import contextlib
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from _recording import Recording, Run

random = np.random.default_rng(0)
inputs = random.normal(size=(96, 4)).astype("float32")
targets = inputs.sum(1, keepdims=True)


class Noted(keras.callbacks.Callback):
    """Keras prints four decimals, or the exponent where that says more."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for name, value in (logs or {}).items():
            self.run.log(name, epoch + 1, value)
            self.run.rounded(name, ".3g")


recording = Recording("console")
for verbose in (1, 2):
    run = recording.run(f"verbose-{verbose}", x_axis="epoch")
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    (recording.log / f"verbose-{verbose}").mkdir()
    log = recording.log / f"verbose-{verbose}" / "train.log"
    with log.open("w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        model.fit(inputs[:64], targets[:64], batch_size=16, epochs=6, verbose=verbose,
                  validation_data=(inputs[64:], targets[64:]), callbacks=[Noted(run)])  # fmt: skip
recording.write()
