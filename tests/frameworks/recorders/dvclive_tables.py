# /// script
# requires-python = ">=3.11"
# dependencies = ["dvclive==3.49.1"]
# [tool.recorder]
# environment = "trackers"
# ///
"""DVCLive's tables: names with slashes, time stamps where asked for, NaN and infinity."""

from __future__ import annotations

import os

from _linear import descend
from _recording import Recording
from dvclive import Live

recording = Recording("dvclive")
os.chdir(recording.out)  # DVC makes a repository of where it runs
for name, rate in (("well", 0.05), ("diverged", 1e40)):
    run = recording.run(name, optimizer="sgd", learning_rate=rate, batch_size=8)
    with Live(f"{recording.log}/{name}", save_dvc_exp=False, report=None, dvcyaml=None) as live:
        live.log_params({"optimizer": "SGD", "lr": rate, "batch_size": 8})
        for step in descend(rate, 12):
            live.log_metric("train/loss", step.loss)
            live.log_metric("val/loss", step.val_loss, timestamp=True)
            live.log_metric("lr", step.lr)
            run.log("train/loss", step.number, step.loss)
            run.log("val/loss", step.number, step.val_loss)
            run.log("lr", step.number, step.lr)
            live.next_step()
recording.write()
