"""The fits behind the model: standardisation, a small network, ridge experts. numpy only."""

from __future__ import annotations

import numpy as np
from examples import Examples

from lrdoctor.run import Floats

HIDDEN = 24
DECAY = 1e-3
EPOCHS = 25
BATCH = 512
RATE = 3e-3
RIDGE = 1e-2
BLIND = 0.3
"""Share of the rows that lose their rate for a batch, so that logs without one are judged too."""


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
    """Cross-entropy by Adam with a cosine decay; see ``lrdoctor.learning_rate.model.Net``.

    Args:
        missing: column -> its standardised value, of the figures that a log without rates lacks.
    """
    rng = np.random.default_rng(seed)
    rows, width = z.shape
    weight = weight / weight.mean()
    z = z.astype(np.float32)
    part = {
        "a": rng.normal(size=(width, HIDDEN)) / np.sqrt(width), "b": np.zeros(HIDDEN),
        "c": 0.3 * rng.normal(size=(HIDDEN, 3)), "d": np.zeros(3), "s": np.zeros((width, 3)),
    }  # fmt: skip
    part = {k: v.astype(np.float32) for k, v in part.items()}
    first = {k: np.zeros_like(v) for k, v in part.items()}
    second = {k: np.zeros_like(v) for k, v in part.items()}
    wanted = np.eye(3, dtype=np.float32)[label]
    total, t = EPOCHS * (rows // BATCH), 0
    for _ in range(EPOCHS):
        order = rng.permutation(rows)
        for at in range(0, rows - BATCH + 1, BATCH):
            k = order[at : at + BATCH]
            x = z[k]
            gone = rng.random(BATCH) < BLIND
            for column, value in missing.items():
                x[gone, column] = value
            h = np.tanh(x @ part["a"] + part["b"])
            logits = h @ part["c"] + part["d"] + x @ part["s"]
            e = np.exp(logits - logits.max(axis=1, keepdims=True))
            g = (e / e.sum(axis=1, keepdims=True) - wanted[k]) * weight[k, None] / BATCH
            g = g.astype(np.float32)
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
    return {k: _listed(v) for k, v in part.items()}


def experts(z: Floats, data: Examples, weight: Floats, widen: Floats) -> list[dict[str, object]]:
    """A ridge fit of both edges for the runs below, in and above their window."""
    truth = np.stack([data.low, data.high], axis=1)
    zone = np.where(data.low > 0, 0, np.where(data.high < 0, 2, 1))
    out = []
    for k in range(3):
        own = zone == k
        x = np.column_stack([z[own], np.ones(own.sum())])
        w = weight[own] / weight[own].sum()
        pull = RIDGE * np.diag(np.r_[np.ones(z.shape[1]), 0.0])
        b = np.linalg.solve(x.T @ (w[:, None] * x) + pull, x.T @ (w[:, None] * truth[own]))
        rest = truth[own] - x @ b
        spread = (w[:, None] * rest).T @ rest
        sigma = np.sqrt(np.diag(spread))
        out.append({
            "weights": _listed(b), "sigma": _listed(sigma * widen[k]),
            "correlation": round(float(spread[0, 1] / sigma.prod()), 3),
        })  # fmt: skip
    return out


def _listed(values: Floats) -> list:  # type: ignore[type-arg]
    if values.ndim > 1:
        return [_listed(row) for row in values]
    return [float(f"{v:.4g}") for v in values]
