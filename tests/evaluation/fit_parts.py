"""The fits behind the model: standardisation and a small network. numpy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Floats

HIDDEN = 24
DECAY = 1e-3
EPOCHS = 25
BATCH = 512
RATE = 3e-3
BLIND = 0.3
"""Share of the rows that lose their rate for a batch, so that logs without one are judged too."""
Rows = NDArray[np.int64]
Slope = Callable[[Rows, Floats, float], Floats]


def scaling(figures: Floats) -> tuple[Floats, Floats, Floats]:
    """Median, mean and deviation of each figure, missing ones taken as the median."""
    median = np.nanmedian(figures, axis=0)
    filled = np.where(np.isnan(figures), median, figures)
    return median, filled.mean(axis=0), filled.std(axis=0) + 1e-9


def network(
    z: Floats,
    label: np.ndarray,
    weight: Floats,
    seed: int,
    missing: dict[int, float],  # type: ignore[type-arg]
) -> dict[str, list]:  # type: ignore[type-arg]
    """Fits the label by cross-entropy; see ``lrdoctor.learning_rate.model.Net``.

    Args:
        missing: column -> its standardised value, of the figures that a log without rates lacks.
    """
    wanted = np.eye(3, dtype=np.float32)[label]

    def slope(k: Rows, logits: Floats, done: float) -> Floats:
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        out: Floats = e / e.sum(axis=1, keepdims=True) - wanted[k]
        return out

    return descend(z, np.zeros(3), 0.3, slope, weight, seed, missing, EPOCHS)


def descend(z: Floats, constants: Floats, spread: float, slope: Slope, weight: Floats, seed: int,
            missing: dict[int, float], epochs: int) -> dict[str, list]:  # type: ignore[type-arg]  # fmt: skip
    """Trains a ``Net`` by Adam with a cosine decay.

    Args:
        constants: what its outputs begin with.
        spread: deviation of the hidden layer's first weights.
        slope: the loss's slope along the outputs, shape (batch, outputs), by the batch's rows, the
            outputs and the share of the training that is done.
    """
    rng = np.random.default_rng(seed)
    rows, width = z.shape
    outputs = len(constants)
    weight = weight / weight.mean()
    z = z.astype(np.float32)
    part = {
        "a": rng.normal(size=(width, HIDDEN)) / np.sqrt(width), "b": np.zeros(HIDDEN),
        "c": spread * rng.normal(size=(HIDDEN, outputs)), "d": constants,
        "s": np.zeros((width, outputs)),
    }  # fmt: skip
    part = {k: v.astype(np.float32) for k, v in part.items()}
    first = {k: np.zeros_like(v) for k, v in part.items()}
    second = {k: np.zeros_like(v) for k, v in part.items()}
    total, t = epochs * (rows // BATCH), 0
    for _ in range(epochs):
        order = rng.permutation(rows)
        for at in range(0, rows - BATCH + 1, BATCH):
            k = order[at : at + BATCH]
            x = z[k]
            gone = rng.random(BATCH) < BLIND
            for column, value in missing.items():
                x[gone, column] = value
            h = np.tanh(x @ part["a"] + part["b"])
            out = h @ part["c"] + part["d"] + x @ part["s"]
            g = (slope(k, out, t / total) * weight[k, None] / BATCH).astype(np.float32)
            inner = (g @ part["c"].T) * (1 - h * h)
            gradient = {
                "a": x.T @ inner + DECAY * part["a"], "b": inner.sum(axis=0),
                "c": h.T @ g + DECAY * part["c"], "d": g.sum(axis=0),
                "s": x.T @ g + DECAY * part["s"],
            }  # fmt: skip
            t += 1
            step = RATE * 0.5 * (1 + np.cos(np.pi * t / total))
            for key, value in gradient.items():
                first[key] = 0.9 * first[key] + 0.1 * value
                second[key] = 0.99 * second[key] + 0.01 * value * value
                move = first[key] / (1 - 0.9**t) / (np.sqrt(second[key] / (1 - 0.99**t)) + 1e-8)
                part[key] = (part[key] - step * move).astype(np.float32)
    return {k: listed(v) for k, v in part.items()}


def listed(values: Floats) -> list:  # type: ignore[type-arg]
    if values.ndim > 1:
        return [listed(row) for row in values]
    return [float(f"{v:.4g}") for v in values]
