"""A small real training without any framework: a line fitted by stochastic gradient descent."""

from __future__ import annotations

import random
from collections.abc import Iterator

POINTS = 64


def descend(rate: float, steps: int, *, batch_size: int = 8) -> Iterator[tuple[float, float]]:
    """Each step's loss on its batch and on the held-out points; they grow past every number at a
    rate above 2."""
    chance = random.Random(0)
    points = [(x, 3 * x - 1 + chance.gauss(0, 0.1)) for x in _spread(chance, POINTS)]
    held_out = [(x, 3 * x - 1 + chance.gauss(0, 0.1)) for x in _spread(chance, POINTS)]
    slope = offset = 0.0
    for _ in range(steps):
        batch = chance.sample(points, batch_size)
        errors = [(slope * x + offset - y, x) for x, y in batch]
        yield _mean_square(slope, offset, batch), _mean_square(slope, offset, held_out)
        slope -= rate * 2 * sum(error * x for error, x in errors) / batch_size
        offset -= rate * 2 * sum(error for error, _ in errors) / batch_size


def _spread(chance: random.Random, count: int) -> list[float]:
    return [chance.uniform(-1, 1) for _ in range(count)]


def _mean_square(slope: float, offset: float, points: list[tuple[float, float]]) -> float:
    errors = [slope * x + offset - y for x, y in points]
    return sum(error * error for error in errors) / len(errors)
