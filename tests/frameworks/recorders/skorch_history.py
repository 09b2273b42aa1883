# /// script
# requires-python = ">=3.11"
# dependencies = ["skorch==1.4.0", "torch==2.13.0"]
# ///
"""skorch's ``history.json``, whose epochs hold their batches, and the table that it prints."""

from __future__ import annotations

import contextlib

import numpy as np
import skorch
import torch
from _recording import Recording
from skorch.callbacks import LRScheduler

recording = Recording("json-document")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(96, 4)).astype("float32")
TARGETS = (INPUTS @ np.array([1.0, -2.0, 0.5, 0.1], "float32"))[:, None]

torch.manual_seed(0)
schedule = LRScheduler("StepLR", step_size=3, event_name="event_lr")
net = skorch.NeuralNetRegressor(
    torch.nn.Linear(4, 1), lr=0.05, max_epochs=9, batch_size=16, callbacks=[("rate", schedule)]
)
for name in ("history", "printed"):
    (recording.log / name).mkdir()
with (recording.log / "printed" / "out.txt").open("w") as out, contextlib.redirect_stdout(out):
    net.fit(INPUTS, TARGETS)
net.history.to_file(str(recording.log / "history" / "history.json"))

history = recording.run("history", x_axis="epoch")
printed = recording.run("printed", x_axis="epoch", format="console")
for row in net.history:
    for tag in ("train_loss", "valid_loss"):
        history.log(tag, row["epoch"], row[tag])
        printed.log(tag, row["epoch"], row[tag])
        printed.rounded(tag, ".4f")
    history.log("event_lr", row["epoch"], row["event_lr"])
    printed.log("lr", row["epoch"], row["event_lr"])
    printed.rounded("lr", ".4f")
    history.log("train_batch_count", row["epoch"], 5)
    history.log("valid_batch_count", row["epoch"], 2)
for run in (history, printed):
    run.clock("dur")
recording.write()
