"""One training at one rate, as anyone would write it, with its log on disk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from lrdoctor.demo.log import CsvLog, EventLog, JsonLog, Log
from tests.prove.playing import End
from tests.prove.tasks import Task

SEED = 7
Rated = Callable[[object, float], torch.optim.Optimizer]

OPTIMIZERS: dict[str, Rated] = {
    "sgd": lambda weights, rate: torch.optim.SGD(weights, rate),  # type: ignore[arg-type]
    "momentum": lambda weights, rate: torch.optim.SGD(weights, rate, momentum=0.9),  # type: ignore[arg-type]
    "adam": lambda weights, rate: torch.optim.Adam(weights, rate),  # type: ignore[arg-type]
    "adamw": lambda weights, rate: torch.optim.AdamW(weights, rate),  # type: ignore[arg-type]
    "rmsprop": lambda weights, rate: torch.optim.RMSprop(weights, rate),  # type: ignore[arg-type]
    "adagrad": lambda weights, rate: torch.optim.Adagrad(weights, rate),  # type: ignore[arg-type]
    "nadam": lambda weights, rate: torch.optim.NAdam(weights, rate),  # type: ignore[arg-type]
}
LOGS: dict[str, Callable[[Path], Log]] = {
    "csv": lambda folder: CsvLog(folder / "metrics.csv"),
    "jsonl": lambda folder: JsonLog(folder / "metrics.jsonl"),
    "events": EventLog,
}


@dataclass(frozen=True, slots=True)
class Setup:
    """How a task is trained; all but the base rate."""

    name: str
    optimizer: str
    schedule: str
    """``constant``, ``cosine`` (after a tenth of warmup), ``linear`` or ``step``."""
    log: str
    steps: int = 300
    batch: int = 32
    every: int = 1
    """Steps between two lines of the log, each the mean of the losses between."""
    clip: float = 0.0
    validated: bool = False
    device: str = "cpu"

    def share(self, step: int) -> float:
        """The schedule's share of the base rate at a step, counted from 0."""
        done = step / self.steps
        match self.schedule:
            case "constant":
                return 1.0
            case "cosine":
                return min((step + 1) / (0.1 * self.steps), 0.5 * (1 + math.cos(math.pi * done)))
            case "linear":
                return 1.0 - done
            case "step":
                return 0.1 ** ((done >= 0.5) + (done >= 0.75))
        raise ValueError(f"no schedule {self.schedule!r}")

    def text(self, rate: float) -> str:
        """What a framework would leave beside the log."""
        name = "sgd" if self.optimizer == "momentum" else self.optimizer
        told = {"optimizer": name, "lr": rate, "batch_size": self.batch, "max_steps": self.steps}
        if self.optimizer == "momentum":
            told["momentum"] = 0.9
        return "".join(f"{key}: {value}\n" for key, value in told.items())


def train(task: Task, setup: Setup, rate: float, folder: Path) -> End:
    """Train from the same weights on the same batches as at any other rate."""
    torch.manual_seed(SEED)
    network = task.network().to(setup.device)
    optimizer = OPTIMIZERS[setup.optimizer](network.parameters(), rate)
    before = _full(network, task)
    (folder / "hparams.yaml").write_text(setup.text(rate), encoding="utf-8")
    log = LOGS[setup.log](folder)
    losses: list[float] = []
    batches = _batches(len(task.x), setup.batch)
    for step in range(setup.steps):
        now = rate * setup.share(step)
        for group in optimizer.param_groups:
            group["lr"] = now
        rows = next(batches).to(setup.device)
        loss = task.loss(network(task.x[rows]), task.y[rows])
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), setup.clip or math.inf)
        optimizer.step()
        losses.append(float(loss.detach()))
        if (step + 1) % setup.every == 0:
            look = setup.validated and (step + 1) % (20 * setup.every) == 0
            figures = {"train/loss": sum(losses) / len(losses), "lr": now, "grad_norm": float(norm)}
            told = {"val/loss": _held(network, task) if look else None} if setup.validated else {}
            log.write(step + 1, {**figures, **told})
            losses = []
        if not math.isfinite(float(loss.detach())) and step % setup.every == setup.every - 1:
            break  # as a trainer that terminates on NaN does
    log.close()
    return End(before, _full(network, task))


def _batches(rows: int, size: int) -> Iterator[torch.Tensor]:
    """Rows in random order, every row once before any comes again."""
    random = torch.Generator().manual_seed(SEED)
    while True:
        order = torch.randperm(rows, generator=random)
        yield from (order[at : at + size] for at in range(0, rows - size + 1, size))


def _full(network: torch.nn.Module, task: Task) -> float:
    """The loss over the training rows, up to ``whole`` of them, without a step."""
    network.eval()
    with torch.no_grad():
        loss = float(task.loss(network(task.x[: task.whole]), task.y[: task.whole]))
    network.train()
    return loss


def _held(network: torch.nn.Module, task: Task) -> float:
    network.eval()
    with torch.no_grad():
        loss = float(task.loss(network(task.held[0]), task.held[1]))
    network.train()
    return loss
