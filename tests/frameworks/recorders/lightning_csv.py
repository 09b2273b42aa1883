# /// script
# requires-python = ">=3.11"
# dependencies = ["lightning==2.6.6", "torch==2.13.0"]
# ///
"""Lightning's ``CSVLogger``: rows apart for the rate, training and validation; a column that comes
later, for which the file is written anew; a loss that becomes NaN."""

from __future__ import annotations

import logging
import warnings

import lightning
import torch
from _recording import Recording, Run
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")


class Noting(CSVLogger):
    """Notes what the trainer hands over, then hands it on."""

    def __init__(self, run: Run, folder: str) -> None:
        super().__init__(folder, name=None, version="", flush_logs_every_n_steps=5)
        self.noted = run

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        for name, value in metrics.items():
            self.noted.log(name, step, value)
        super().log_metrics(metrics, step)


class Model(lightning.LightningModule):
    def __init__(self, lr: float, batch_size: int, optimizer: str, cut_at: int = -1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)
        )

    def training_step(self, batch: tuple[torch.Tensor, ...], index: int) -> torch.Tensor:
        loss = self._loss(batch)
        if self.hparams.cut_at >= 0 and self.global_step >= self.hparams.cut_at:
            loss = loss * torch.nan
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, ...], index: int) -> None:
        self.log("val_loss", self._loss(batch))

    def configure_optimizers(self) -> dict[str, object]:
        optimizer = getattr(torch.optim, self.hparams.optimizer)(self.parameters(), self.hparams.lr)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _loss(self, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])


def data(batch_size: int, seed: int) -> DataLoader:
    random = torch.Generator().manual_seed(seed)
    inputs = torch.randn(64, 4, generator=random)
    targets = inputs @ torch.tensor([[1.0], [-2.0], [0.5], [0.1]])
    return DataLoader(TensorDataset(inputs, targets), batch_size)


def fit(name: str, model: Model, *, every: int = 2) -> None:
    size, optimizer = model.hparams.batch_size, model.hparams.optimizer.lower()
    run = recording.run(name, optimizer=optimizer, learning_rate=model.hparams.lr, batch_size=size)
    lightning.Trainer(
        max_epochs=5, accelerator="cpu", logger=Noting(run, f"{recording.log}/{name}"),
        log_every_n_steps=every, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[LearningRateMonitor("step")],
        num_sanity_val_steps=0,
    ).fit(model, data(size, 0), data(size, 1))  # fmt: skip


recording = Recording("lightning")
lightning.seed_everything(0)
fit("adamw", Model(0.02, 8, "AdamW"))
fit("nan", Model(0.1, 16, "SGD", cut_at=9), every=1)
recording.write()
