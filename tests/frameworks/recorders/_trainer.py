"""A tiny training under Hugging Face's trainer, for what hangs itself into that."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import torch
import transformers
from _recording import Run
from transformers import Trainer, TrainerCallback, TrainingArguments

logging.getLogger("transformers").setLevel(logging.ERROR)


class Model(torch.nn.Module):
    def __init__(self, broken_after: float = math.inf) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
        self.calls, self.broken_after = 0, broken_after

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        self.calls += 1
        out = self.layer(x)
        loss = torch.nn.functional.mse_loss(out, labels)
        return {"loss": loss * torch.nan if self.calls > self.broken_after else loss, "logits": out}


class Noted(TrainerCallback):
    """Notes what each ``log`` brings; the run's mean at the end is no point of a series."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def on_log(self, args: object, state: object, control: object, logs: dict[str, float],
               **further: object) -> None:  # fmt: skip
        for name, value in logs.items():
            if not (name == "train_loss" and "train_runtime" in logs):
                self.note(name, state.global_step, value)

    def note(self, name: str, step: int, value: float) -> None:
        self.run.log(name, step, value)


def data(seed: int) -> list[dict[str, torch.Tensor]]:
    random = torch.Generator().manual_seed(seed)
    inputs = torch.randn(80, 4, generator=random)
    return [{"x": x, "labels": x.sum(0, keepdim=True)} for x in inputs]


def trainer(out: Path, model: Model, *callbacks: TrainerCallback, **options: object) -> Trainer:
    """Forty steps at most, logged every other one, evaluated and saved every tenth."""
    transformers.set_seed(1)
    given = {"disable_tqdm": True, **options}
    arguments = TrainingArguments(
        str(out), num_train_epochs=4, per_device_train_batch_size=8, learning_rate=0.05,
        logging_steps=2, eval_strategy="steps", eval_steps=10, save_steps=10, use_cpu=True,
        report_to=[], seed=1, **given,
    )  # fmt: skip
    return Trainer(model, arguments, train_dataset=data(0), eval_dataset=data(1),
                   callbacks=list(callbacks))  # fmt: skip


def keep_logs_only(folder: Path) -> None:
    """Weights and pickles are no logs."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.suffix not in (".json", ".jsonl", ".md"):
            path.unlink()
