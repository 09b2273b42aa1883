# /// script
# requires-python = ">=3.11"
# dependencies = ["visualdl==2.5.3"]
# [tool.recorder]
# environment = "visualdl"   # its protobuf is older than the others'
# ///
"""VisualDL's records: scalars, several in one picture, a histogram between, hyper-parameters."""

from __future__ import annotations

import struct

from _descent import descend
from _recording import Recording
from visualdl import LogWriter

recording = Recording("visualdl")


def single(value: float) -> float:
    """As VisualDL keeps a figure: in 32 bits, infinite where these do not hold it."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


for name, rate in (("good", 0.1), ("diverged", 1e8)):
    run = recording.run(name, learning_rate=rate, optimizer="sgd")
    with LogWriter(logdir=f"{recording.log}/{name}") as writer:
        writer.add_hparams({"lr": rate, "optimizer": "SGD", "layers": 2}, ["loss/train"])
        for step, (loss, held_out) in enumerate(descend(rate, 60)):
            writer.add_scalar("loss/train", single(loss), step)
            run.log("loss/train", step, single(loss))
            writer.add_scalars("both", {"train": single(loss), "val": single(held_out)}, step)
            run.log("both/train", step, single(loss))
            run.log("both/val", step, single(held_out))
            if step == 30:
                writer.add_histogram("weights", [1.0, 2.0, 3.0], step, buckets=3)
recording.write()
