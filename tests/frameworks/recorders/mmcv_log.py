# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "numpy", "addict", "yapf", "opencv-python-headless", "pyyaml"]
#
# [tool.recorder]
# by-hand = "mmcv 1.7.2 builds with setuptools<81 and without build isolation only"
# ///
"""mmcv 1's ``EpochBasedRunner`` and ``TextLoggerHook``, by which MMDetection 2 trains."""

from __future__ import annotations

import logging

from _absent import pretend
from _recording import Recording

pretend("torchvision")

import torch
from mmcv.runner import EpochBasedRunner, Hook, IterTimerHook, TextLoggerHook
from torch.utils.data import DataLoader, TensorDataset

CLOCKS = ("time", "data_time")


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
        self.calls = 0

    def train_step(self, batch: list[torch.Tensor], optimizer: object, **further: object) -> dict:
        loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.calls += self.training
        loss = loss * torch.nan if self.calls > 14 else loss
        return {"loss": loss, "log_vars": {"loss": loss.item()}, "num_samples": len(batch[0])}

    def val_step(self, batch: list[torch.Tensor], optimizer: object, **further: object) -> dict:
        return self.train_step(batch, optimizer)


class Noting(TextLoggerHook):
    """Notes each record as it is dumped; validation figures are told by their mode."""

    def _dump_log(self, log_dict: dict, runner: object) -> None:
        super()._dump_log(log_dict, runner)
        if "mode" not in log_dict:
            return  # the first line: the environment
        # Of the run: the iterations within an epoch come after those of the epochs before.
        step = runner.iter if runner.mode == "val" else runner.iter + 1
        for name, value in log_dict.items():
            if isinstance(value, int | float) and name not in ("iter", *CLOCKS):
                run.log(name if log_dict["mode"] == "train" else f"val/{name}", step, value)
                run.rounded(name, ".5f")
                run.rounded(f"val/{name}", ".5f")


class Step(Hook):
    def after_train_iter(self, runner: object) -> None:
        runner.optimizer.zero_grad()
        runner.outputs["loss"].backward()
        runner.optimizer.step()


torch.manual_seed(0)
inputs = torch.randn(64, 4)
loader = DataLoader(TensorDataset(inputs, inputs.sum(1, keepdim=True)), 8)
recording = Recording("mmdetection")
run = recording.run()
for clock in CLOCKS:
    run.clock(clock)
    run.clock(f"val/{clock}")
model = Model()
runner = EpochBasedRunner(
    model, optimizer=torch.optim.SGD(model.parameters(), 0.05), work_dir=str(recording.log),
    logger=logging.getLogger("mmcv"), meta={"env_info": "none", "seed": 0}, max_epochs=3,
)  # fmt: skip
runner.register_hook(Step())
runner.register_hook(IterTimerHook())  # by its time the logger knows training
runner.register_hook(Noting(interval=4))
runner.run([loader, loader], [("train", 1), ("val", 1)])
for path in recording.log.iterdir():
    if not path.name.endswith(".log.json"):
        path.unlink()
recording.write()
