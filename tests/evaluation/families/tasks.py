"""Made-up learning problems, drawn at random: none of them is in the recorded clinic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Data = NDArray[np.float32]


@dataclass(frozen=True)
class Task:
    """Training and validation data, the loss's name and the sizes of both ends of a network."""

    x: Data
    y: Data
    loss: str
    inputs: int
    outputs: int
    shape: str
    """What networks fit: ``vector``, ``image``, ``pair`` or ``tokens``."""
    train: int
    """The first so many rows train; the others validate."""


def task(name: str, rng: np.random.Generator) -> Task:
    """The problem of this name with sizes, noise and difficulty drawn from ``rng``."""
    return {"blobs": _blobs, "teacher": _teacher, "waves": _waves, "stiff": _stiff,
            "parity": _parity, "coins": _coins, "stripes": _stripes, "movies": _movies,
            "chain": _chain, "majority": _majority, "events": _events, "spread": _spread,
            "code": _code, "rings": _rings, "modular": _modular, "directions": _directions,
            "quantiles": _quantiles, "few": _few}[name](rng)  # fmt: skip


NAMES = ("blobs", "teacher", "waves", "stiff", "parity", "coins", "stripes", "movies", "chain",
         "majority", "events", "spread", "code", "rings")  # fmt: skip
MORE = (*NAMES, "modular", "directions", "quantiles", "few")
"""With the problems of ``train.py --wide``: apart, so that a seed without it draws what it did."""


def _task(x: Data, y: Data, loss: str, inputs: int, outputs: int, shape: str = "vector") -> Task:
    return Task(x.astype(np.float32), y.astype(np.float32), loss, inputs, outputs, shape,
                len(x) * 4 // 5)  # fmt: skip


def _rows(rng: np.random.Generator) -> int:
    return int(10 ** rng.uniform(2.4, 3.4))


def _unit(y: Data) -> Data:
    return (y - y.mean()) / (y.std() + 1e-9)


def _blobs(rng: np.random.Generator) -> Task:
    n, d, k = _rows(rng), int(rng.integers(5, 40)), int(rng.integers(2, 12))
    centre = rng.normal(size=(k, d)) * rng.uniform(0.3, 1.2)
    y = rng.integers(0, k, n)
    x = centre[y] + rng.normal(size=(n, d))
    wrong = rng.random(n) < rng.choice([0.0, 0.0, 0.1, 0.3, 0.5])
    y = np.where(wrong, rng.integers(0, k, n), y)
    return _task(x, y, rng.choice(["cross_entropy", "smoothed"]), d, k)


def _rings(rng: np.random.Generator) -> Task:
    n, k = _rows(rng), int(rng.integers(2, 5))
    y = rng.integers(0, k, n)
    angle, radius = rng.uniform(0, 2 * np.pi, n), y + 1 + 0.15 * rng.normal(size=n)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) / k
    return _task(x, y, "cross_entropy", 2, k)


def _teacher(rng: np.random.Generator) -> Task:
    n, d = _rows(rng), int(rng.integers(5, 30))
    x = rng.normal(size=(n, d))
    y = np.tanh(x @ rng.normal(size=(d, 16)) / np.sqrt(d) * 2) @ rng.normal(size=(16, 1))
    y = _unit(y) + rng.choice([0.0, 0.1, 0.5, 1.0]) * rng.normal(size=(n, 1))
    return _task(x, y, rng.choice(["squared", "absolute", "huber"]), d, 1)


def _waves(rng: np.random.Generator) -> Task:
    n = _rows(rng)
    x = rng.uniform(-2, 2, (n, 2))
    y = np.sin(rng.uniform(1, 5) * x[:, :1]) * np.cos(rng.uniform(1, 3) * x[:, 1:])
    return _task(x, _unit(y) + 0.1 * rng.normal(size=y.shape), "squared", 2, 1)


def _stiff(rng: np.random.Generator) -> Task:
    """A linear problem whose directions differ in scale by up to a thousand."""
    n, d = _rows(rng), int(rng.integers(10, 50))
    scale = np.logspace(0, -rng.uniform(0.5, 2.5), d)
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    x = rng.normal(size=(n, d)) * scale @ turn * 3
    y = _unit(x @ rng.normal(size=(d, 1)))
    y = y + rng.choice([0.02, 0.3]) * rng.normal(size=y.shape)
    return _task(x, y, rng.choice(["squared", "huber"]), d, 1)


def _parity(rng: np.random.Generator) -> Task:
    """Nothing is learnt for long, then everything: a loss with a flat beginning."""
    n, d = 2500, 8
    x = rng.choice([-1.0, 1.0], (n, d))
    y = (x[:, :2].prod(axis=1) > 0).astype(float)[:, None]
    return _task(x + 0.1 * rng.normal(size=x.shape), y, "logistic", d, 1)


def _coins(rng: np.random.Generator) -> Task:
    """Chances, not answers: the best possible loss is far from zero."""
    n, d = _rows(rng), int(rng.integers(4, 20))
    x = rng.normal(size=(n, d))
    chance = 1 / (1 + np.exp(-(x @ rng.normal(size=(d, 1))) * rng.uniform(0.2, 3) / np.sqrt(d)))
    y = (rng.random((n, 1)) < chance).astype(float)
    return _task(x, y, rng.choice(["logistic", "hinge"]), d, 1)


def _stripes(rng: np.random.Generator) -> Task:
    n, side = 1600, 10
    y = rng.integers(0, 4, n)
    rows, columns = np.mgrid[:side, :side]
    waves = np.stack([rows, columns, rows + columns, rows - columns])
    phase = rng.uniform(0, 6.28, (n, 1, 1))
    x = np.sin(waves[y] * 1.6 + phase) + rng.uniform(0.3, 1.2) * rng.normal(size=(n, side, side))
    return _task(x.reshape(n, -1), y, "cross_entropy", side * side, 4, "image")


def _movies(rng: np.random.Generator) -> Task:
    n, people, films = 4000, 90, 70
    u, v = rng.normal(size=(people, 3)), rng.normal(size=(films, 3))
    a, b = rng.integers(0, people, n), rng.integers(0, films, n)
    y = _unit((u[a] * v[b]).sum(axis=1))[:, None] + rng.uniform(0.1, 0.8) * rng.normal(size=(n, 1))
    return _task(np.stack([a, b + people], 1), y, "squared", people + films, 1, "pair")


def _chain(rng: np.random.Generator) -> Task:
    """A random language: the next letter depends on the last two; its entropy is the floor."""
    words, n = 24, 6000
    table = rng.dirichlet(np.full(words, rng.uniform(0.05, 0.4)), (words, words))
    letters = [0, 1]
    draws = rng.random(n + 4)
    sums = table.cumsum(axis=2)
    for i in range(n + 4):
        line = sums[letters[-2], letters[-1]]
        letters.append(min(words - 1, int(np.searchsorted(line, draws[i]))))
    text = np.array(letters[2:])
    x = np.lib.stride_tricks.sliding_window_view(text, 4)[:n]
    return _task(x[:-1], text[4 : n + 3], "cross_entropy", words, words, "tokens")


def _majority(rng: np.random.Generator) -> Task:
    words, n, length = 24, 2500, int(rng.integers(6, 12))
    x = rng.integers(0, words, (n, length))
    y = (x % 3 == 0).sum(axis=1) - (x % 3 == 1).sum(axis=1)
    return _task(x, np.clip(y + 2, 0, 4), "cross_entropy", words, 5, "sequence")


def _events(rng: np.random.Generator) -> Task:
    n, d = _rows(rng), int(rng.integers(5, 20))
    x = rng.normal(size=(n, d))
    rate = np.exp(rng.uniform(0.2, 0.8) * np.tanh(x @ rng.normal(size=(d, 3))) @ rng.normal(size=3)
                  + rng.uniform(-0.5, 2))  # fmt: skip
    return _task(x, rng.poisson(np.minimum(rate, 200))[:, None], "poisson", d, 1)


def _spread(rng: np.random.Generator) -> Task:
    n, d = _rows(rng), int(rng.integers(3, 10))
    x = rng.normal(size=(n, d))
    noise = 0.05 + rng.uniform(0.1, 0.6) * (x[:, 2:3] > 0)
    y = np.sin(2 * x[:, :1]) + x[:, 1:2] + noise * rng.normal(size=(n, 1))
    return _task(x, y / 1.5, "gaussian", d, 2)


def _code(rng: np.random.Generator) -> Task:
    """Inputs to be given back: an autoencoder."""
    n, d, inner = _rows(rng), int(rng.integers(12, 40)), int(rng.integers(2, 6))
    x = np.tanh(rng.normal(size=(n, inner)) @ rng.normal(size=(inner, d)))
    x = x + rng.choice([0.05, 0.3]) * rng.normal(size=x.shape)
    return _task(x, x, "squared", d, d)


def _modular(rng: np.random.Generator) -> Task:
    """Sums modulo a number: learnt late, by rote first."""
    p = int(rng.integers(11, 24))
    a, b = np.divmod(rng.permutation(p * p), p)
    return _task(np.stack([a, b + p], 1), (a + b) % p, "cross_entropy", 2 * p, p, "pair")


def _directions(rng: np.random.Generator) -> Task:
    """Only the direction of several outputs counts: a loss that goes down to -1."""
    n, d, k = _rows(rng), int(rng.integers(5, 25)), int(rng.integers(3, 12))
    x = rng.normal(size=(n, d))
    y = np.tanh(2 * x @ rng.normal(size=(d, 12)) / np.sqrt(d)) @ rng.normal(size=(12, k))
    return _task(x, y + rng.choice([0.0, 0.5, 2.0]) * rng.normal(size=y.shape), "cosine", d, k)


def _quantiles(rng: np.random.Generator) -> Task:
    """A high quantile of a target whose noise is skewed: a floor far above zero."""
    n, d = _rows(rng), int(rng.integers(3, 20))
    x = rng.normal(size=(n, d))
    y = np.sin(x[:, :1]) + x[:, 1:2] + rng.uniform(0.2, 2) * rng.exponential(size=(n, 1))
    return _task(x, _unit(y), "pinball", d, 1)


def _few(rng: np.random.Generator) -> Task:
    """Hardly more rows than a batch, learnt by heart; labels are partly chance."""
    n, d, k = int(rng.integers(40, 200)), int(rng.integers(10, 60)), int(rng.integers(2, 10))
    x = rng.normal(size=(n, d))
    y = (x @ rng.normal(size=(d, k))).argmax(axis=1)
    y = np.where(rng.random(n) < rng.choice([0.0, 0.3, 1.0]), rng.integers(0, k, n), y)
    return _task(x, y, "cross_entropy", d, k)
