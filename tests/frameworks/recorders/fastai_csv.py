# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "torch==2.13.0", "fastcore==2.2.41", "fasttransform==0.0.5", "fastprogress==1.1.6", "pandas",
#   "matplotlib", "scipy", "scikit-learn", "plum-dispatch==2.9.0", "cloudpickle",
#   "fastdownload", "requests",
# ]
#
# [tool.recorder]
# without-dependencies = ["fastai==2.8.12"]  # it asks for torchvision and spaCy
# ///
"""fastai's ``CSVLogger``: a second fit appends, header and all; and a loss that is NaN."""

from __future__ import annotations

from _absent import pretend
from _recording import Recording, Run

pretend("torchvision")

import fastai.callback.schedule  # noqa: F401 - gives the learner its fit_one_cycle
import torch
from fastai.callback.core import Callback
from fastai.callback.progress import CSVLogger
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from torch.utils.data import DataLoader, TensorDataset


class Noted(Callback):
    """Notes the figures of the recorder, which ``CSVLogger`` is handed."""

    order = 65

    def __init__(self, run: Run) -> None:
        self.run = run

    def after_epoch(self) -> None:
        recorder = self.learn.recorder
        epoch, *values = recorder.log[: len(recorder.metric_names) - 1]
        for name, value in zip(recorder.metric_names[1:], values, strict=False):
            self.run.log(name, epoch, value)


def error(predicted: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return (predicted - wanted).abs().mean()


def learner(name: str, rate: float) -> Learner:
    torch.manual_seed(0)
    inputs = torch.randn(96, 4)
    targets = inputs @ torch.tensor([[1.0], [-2.0], [0.5], [0.1]])
    parts = [TensorDataset(inputs[a:b], targets[a:b]) for a, b in ((0, 64), (64, 96))]
    loaders = DataLoaders(*(DataLoader(part, 16) for part in parts))
    return Learner(loaders, torch.nn.Linear(4, 1), torch.nn.functional.mse_loss, lr=rate,
                   metrics=error, path=recording.log)  # fmt: skip


recording = Recording("fastai")
run = recording.run("resumed", x_axis="epoch")
learn = learner("resumed", 0.05)
(recording.log / "resumed").mkdir()
for append in (False, True):
    learn.fit_one_cycle(5, cbs=[CSVLogger("resumed/history.csv", append=append), Noted(run)])

run = recording.run("nan", x_axis="epoch")
(recording.log / "nan").mkdir()
learner("nan", 1e5).fit(8, cbs=[CSVLogger("nan/history.csv"), Noted(run)])
recording.write()
