# /// script
# requires-python = ">=3.11"
# dependencies = ["pytorch-ignite==0.5.5", "torch==2.13.0", "tensorboard==2.21.0"]
# ///
"""Ignite's ``FBResearchLogger`` and TensorBoard logger: it has no file of its own."""

from __future__ import annotations

import logging

import numpy as np
import torch
from _recording import Recording
from ignite.engine import Engine, Events
from ignite.handlers import FBResearchLogger, TensorboardLogger

recording = Recording("console")
printed = recording.run("printed")
for clock in ("Iter time", "Data prep time", "epoch"):
    printed.clock(clock)
shown = recording.run("events", format="event-file")
(recording.log / "printed").mkdir()
handler = logging.FileHandler(recording.log / "printed" / "train.log")
handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s: %(message)s"))
logger = logging.getLogger("ignite")
logger.setLevel(logging.INFO)
logger.addHandler(handler)

torch.manual_seed(0)
inputs = torch.randn(128, 4)
targets = inputs.sum(1, keepdim=True)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.05)


def step(engine: Engine, batch: torch.Tensor) -> dict[str, float]:
    loss = torch.nn.functional.mse_loss(model(inputs[batch]), targets[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return {"loss": loss.item()}


trainer = Engine(step)
FBResearchLogger(logger=logger, show_output=True).attach(trainer, "Train", every=2)
writer = TensorboardLogger(log_dir=recording.log / "events")
writer.attach_output_handler(trainer, Events.ITERATION_COMPLETED, "training",
                             output_transform=lambda output: output)  # fmt: skip


@trainer.on(Events.ITERATION_COMPLETED)
def note(engine: Engine) -> None:
    shown.log(
        "training/loss", engine.state.iteration, float(np.float32(engine.state.output["loss"]))
    )
    if engine.state.iteration % 2 == 0:
        printed.log("loss", engine.state.iteration, engine.state.output["loss"])
        printed.rounded("loss", ".4f")


trainer.run(list(torch.arange(128).split(16)), max_epochs=3)
writer.close()
recording.write()
