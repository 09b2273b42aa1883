# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0"]
# ///
"""The ``log.txt`` of DETR's ``main.py``. DETR is no package: one object an epoch is written here
as its script writes it (``json.dumps`` of ``train_*``, ``test_*``, ``epoch``, ``n_parameters``)."""

from __future__ import annotations

import json

import torch
from _recording import Recording

torch.manual_seed(0)
inputs = torch.randn(96, 4)
targets = inputs.sum(1, keepdim=True)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.05)
parameters = sum(p.numel() for p in model.parameters())

recording = Recording("detr")
run = recording.run(x_axis="epoch")
for epoch in range(6):
    rate = optimizer.param_groups[0]["lr"]
    losses = []
    for start in range(0, 64, 16):
        part = slice(start, start + 16)
        loss = torch.nn.functional.mse_loss(model(inputs[part]), targets[part])
        losses.append(loss.item() if epoch < 5 else float("nan"))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        held_out = (model(inputs[64:]) - targets[64:]).square()
    stats = {
        "train_lr": rate,
        "train_loss": sum(losses) / len(losses),
        "test_loss": held_out.mean().item(),
        "test_coco_eval_bbox": [held_out[n].item() for n in range(12)],
        "epoch": epoch,
        "n_parameters": parameters,
    }
    with (recording.log / "log.txt").open("a") as log:
        log.write(json.dumps(stats) + "\n")
    for name, value in stats.items():
        if isinstance(value, list):
            for place, one in enumerate(value):
                run.log(f"{name}/{place}", epoch, one)
        elif name != "epoch":
            run.log(name, epoch, value)
recording.write()
