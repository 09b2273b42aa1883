# /// script
# requires-python = ">=3.11"
# dependencies = ["trackio==0.43.0"]
# ///
"""Trackio's database: three runs of a project, one of them with the trainer's own step."""

from __future__ import annotations

import importlib
import os

from _descent import descend
from _recording import Recording, tidy

recording = Recording("trackio")
os.environ["TRACKIO_DIR"] = str(recording.log / "store")
os.environ["HF_HUB_OFFLINE"] = "1"

# It reads its folder from the environment when it is imported.
trackio = importlib.import_module("trackio")


def record(name: str, rate: float, steps: int) -> None:
    trackio.init(project="descent", name=name, embed=False,
                 config={"learning_rate": rate, "optimizer": {"name": "AdamW"}})  # fmt: skip
    run = recording.run(f"store#{name}", learning_rate=rate, optimizer="adamw")
    for step, (loss, held_out) in enumerate(descend(rate, steps)):
        row = {"train": {"loss": loss}, "lr": rate, "note": "7"}
        if step % 5 == 4:
            row["val/loss"] = held_out
            run.log("val/loss", step, held_out)
        trackio.log(row)
        run.log("train/loss", step, loss)
        run.log("lr", step, rate)
    trackio.finish()


def record_trainer(rate: float) -> None:
    """As transformers' callback does: rows of the trainer's own steps."""
    trackio.init(project="descent", name="trainer", embed=False)
    run = recording.run("store#trainer")
    for step, (loss, _) in enumerate(descend(rate, 40), 1):
        if step % 10 == 0:
            trackio.log({"train/loss": loss, "train/global_step": step})
            run.log("train/loss", step, loss)
    trackio.finish()


record("good", 0.1, 30)
record("diverged", 1e8, 60)
record_trainer(0.05)
tidy(recording.log, "*.db", "*.db-wal")
recording.write()
