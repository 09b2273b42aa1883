# /// script
# requires-python = ">=3.11"
# dependencies = ["lightning==2.6.6", "torch==2.13.0"]
# ///
"""What Lightning shows: a model's summary, a bar an epoch with the validation's below it, which
goes on showing the epoch before until that has ended; a loss that becomes NaN."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EPOCHS, LOST_AT = 8, 6


def train(noted: Path) -> None:
    import lightning
    import torch
    from lightning.pytorch.callbacks import TQDMProgressBar
    from torch.utils.data import DataLoader, TensorDataset

    class Model(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
            loss = self._loss(batch)
            if self.current_epoch >= LOST_AT:
                loss = loss * torch.nan
            self.log("train_loss", loss, prog_bar=True, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
            self.log("val_loss", self._loss(batch), prog_bar=True)

        def on_train_epoch_end(self) -> None:
            with noted.open("a") as out:
                for name, value in self.trainer.callback_metrics.items():
                    print(name, self.current_epoch, float(value), file=out)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), 0.05)

        def _loss(self, batch: list[torch.Tensor]) -> torch.Tensor:
            return torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])

    torch.manual_seed(0)
    inputs = torch.randn(64, 4)
    data = TensorDataset(inputs, inputs.sum(1, keepdim=True))
    lightning.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", logger=False, enable_checkpointing=False,
        callbacks=[TQDMProgressBar()],
    ).fit(Model(), DataLoader(data, 8), DataLoader(data, 8))  # fmt: skip


def record() -> None:
    from _recording import Recording

    recording = Recording("console")
    run = recording.run(x_axis="epoch")
    noted = recording.out / "noted"
    command = [sys.executable, "-W", "ignore", __file__, "train", noted]
    path = recording.log / "train.log"
    with path.open("w") as out:
        subprocess.run(command, stdout=out, stderr=out, check=True)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(line for line in lines if b"Tip: " not in line))  # it advertises
    for line in noted.read_text().splitlines():
        name, epoch, value = line.split()
        run.log(name, int(epoch), float(value))
        run.rounded(name, ".3g")
    recording.write()


if sys.argv[1] == "train":
    train(Path(sys.argv[2]))
else:
    record()
