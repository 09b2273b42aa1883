"""Classes to be told from rows and from small images, drawn for ``recorded_by_torch.py``.

None is one of the recorded clinic's: ``kin.KIN`` names those that resemble one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Data = NDArray[np.generic]


@dataclass(frozen=True)
class Task:
    """A problem: a fifth of the rows, the last ones, validate."""

    x: Data
    """float32, or int64 where ``shape`` says tokens."""
    y: Data
    loss: str
    """A name of ``torch_losses.LOSSES``."""
    out: int
    """Outputs of the network."""
    shape: str
    """What networks fit: ``table``, ``image``, ``views`` (two rows at a time), ``pair``,
    ``tokens``, ``series`` or ``text``."""
    words: int = 0
    """Size of the vocabulary, of tokens alone."""

    @property
    def train(self) -> int:
        return len(self.x) - len(self.x) // 5


def numbers(x: Data, y: Data, loss: str, out: int, shape: str = "table") -> Task:
    return Task(x.astype(np.float32), y.astype(np.float32), loss, out, shape)


def rows(rng: np.random.Generator) -> int:
    return int(10 ** rng.uniform(2.3, 3.4))


def unit(y: Data) -> Data:
    return (y - y.mean(axis=0)) / (y.std(axis=0) + 1e-9)


def _classes(x: Data, y: Data, k: int, rng: np.random.Generator, shape: str = "table") -> Task:
    """Some labels by chance, and the rows in another order."""
    order = rng.permutation(len(x))
    x, y = x[order], y[order]
    wrong = rng.random(len(y)) < rng.choice([0.0, 0.0, 0.0, 0.1, 0.25, 0.5])
    y = np.where(wrong, rng.integers(0, k, len(y)), y)
    loss = str(rng.choice(["cross_entropy", "cross_entropy", "cross_entropy", "smoothed"]))
    return Task(x.astype(np.float32), y.astype(np.int64), loss, k, shape)


def package(rng: np.random.Generator, name: str) -> tuple[Data, Data]:
    """A table of scikit-learn's: most of its columns, standardised, in another order."""
    import sklearn.datasets

    told = getattr(sklearn.datasets, f"load_{name}")()
    order, width = rng.permutation(len(told.data)), told.data.shape[1]
    kept = rng.permutation(width)[: int(rng.integers((width + 1) // 2, width + 1))]
    return unit(told.data)[order][:, kept], np.asarray(told.target)[order]


def made(rng: np.random.Generator, name: str, **options: object) -> tuple[Data, Data]:
    """A problem that scikit-learn makes up."""
    import sklearn.datasets

    x, y = getattr(sklearn.datasets, f"make_{name}")(
        random_state=int(rng.integers(1 << 30)), **options
    )
    return np.asarray(x), np.asarray(y)


def _wine(rng: np.random.Generator) -> Task:
    return _classes(*package(rng, "wine"), 3, rng)


def _iris(rng: np.random.Generator) -> Task:
    return _classes(*package(rng, "iris"), 3, rng)


def _moons(rng: np.random.Generator) -> Task:
    x, y = made(rng, "moons", n_samples=rows(rng), noise=rng.uniform(0.05, 0.4))
    return _classes(x, y, 2, rng)


def _circles(rng: np.random.Generator) -> Task:
    x, y = made(rng, "circles", n_samples=rows(rng), noise=rng.uniform(0.02, 0.2), factor=0.6)
    return _classes(2 * x, y, 2, rng)


def _clusters(rng: np.random.Generator) -> Task:
    k, d = int(rng.integers(2, 9)), int(rng.integers(12, 40))
    x, y = made(rng, "classification", n_samples=rows(rng), n_features=d, n_informative=8,
                 n_redundant=2, n_classes=k, class_sep=rng.uniform(0.3, 2),
                 n_clusters_per_class=int(rng.integers(1, 4)))  # fmt: skip
    return _classes(unit(x) if rng.random() < 0.6 else x, y, k, rng)


def _shells(rng: np.random.Generator) -> Task:
    k, d = int(rng.integers(2, 6)), int(rng.integers(2, 10))
    x, y = made(rng, "gaussian_quantiles", n_samples=rows(rng), n_features=d, n_classes=k)
    return _classes(x, y, k, rng)


def _long_tail(rng: np.random.Generator) -> Task:
    """Rare classes beside common ones."""
    n, k, d = rows(rng), int(rng.integers(4, 16)), int(rng.integers(6, 30))
    odds = 1 / np.arange(1, k + 1) ** rng.uniform(0.8, 2)
    y = rng.choice(k, n, p=odds / odds.sum())
    x = rng.normal(size=(k, d))[y] * rng.uniform(0.4, 1.5) + rng.normal(size=(n, d))
    return _classes(x, y, k, rng)


def _rote(rng: np.random.Generator) -> Task:
    """Few rows whose labels are chance: learnt by heart or not at all."""
    n, d, k = int(rng.integers(60, 260)), int(rng.integers(10, 60)), int(rng.integers(2, 10))
    return _classes(rng.normal(size=(n, d)), rng.integers(0, k, n), k, rng)


def _hastie(rng: np.random.Generator) -> Task:
    x, y = made(rng, "hastie_10_2", n_samples=rows(rng))
    return numbers(x, (y[:, None] > 0), "logistic", 1)


def _coins(rng: np.random.Generator) -> Task:
    """Chances, not answers: the best possible loss is far from zero."""
    n, d = rows(rng), int(rng.integers(4, 20))
    x = rng.normal(size=(n, d))
    z = x @ rng.normal(size=(d, 1)) * rng.uniform(0.3, 4) / np.sqrt(d)
    y = rng.random((n, 1)) < 1 / (1 + np.exp(-z))
    return numbers(x, y, str(rng.choice(["logistic", "logistic", "hinge"])), 1)


def _parity(rng: np.random.Generator) -> Task:
    """Nothing is learnt for long, then everything."""
    n, d, bits = 2200, int(rng.integers(6, 12)), int(rng.integers(2, 4))
    x = rng.choice([-1.0, 1.0], (n, d))
    return numbers(x, x[:, :bits].prod(axis=1, keepdims=True) > 0, "logistic", 1)


def _many_labels(rng: np.random.Generator) -> Task:
    k, d = int(rng.integers(4, 12)), int(rng.integers(10, 30))
    x, y = made(rng, "multilabel_classification", n_samples=rows(rng), n_features=d,
                 n_classes=k, n_labels=int(rng.integers(1, 4)))  # fmt: skip
    return numbers(unit(x) if rng.random() < 0.7 else x / 5, y, "logistic", k)


def _gratings(rng: np.random.Generator) -> Task:
    n, side, k = int(rng.integers(500, 1800)), int(rng.integers(8, 14)), int(rng.integers(3, 8))
    down, right = np.mgrid[:side, :side]
    y = rng.integers(0, k, n)
    turn = (np.pi * y / k)[:, None, None]
    x = np.sin((down * np.cos(turn) + right * np.sin(turn)) * rng.uniform(0.8, 1.8)
               + rng.uniform(0, 6.28, (n, 1, 1)))  # fmt: skip
    return _picture(x, y, k, rng)


def _glyphs(rng: np.random.Generator) -> Task:
    """Random signs, each moved by a pixel or two."""
    n, side, k = int(rng.integers(500, 1800)), 12, int(rng.integers(3, 11))
    signs = (rng.random((k, 8, 8)) < 0.4).astype(float)
    y = rng.integers(0, k, n)
    x = np.zeros((n, side, side))
    for i, (a, b) in enumerate(rng.integers(0, side - 7, (n, 2))):
        x[i, a : a + 8, b : b + 8] = signs[y[i]]
    return _picture(x, y, k, rng)


def _dots(rng: np.random.Generator) -> Task:
    """How many dots there are."""
    n, side, k = int(rng.integers(500, 1800)), 12, int(rng.integers(3, 6))
    y = rng.integers(0, k, n)
    x = np.zeros((n, side, side))
    for i in range(n):
        for a, b in rng.integers(0, side - 1, (y[i] + 1, 2)):
            x[i, a : a + 2, b : b + 2] = 1
    return _picture(x, y, k, rng)


def _picture(x: Data, y: Data, k: int, rng: np.random.Generator) -> Task:
    x = x + rng.uniform(0.1, 1) * rng.normal(size=x.shape)
    return _classes(x[:, None], y, k, rng, "image")


CLASSES = {"wine": _wine, "iris": _iris, "moons": _moons, "circles": _circles,
           "clusters": _clusters, "shells": _shells, "longtail": _long_tail, "rote": _rote,
           "hastie": _hastie, "coins": _coins, "parity": _parity,
           "manylabels": _many_labels}  # fmt: skip
IMAGES = {"gratings": _gratings, "glyphs": _glyphs, "dots": _dots}
