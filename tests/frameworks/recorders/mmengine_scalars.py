# /// script
# requires-python = ">=3.11"
# dependencies = ["mmengine==0.10.7", "torch==2.13.0", "opencv-python-headless", "setuptools<81"]
# ///
"""mmengine's ``Runner``: by epochs and by iterations, and with a loss that becomes NaN."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import torch
from _recording import Recording
from mmengine.config import Config
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.registry import VISBACKENDS
from mmengine.runner import Runner
from mmengine.visualization import LocalVisBackend
from torch.utils.data import Dataset


class Model(BaseModel):
    def __init__(self, nan_from: int) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
        self.calls, self.nan_from = 0, nan_from

    def forward(self, x: torch.Tensor, y: torch.Tensor, mode: str) -> object:
        out = self.layer(x)
        if mode == "predict":
            return out, y
        self.calls += 1
        loss = torch.nn.functional.mse_loss(out, y)
        return {"loss": loss * torch.nan if self.calls > self.nan_from else loss}


class Error(BaseMetric):
    def process(self, data_batch: object, data_samples: object) -> None:
        out, wanted = data_samples
        self.results.append(float((out - wanted).abs().mean()))

    def compute_metrics(self, results: list[float]) -> dict[str, float]:
        return {"error": sum(results) / len(results)}


class Data(Dataset):
    def __init__(self) -> None:
        random = torch.Generator().manual_seed(0)
        self.inputs = torch.randn(64, 4, generator=random)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.inputs[n], self.inputs[n].sum(0, keepdim=True)


@VISBACKENDS.register_module()
class Noting(LocalVisBackend):
    """Notes what the logger hook hands over; a validation's step is the number of the epoch."""

    def add_scalars(self, scalars: dict, step: int = 0, file_path: str | None = None) -> None:
        super().add_scalars(scalars, step, file_path)
        for name, value in scalars.items():
            if name not in CLOCKS:
                now.log(name, step, float(value))


CLOCKS = ("time", "data_time")
recording = Recording("mmengine")


def train(
    name: str, planned: int | None, train_cfg: dict[str, object], *, nan_from: int = 10**9,
    **options: object,
) -> None:  # fmt: skip
    global now
    now = recording.run(f"{name}/vis_data", optimizer="sgd", learning_rate=0.05, batch_size=8,
                        momentum=0.9, planned_steps=planned)  # fmt: skip
    for clock in CLOCKS:
        now.clock(clock)
    scratch = Path(tempfile.mkdtemp())
    loader = {"batch_size": 8, "num_workers": 0, "dataset": Data(),
              "collate_fn": {"type": "default_collate"},
              "sampler": {"type": "DefaultSampler", "shuffle": True}}  # fmt: skip
    still = {**loader, "sampler": {"type": "DefaultSampler", "shuffle": False}}
    wrapper = {"optimizer": {"type": "SGD", "lr": 0.05, "momentum": 0.9}}
    config = Config({"optim_wrapper": wrapper, "train_cfg": train_cfg,
                     "train_dataloader": {"batch_size": 8}})  # fmt: skip
    runner = Runner(
        Model(nan_from), work_dir=str(scratch), train_dataloader=loader, val_dataloader=still,
        optim_wrapper=wrapper, train_cfg=train_cfg, cfg=config,
        val_cfg={}, val_evaluator=Evaluator(Error()), randomness={"seed": 0}, experiment_name=name,
        default_hooks={"logger": {"type": "LoggerHook", "interval": 3}, "checkpoint": None},
        visualizer={"type": "Visualizer", "vis_backends": [{"type": "Noting"}]},
        log_level="ERROR", **options,
    )  # fmt: skip
    runner.train()
    shutil.copytree(next(scratch.glob("*/vis_data")), recording.log / name / "vis_data")


train("epochs", None, {"by_epoch": True, "max_epochs": 3})
by_iteration = {"by_epoch": False, "max_iters": 20, "val_interval": 10}
train("iterations", 20, by_iteration, nan_from=12, log_processor={"by_epoch": False})
recording.write()
