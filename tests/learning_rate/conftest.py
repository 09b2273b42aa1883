"""A small problem that is really trained, so that the answer is known and the noise is real."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrdoctor.run import Block, Run

Trained = Callable[..., Run]


def _trained(
    rate: float, *, steps: int = 400, seed: int = 0, floor: float = 0.3, name: str | None = None
) -> Run:
    """Stochastic gradient descent on a least-squares problem.

    The largest curvature is about 2, so rates above 1 diverge; 0.02 to 0.3 arrive.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(600, 8))
    y = x @ rng.normal(size=8) + np.sqrt(floor) * rng.normal(size=600)
    w, losses = np.zeros(8), []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            rows = rng.integers(0, 600, 32)
            off = x[rows] @ w - y[rows]
            losses.append(float(np.mean(off * off)))
            if not np.isfinite(losses[-1]):
                break
            w = w - rate * 2 * x[rows].T @ off / 32
    run = Run(name or f"lr-{rate:g}", name or f"lr-{rate:g}", "test")
    at = np.arange(1, len(losses) + 1)
    run.add(Block("loss", at, np.array(losses)))
    run.add(Block("lr", at, np.full(len(at), rate)))
    return run


@pytest.fixture
def trained() -> Trained:
    return _trained
