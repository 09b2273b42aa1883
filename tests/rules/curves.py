"""Made-up curves with real noise, as runs."""

from __future__ import annotations

import numpy as np

from lrdoctor.run import Block, Floats, Ints, Run, Settings


def noise(size: int, deviation: float = 0.05, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(0, deviation, size)


def falling(size: int = 400, deviation: float = 0.05, seed: int = 0) -> Floats:
    """A loss that falls from 2.3 towards 0.3 all the way."""
    return 0.3 + 2 * np.exp(-3 * np.arange(size) / size) + noise(size, deviation, seed)


def run_of(
    losses: Floats,
    *,
    steps: Ints | None = None,
    x_axis: str = "step",
    planned_steps: int | None = None,
    **more: Floats,
) -> Run:
    """A run of ``losses`` and further tags, all at the same steps."""
    run = Run("run", "run.csv", "csv", x_axis=x_axis,
              settings=Settings(planned_steps=planned_steps))  # fmt: skip
    for tag, values in {"loss": losses, **more}.items():
        at = np.arange(len(values)) if steps is None else steps
        run.add(Block(tag, at.astype(np.int64), np.asarray(values, np.float64)))
    return run
