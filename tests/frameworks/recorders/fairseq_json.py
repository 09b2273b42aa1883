# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "numpy"]
#
# [tool.recorder]
# by-hand = "fairseq 0.12.2 has no wheel for this Python: unpack its fairseq/logging by hand"
# ///
"""fairseq's own ``JsonProgressBar`` and meters, driven as its ``train.py`` drives them. The whole
does not run on this Python; its ``logging`` package, taken from the wheel of 0.12.2, does."""

from __future__ import annotations

import logging

import torch
from _recording import Recording
from fairseq.logging import metrics, progress_bar

torch.manual_seed(0)
inputs = torch.randn(240, 4)
targets = inputs.sum(1, keepdim=True)
recording = Recording("fairseq")
names = ("file", "output")
runs = [recording.run(name) for name in names]
for name in names:
    (recording.log / name).mkdir()
output = (recording.log / "output" / "train.log").open("w")
logging.basicConfig(
    format="%(asctime)s | %(levelname)s | %(name)s | %(message)s", level=logging.INFO,
    datefmt="%Y-%m-%d %H:%M:%S", stream=output,
)  # fmt: skip


def note(stats: dict[str, object], prefix: str = "") -> None:
    """What the bar is handed, as it will be spelt; strings are what fairseq keeps of a figure."""
    spelt = bar._format_stats({f"{prefix}{k}": v for k, v in stats.items()}, epoch=epoch)
    for run in runs:
        for name, value in spelt.items():
            if name != f"{prefix}num_updates":
                run.log(name, updates, float(value))


logging.getLogger("fairseq_cli.train").info("Namespace(lr=[0.05], max_epoch=3)")
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), 0.05)
updates = 0
for epoch in (1, 2, 3):
    bar = progress_bar.progress_bar(
        range(15), log_format="json", log_file=str(recording.log / "file" / "log.json")
        if epoch == 1 else None, log_interval=4, epoch=epoch,
    )  # fmt: skip
    with metrics.aggregate("train"):
        for n, batch in enumerate(bar):
            part = slice(batch * 16, batch * 16 + 16)
            with metrics.aggregate("train_inner"):
                loss = torch.nn.functional.mse_loss(model(inputs[part]), targets[part])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                updates += 1
                shown = loss.item() if updates < 35 else float("nan")
                metrics.log_scalar("loss", shown, 1, round=3)
                metrics.log_scalar("num_updates", updates, weight=0, priority=200)
                metrics.log_scalar("lr", 0.05, weight=0, priority=300)
                metrics.log_speed("wps", 16, priority=180, round=1)
            if n and n % 4 == 0:
                stats = metrics.get_smoothed_values("train_inner")
                note({**stats, "update": round(epoch - 1 + (n + 1) / 15, 3)})
                bar.log(stats, tag="train_inner", step=n)
                metrics.reset_meters("train_inner")
    stats = metrics.get_smoothed_values("train")
    note(stats, "train_")
    bar.print(stats, tag="train", step=updates)
    metrics.reset_meters("train")
    stats = {"loss": loss.item(), "num_updates": updates}
    note(stats, "valid_")
    bar.print(stats, tag="valid", step=updates)
output.close()
for run in runs:
    for tag in ("wps", "train_wps"):
        run.clock(tag)
        run.tags.pop(tag, None)
recording.write()
