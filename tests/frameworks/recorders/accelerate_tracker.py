# /// script
# requires-python = ">=3.11"
# dependencies = ["accelerate==1.15.0", "torch==2.13.0", "tensorboard==2.21.0"]
# ///
"""Accelerate's TensorBoard tracker: an event file, and the configuration in ``hparams.yml``."""

from __future__ import annotations

import numpy as np
import torch
from _recording import Recording
from accelerate import Accelerator

CONFIG = {"learning_rate": 0.05, "batch_size": 16, "optimizer": "sgd", "max_steps": 24}

recording = Recording("event-file")
run = recording.run("tracked")
accelerator = Accelerator(cpu=True, log_with="tensorboard", project_dir=recording.log)
accelerator.init_trackers("tracked", CONFIG)
torch.manual_seed(0)
inputs = torch.randn(128, 4)
targets = inputs.sum(1, keepdim=True)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), CONFIG["learning_rate"])
model, optimizer = accelerator.prepare(model, optimizer)
for step in range(CONFIG["max_steps"]):
    part = slice(step % 8 * 16, step % 8 * 16 + 16)
    loss = torch.nn.functional.mse_loss(model(inputs[part]), targets[part])
    accelerator.backward(loss)
    optimizer.step()
    optimizer.zero_grad()
    shown = loss.item() if step < 20 else float("inf")
    accelerator.log({"train_loss": shown}, step=step)
    run.log("train_loss", step, float(np.float32(shown)))
accelerator.end_training()
recording.write()
