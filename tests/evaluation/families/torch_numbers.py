"""Numbers to be predicted, and losses of other kinds, for ``recorded_by_torch.py``."""

from __future__ import annotations

import numpy as np
from torch_tables import Data, Task, made, numbers, package, rows, unit


def _noisy(x: Data, y: Data, rng: np.random.Generator) -> Task:
    """A number to predict, with noise and a loss that are drawn."""
    y = unit(y.reshape(len(x), -1))
    y = y + rng.choice([0.0, 0.05, 0.2, 0.5, 1.0]) * rng.normal(size=y.shape)
    loss = rng.choice(["squared", "squared", "squared", "huber", "absolute"])
    return numbers(x, y, str(loss), y.shape[1])


def _diabetes(rng: np.random.Generator) -> Task:
    x, y = package(rng, "diabetes")
    return _noisy(x, y, rng)


def _friedmans(rng: np.random.Generator) -> Task:
    x, y = made(rng, f"friedman{rng.integers(2, 4)}", n_samples=rows(rng))
    return _noisy(unit(x), y, rng)


def _roll(rng: np.random.Generator) -> Task:
    x, y = made(rng, str(rng.choice(["swiss_roll", "s_curve"])), n_samples=rows(rng), noise=0.05)
    return _noisy(unit(x) if rng.random() < 0.6 else x / 3, y, rng)


def _low_rank(rng: np.random.Generator) -> Task:
    """Most of what varies lies in few directions; the rest is small."""
    d = int(rng.integers(15, 60))
    x, y = made(rng, "regression", n_samples=rows(rng), n_features=d, n_informative=d // 2,
                effective_rank=int(rng.integers(2, 8)),
                tail_strength=rng.uniform(0.1, 0.6))  # fmt: skip
    return _noisy(x / x.std() * rng.choice([1.0, 3.0]), y, rng)


def _sparse(rng: np.random.Generator) -> Task:
    x, y = made(rng, "sparse_uncorrelated", n_samples=rows(rng), n_features=20)
    return _noisy(x, y, rng)


def _arm(rng: np.random.Generator) -> Task:
    """Where the hand of an arm of two or three joints is."""
    n, joints = rows(rng), int(rng.integers(2, 4))
    turn = rng.uniform(-np.pi, np.pi, (n, joints)) * rng.uniform(0.3, 1)
    along = turn.cumsum(axis=1)
    return _noisy(turn, np.stack([np.cos(along).sum(1), np.sin(along).sum(1)], 1), rng)


def _waves(rng: np.random.Generator) -> Task:
    n, d = rows(rng), int(rng.integers(1, 4))
    x = rng.uniform(-2, 2, (n, d))
    return _noisy(x, np.sin(rng.uniform(1, 6, d) * x).sum(axis=1), rng)


def _bumps(rng: np.random.Generator) -> Task:
    n, d = rows(rng), int(rng.integers(2, 6))
    x, centres = rng.normal(size=(n, d)), rng.normal(size=(6, d))
    off = ((x[:, None] - centres) ** 2).sum(axis=2)
    return _noisy(x, np.exp(-off * rng.uniform(0.2, 1)) @ rng.normal(size=6), rng)


def _powers(rng: np.random.Generator) -> Task:
    """A polynomial from its monomials, whose sizes differ much."""
    n, degree = rows(rng), int(rng.integers(3, 9))
    z = rng.uniform(-1.5, 1.5, (n, 1))
    x = z ** np.arange(1, degree + 1)
    return _noisy(x, x @ rng.normal(size=degree), rng)


def _pendulum(rng: np.random.Generator) -> Task:
    """The state of a swinging pendulum a while later."""
    n, drag = rows(rng), rng.uniform(0, 0.5)
    x = rng.uniform(-2.5, 2.5, (n, 2))
    angle, speed = x.T.copy()
    for _ in range(int(rng.integers(5, 60))):
        speed = speed - 0.05 * (np.sin(angle) + drag * speed)
        angle = angle + 0.05 * speed
    return _noisy(x, np.stack([angle, speed], 1), rng)


def _outliers(rng: np.random.Generator) -> Task:
    n, d = rows(rng), int(rng.integers(3, 15))
    x = rng.normal(size=(n, d))
    y = np.tanh(x @ rng.normal(size=(d, 2))).sum(axis=1, keepdims=True)
    y = y + 0.3 * rng.standard_t(rng.uniform(1.5, 4), size=(n, 1)).clip(-30, 30)
    return numbers(x, y, str(rng.choice(["huber", "absolute", "squared"])), 1)


def _stiff(rng: np.random.Generator) -> Task:
    """A linear problem whose columns differ in size up to a thousand times."""
    n, d = rows(rng), int(rng.integers(8, 40))
    x = rng.normal(size=(n, d)) * 10 ** rng.uniform(-rng.uniform(0.7, 3), 0.3, d)
    return _noisy(x, x @ rng.normal(size=d), rng)


def _quantile(rng: np.random.Generator) -> Task:
    n, d = rows(rng), int(rng.integers(3, 12))
    x = rng.normal(size=(n, d))
    y = np.sin(x[:, :1]) + x[:, 1:2] + rng.uniform(0.2, 2) * rng.exponential(size=(n, 1))
    return numbers(x, unit(y), "pinball", 1)


def _waiting(rng: np.random.Generator) -> Task:
    """Times until something happens: a likelihood that may lie below zero."""
    n, d = rows(rng), int(rng.integers(4, 16))
    x = rng.normal(size=(n, d))
    z = np.tanh(x @ rng.normal(size=(d, 4))) @ rng.normal(size=(4, 1)) + rng.uniform(-2, 2)
    return numbers(x, rng.exponential(size=(n, 1)) * np.exp(-z), "exponential", 1)


def _squeeze(rng: np.random.Generator) -> Task:
    """Rows to be given back: an autoencoder, of numbers or of bits."""
    n, d, inner = rows(rng), int(rng.integers(10, 40)), int(rng.integers(2, 7))
    x = np.tanh(rng.normal(size=(n, inner)) @ rng.normal(size=(inner, d)))
    if rng.random() < 0.4:
        x = (x + 0.3 * rng.normal(size=x.shape) > 0).astype(float)
        return numbers(x, x, "logistic", d)
    x = x + rng.choice([0.02, 0.2]) * rng.normal(size=x.shape)
    return numbers(x, x, str(rng.choice(["squared", "squared", "absolute"])), d)


def _soft(rng: np.random.Generator) -> Task:
    """Another model's probabilities to be matched, as in distillation."""
    n, d, k = rows(rng), int(rng.integers(5, 25)), int(rng.integers(3, 10))
    x = rng.normal(size=(n, d))
    z = np.tanh(x @ rng.normal(size=(d, 16)) / np.sqrt(d)) @ rng.normal(size=(16, k))
    p = np.exp(z * rng.uniform(0.3, 2))
    return numbers(x, p / p.sum(axis=1, keepdims=True),
                   str(rng.choice(["soft", "divergence"])), k)  # fmt: skip


def _directions(rng: np.random.Generator) -> Task:
    n, d, k = rows(rng), int(rng.integers(5, 25)), int(rng.integers(3, 12))
    x = rng.normal(size=(n, d))
    y = np.tanh(2 * x @ rng.normal(size=(d, 12)) / np.sqrt(d)) @ rng.normal(size=(12, k))
    return numbers(x, y + rng.choice([0.0, 0.5, 2.0]) * rng.normal(size=y.shape), "cosine", k)


def _likeness(rng: np.random.Generator) -> Task:
    """Two views of one thing are to be told from those of others: a contrastive loss."""
    n, d, inner = rows(rng), int(rng.integers(10, 30)), int(rng.integers(3, 8))
    hidden, mix = rng.normal(size=(n, 1, inner)), rng.normal(size=(inner, d))
    x = np.tanh(hidden @ mix) + rng.uniform(0.1, 1) * rng.normal(size=(n, 2, d))
    return numbers(x, np.zeros((n, 1)), "contrastive", 8, "views")


def _order(rng: np.random.Generator) -> Task:
    """Which of two rows is the better one, partly by chance."""
    n, d = rows(rng), int(rng.integers(5, 20))
    x = rng.normal(size=(n, 2, d))
    worth = np.tanh(x @ rng.normal(size=(d, 6)) / 2) @ rng.normal(size=6)
    worth = worth + rng.choice([0.0, 0.3, 1.0]) * rng.normal(size=worth.shape)
    x = np.where((worth[:, :1] < worth[:, 1:])[:, :, None], x[:, ::-1], x)
    return numbers(x, np.zeros((n, 1)), str(rng.choice(["ranking", "margin"])), 1, "views")


NUMBERS = {"diabetes": _diabetes, "friedmans": _friedmans, "roll": _roll, "lowrank": _low_rank,
           "sparse": _sparse, "arm": _arm, "waves": _waves, "bumps": _bumps, "powers": _powers,
           "pendulum": _pendulum, "outliers": _outliers, "stiff": _stiff, "quantile": _quantile,
           "waiting": _waiting}  # fmt: skip
OTHERS = {"squeeze": _squeeze, "soft": _soft, "directions": _directions, "likeness": _likeness,
          "order": _order}  # fmt: skip
