# /// script
# requires-python = ">=3.11"
# dependencies = ["keras==3.15.1", "torch==2.13.0", "pandas"]
# ///
"""Keras' ``History.history``, saved as people save it: by ``json.dump``, and by pandas."""

from __future__ import annotations

import json
import os

from _recording import Recording

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import pandas as pd

random = np.random.default_rng(0)
inputs = random.normal(size=(96, 4)).astype("float32")
targets = inputs.sum(1, keepdims=True)


class Noted(keras.callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for run, first in runs:
            for name, value in (logs or {}).items():
                run.log(name, epoch + first, value)


recording = Recording("keras-history")
for name, rate in (("converged", 0.1), ("exploded", 1e6)):
    runs = [
        (recording.run("converged/history.json" if name == "converged" else name, x_axis="row"), 1)
    ]
    if name == "converged":  # pandas leaves blank what is NaN
        runs.append((recording.run(f"{name}/history.csv", x_axis="row", format="csv"), 1))
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    history = model.fit(
        inputs[:64], targets[:64], batch_size=16, epochs=14, verbose=0, callbacks=[Noted()],
        validation_data=(inputs[64:], targets[64:]),
    ).history  # fmt: skip
    (recording.log / name).mkdir()
    (recording.log / name / "history.json").write_text(json.dumps(history))
    if name == "converged":
        pd.DataFrame(history).to_csv(recording.log / name / "history.csv", index=False)
recording.write()
