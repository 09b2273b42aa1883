# /// script
# requires-python = ">=3.11"
# dependencies = ["PyYAML==6.0.3"]
# ///
"""Histories that PyYAML dumped: lists by name, rows in a list, and a document an epoch."""

from __future__ import annotations

import math

import yaml
from _recording import Recording

recording = Recording("yaml-document")
losses = [math.exp(-n / 10) + 0.5 for n in range(30)]
losses[25:27] = [math.nan, math.inf]
rows = [{"epoch": n, "train": {"loss": loss}, "lr": 1e-5} for n, loss in enumerate(losses)]

runs = [recording.run(name, x_axis="epoch") for name in ("listed", "documents")]
history = recording.run("history", x_axis="row")
for n, loss in enumerate(losses):
    for run in runs:
        run.log("train/loss", n, loss)
        run.log("lr", n, 1e-5)
    history.log("loss", n + 1, loss)

texts = {
    "listed": yaml.safe_dump(rows),
    "documents": yaml.safe_dump_all(rows),
    "history": yaml.safe_dump({"loss": losses, "optimizer": "adam"}),
}
for name, text in texts.items():
    (recording.log / name).mkdir()
    (recording.log / name / "history.yaml").write_text(text)
recording.write()
