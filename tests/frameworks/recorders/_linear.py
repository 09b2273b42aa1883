"""A linear model trained by gradient descent in NumPy, for what logs a training of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    """What one step tells."""

    number: int
    loss: float
    val_loss: float
    grad_norm: float
    lr: float


def descend(lr: float, steps: int, *, first: int = 0, batch: int = 8) -> Iterator[Step]:
    """Train, and tell of each step. A rate far too high ends in infinity and NaN.

    Args:
        first: the number of the first step.
    """
    random = np.random.default_rng(0)
    inputs = random.normal(size=(96, 4))
    targets = inputs @ np.array([1.0, -2.0, 0.5, 0.1]) + 0.1 * random.normal(size=96)
    weights = np.zeros(4)
    with np.errstate(over="ignore", invalid="ignore"):
        for number in range(steps):
            chosen = random.integers(0, 64, batch)
            error = inputs[chosen] @ weights - targets[chosen]
            gradient = 2 * inputs[chosen].T @ error / batch
            rate = lr * (1 + np.cos(np.pi * number / steps)) / 2
            weights = weights - rate * gradient
            held_out = inputs[64:] @ weights - targets[64:]
            yield Step(first + number, float(np.mean(error**2)), float(np.mean(held_out**2)),
                       float(np.linalg.norm(gradient)), float(rate))  # fmt: skip
