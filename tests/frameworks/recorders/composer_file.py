# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "torch==2.13.0", "numpy", "torchmetrics==1.9.0", "torch-optimizer", "tqdm", "pyyaml",
#   "requests", "coolname", "py-cpuinfo", "tabulate", "psutil", "importlib-metadata",
#   "apache-libcloud", "pillow", "packaging", "typing-extensions",
# ]
#
# [tool.recorder]
# without-dependencies = ["mosaicml==0.32.1"]  # it asks for an older torch, and for torchvision
# ///
"""Composer's ``FileLogger``: a line a metric, ``[metric][batch=7]: loss/train/total: 0.1234``."""

from __future__ import annotations

import warnings

from _absent import pretend
from _recording import Recording

pretend("torchvision", "mcli")
warnings.filterwarnings("ignore")

import torch
from composer import Trainer
from composer.loggers import FileLogger, LoggerDestination
from composer.models import ComposerModel
from torch.utils.data import DataLoader, TensorDataset


class Model(ComposerModel):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return self.layer(batch[0])

    def loss(self, outputs: torch.Tensor, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return torch.nn.functional.mse_loss(outputs, batch[1])


class Noted(LoggerDestination):
    """Is handed what the file logger is handed."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        for name, value in metrics.items():
            run.log(name, step, float(value))
            run.rounded(name, ".4f")


recording = Recording("composer")
run = recording.run()
torch.manual_seed(0)
inputs = torch.randn(64, 4)
data = TensorDataset(inputs, inputs.sum(1, keepdim=True))
model = Model()
Trainer(
    model=model, train_dataloader=DataLoader(data, 8), max_duration="3ep", device="cpu",
    optimizers=torch.optim.SGD(model.parameters(), 0.05),
    loggers=[FileLogger(str(recording.log / "composer.log"), flush_interval=1), Noted()],
    progress_bar=False, log_to_console=False,
).fit()  # fmt: skip
recording.write()
