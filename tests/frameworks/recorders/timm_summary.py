# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "pyyaml", "huggingface_hub", "safetensors"]
#
# [tool.recorder]
# without-dependencies = ["timm==1.0.31"]  # it asks for torchvision
# ///
"""timm's ``update_summary``, called as its ``train.py`` does, beside the ``args.yaml`` of that."""

from __future__ import annotations

from collections import OrderedDict

from _absent import pretend
from _recording import Recording

pretend("torchvision")

import torch
import yaml
from timm.utils import update_summary

ARGUMENTS = {"epochs": 6, "batch_size": 16, "opt": "adamw", "lr": 0.05, "momentum": 0.9,
             "weight_decay": 0.01, "clip_grad": None}  # fmt: skip
torch.manual_seed(0)
inputs = torch.randn(96, 4)
labels = (inputs[:, 0] > inputs[:, 1]).long()
model = torch.nn.Linear(4, 2)
optimizer = torch.optim.AdamW(model.parameters(), ARGUMENTS["lr"], weight_decay=0.01)

recording = Recording("timm")
run = recording.run(x_axis="epoch", optimizer="adamw", learning_rate=0.05, batch_size=16,
                    planned_steps=6, weight_decay=0.01)  # fmt: skip
(recording.log / "args.yaml").write_text(yaml.safe_dump(ARGUMENTS))
for epoch in range(6):
    total = 0.0
    for start in range(0, 64, 16):
        part = slice(start, start + 16)
        loss = torch.nn.functional.cross_entropy(model(inputs[part]), labels[part])
        if epoch == 5:
            loss = loss * torch.nan
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() / 4
    with torch.no_grad():
        out = model(inputs[64:])
        right = (out.argmax(1) == labels[64:]).float().mean().item()
        measured = torch.nn.functional.cross_entropy(out, labels[64:]).item()
    train = OrderedDict(loss=total)
    held_out = OrderedDict(loss=measured, top1=100 * right, top5=100.0)
    update_summary(epoch, train, held_out, recording.log / "summary.csv",
                   lr=ARGUMENTS["lr"], write_header=epoch == 0)  # fmt: skip
    run.log("train_loss", epoch, total)
    for name, value in held_out.items():
        run.log(f"eval_{name}", epoch, value)
    run.log("lr", epoch, ARGUMENTS["lr"])
recording.write()
