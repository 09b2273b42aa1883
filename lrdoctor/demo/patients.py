"""Five trainings on the same small task: one with a good learning rate, four with a bad one.

Each is a real training whose trouble follows from its settings; nothing is drawn or replayed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrdoctor.demo.digits import Digits, digits
from lrdoctor.demo.log import CsvLog, EventLog, Figures, JsonLog, Log
from lrdoctor.demo.network import Adam, Network, Optimizer, Sgd
from lrdoctor.run import Ints

STEPS = 1500
TASK, VALIDATION = 8000, 500
"""Images to learn from and to validate on."""
EVERY = 25
"""Steps between two looks at the validation images."""
STAY = 40
"""Steps that a shard is read for at a time."""
DIGITS = 6
"""Gradients are rounded to so many decimals: processors sum products in different orders, and a
bad training is chaotic, so that without it the demo would not be the same on every machine."""


@dataclass(frozen=True)
class Patient:
    """One training, as it is set up."""

    name: str
    open_log: Callable[[Path], Log]
    optimizer: Callable[[], Optimizer]
    optimizer_name: str
    learning_rate: float
    schedule: Callable[[int], float]
    """Step, from 1, to the share of ``learning_rate`` that holds there."""
    hidden: tuple[int, ...] = (32,)
    batch_size: int = 32
    noise: float = 0.15
    half: bool = False
    validated: bool = False
    seed: int = 7
    shards: int = 1
    """The images come from so many shards in turn, as from files that nobody shuffled: each holds
    mostly some of the digits. A rate that is too high forgets the others meanwhile."""

    def train(self, folder: Path) -> Iterator[None]:
        """Train in a folder of its own; yields after each step, which is on disk by then."""
        folder.mkdir(parents=True)
        (folder / "hparams.yaml").write_text(self._settings(), encoding="utf-8")
        log = self.open_log(folder)
        try:
            for step, figures in self._figures():
                log.write(step, figures)
                yield
        finally:
            log.close()

    def _figures(self) -> Iterator[tuple[int, Figures]]:
        random = np.random.default_rng(self.seed)
        task = digits(TASK, random, noise=self.noise)
        validation = digits(VALIDATION, random, noise=self.noise)
        shards = self._shards(task, random)
        network = Network.create((task.images.shape[1], *self.hidden, 10), random, half=self.half)
        optimizer = self.optimizer()
        for step in range(1, STEPS + 1):
            rate = self.learning_rate * self.schedule(step)
            chosen = random.choice(shards[step // STAY % self.shards], self.batch_size)
            batch = Digits(task.images[chosen], task.labels[chosen])
            loss, exact = network.gradient(batch)
            gradient = [part.round(DIGITS) for part in exact]
            norm = math.sqrt(sum(float((part**2).sum()) for part in gradient))
            figures: dict[str, float | None] = {"train/loss": loss, "lr": rate, "grad_norm": norm}
            if self.validated:
                look = step % EVERY == 0
                figures["val/loss"] = network.loss(validation) if look else None
                figures["val/accuracy"] = network.accuracy(validation) if look else None
            yield step, figures
            optimizer.step(network.weights, gradient, rate)

    def _shards(self, task: Digits, random: np.random.Generator) -> list[Ints]:
        """Indices of the images in each shard; one digit in ten is in a shard by chance."""
        strays = random.random(len(task)) < 0.1
        shard = np.where(strays, random.integers(0, self.shards, len(task)), task.labels)
        return [np.flatnonzero(shard % self.shards == each) for each in range(self.shards)]

    def _settings(self) -> str:
        return (
            f"optimizer: {self.optimizer_name}\nlearning_rate: {self.learning_rate}\n"
            f"batch_size: {self.batch_size}\nmax_steps: {STEPS}\n"
        )


def _constant(step: int) -> float:
    return 1.0


def _warmup(steps: int) -> Callable[[int], float]:
    return lambda step: min(1.0, step / steps)


def _warmup_cosine(step: int) -> float:
    return min(1.0, step / 100) * 0.5 * (1 + math.cos(math.pi * step / STEPS))


PATIENTS = (
    Patient(
        "healthy", lambda folder: CsvLog(folder / "metrics.csv"), Adam, "adam",
        learning_rate=0.04, schedule=_warmup_cosine, validated=True,
    ),
    Patient(
        "diverging", lambda folder: JsonLog(folder / "metrics.jsonl"), Adam, "adam",
        learning_rate=1.0, schedule=_warmup(1200),
    ),
    Patient(
        "nan", EventLog, lambda: Sgd(momentum=0.9), "sgd",
        learning_rate=0.05, schedule=_constant, half=True,
    ),
    Patient(
        "flat", lambda folder: CsvLog(folder / "metrics.csv"), lambda: Sgd(momentum=0.9), "sgd",
        learning_rate=1e-6, schedule=_constant,
    ),
    Patient(
        "oscillating", EventLog, lambda: Sgd(momentum=0.9), "sgd",
        learning_rate=0.4, schedule=_constant, hidden=(), batch_size=64, noise=0.1, shards=5,
        seed=3,
    ),
)  # fmt: skip
