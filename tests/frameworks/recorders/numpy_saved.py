# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6"]
# ///
"""Curves that NumPy saved: several by name, one named by its file, and a table of records."""

from __future__ import annotations

import numpy as np
from _recording import Recording

recording = Recording("numpy-arrays")
losses = np.exp(-np.arange(40) / 10) + 0.5
losses[33] = np.nan

named = recording.run("named", x_axis="epoch")
path = recording.log / "named"
path.mkdir()
np.savez_compressed(
    path / "history.npz", epochs=np.arange(40), train_loss=losses, val_loss=losses.astype("f4")
)

alone = recording.run("alone", x_axis="row")
path = recording.log / "alone"
path.mkdir()
np.save(path / "train_loss.npy", losses)

table = recording.run("table", x_axis="step")
path = recording.log / "table"
path.mkdir()
rows = [(10 * n, loss, 0.1) for n, loss in enumerate(losses)]
np.save(path / "log.npy", np.array(rows, [("step", "i4"), ("loss", "f8"), ("lr", "f4")]))

for n, loss in enumerate(losses):
    named.log("train_loss", n, loss)
    named.log("val_loss", n, np.float32(loss))
    alone.log("train_loss", n + 1, loss)
    table.log("loss", 10 * n, loss)
    table.log("lr", 10 * n, np.float32(0.1))
recording.write()
