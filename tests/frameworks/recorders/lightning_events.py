# /// script
# requires-python = ">=3.11"
# dependencies = ["lightning==2.6.6", "torch==2.13.0", "tensorboard==2.21.0"]
# ///
"""Lightning's ``TensorBoardLogger``, whose settings lie in ``hparams.yaml``."""

from __future__ import annotations

import logging
import struct
import warnings

import lightning
import torch
from _recording import Recording, Run
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Logger(TensorBoardLogger):
    """Notes what it is given to write."""

    def __init__(self, run: Run, *places: str) -> None:
        super().__init__(*places)
        self.run = run

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        super().log_metrics(metrics, step)
        for name, value in metrics.items():
            figure = struct.unpack("<f", struct.pack("<f", float(value)))[0]
            self.run.log(name, step or 0, figure)


class Line(lightning.LightningModule):
    def __init__(self, lr: float, batch_size: int) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
        self.log("val_loss", torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), self.hparams.lr)


recording = Recording("event-file")
torch.manual_seed(0)
inputs = torch.randn(96, 4)
targets = inputs @ torch.tensor([[1.0], [-2.0], [0.5], [0.1]])
for rate in (0.01, 1e30):
    run = recording.run(f"descent/lr-{rate}", learning_rate=rate, batch_size=8)
    logger = Logger(run, str(recording.log), "descent", f"lr-{rate}")
    trainer = lightning.Trainer(
        max_epochs=5, logger=logger, log_every_n_steps=4, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, accelerator="cpu",
        callbacks=[LearningRateMonitor("step")], num_sanity_val_steps=0,
    )  # fmt: skip
    trainer.fit(Line(rate, 8), DataLoader(TensorDataset(inputs[:64], targets[:64]), 8),
                DataLoader(TensorDataset(inputs[64:], targets[64:]), 8))  # fmt: skip
recording.write()
