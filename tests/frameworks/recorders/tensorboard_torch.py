# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "tensorboard==2.21.0", "tensorboardX==2.6.5"]
# ///
"""Event files of PyTorch's and tensorboardX's writers: folders for several curves in one picture,
hyper-parameters, a second writer, a resume, and a writer that counts no steps."""

from __future__ import annotations

import struct

import tensorboardX
from _descent import descend
from _recording import Recording, Run
from torch.utils import tensorboard

recording = Recording("event-file")


def single(value: float) -> float:
    """As an event file keeps a figure: in 32 bits, infinite where these do not hold it."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def train(writer: tensorboard.SummaryWriter, run: Run, rate: float, first: int, last: int) -> None:
    for step, (loss, held_out) in enumerate(descend(rate, last)):
        if step < first:
            continue
        writer.add_scalar("lr", rate, step)
        run.log("lr", step, single(rate))
        writer.add_scalars("Loss/all", {"train": single(loss), "val": single(held_out)}, step)
        run.log("Loss/all/train", step, single(loss))
        run.log("Loss/all/val", step, single(held_out))


for name, kind in (("torch", tensorboard.SummaryWriter), ("x", tensorboardX.SummaryWriter)):
    for rate in (0.1, 1e8):
        folder = f"{name}/lr-{rate}"
        run = recording.run(folder, learning_rate=rate, optimizer="adam", batch_size=8)
        with kind(f"{recording.log}/{folder}") as writer:
            train(writer, run, rate, 0, 30)
            settings = {"lr": rate, "optimizer": "Adam", "batch_size": 8, "amp": True}
            writer.add_hparams(settings, {"hparam/loss": 0.5})
            run.log("hparam/loss", 0, 0.5)

run = recording.run("evaluated")
one = tensorboard.SummaryWriter(f"{recording.log}/evaluated")
other = tensorboard.SummaryWriter(f"{recording.log}/evaluated", filename_suffix=".eval")
for step, (loss, held_out) in enumerate(descend(0.1, 20)):
    one.add_scalar("train/loss", single(loss), step, new_style=True)
    run.log("train/loss", step, single(loss))
    other.add_scalar("val/loss", held_out, step, new_style=True, double_precision=True)
    run.log("val/loss", step, held_out)
one.close()
other.close()

run = recording.run("stepless", x_axis="row")
with tensorboard.SummaryWriter(f"{recording.log}/stepless") as writer:
    for row, (loss, _) in enumerate(descend(0.1, 20)):
        writer.add_scalar("loss", single(loss))
        run.log("loss", row, single(loss))
recording.write()
