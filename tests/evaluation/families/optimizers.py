"""Update rules as PyTorch's defaults have them, for parameters with a first axis of rates."""

from __future__ import annotations

import numpy as np
from tape import Array, Node

RATES = {"sgd": (-5, 1.67), "momentum": (-5.67, 1), "nesterov": (-5.67, 1), "adam": (-6, 0.67),
         "adamw": (-6, 0.67), "rmsprop": (-6, 0.34), "nadam": (-6, 0.67), "radam": (-6, 0.67),
         "adamax": (-5.67, 1), "adagrad": (-4.67, 1.67), "adadelta": (-3.34, 3),
         "lion": (-7, -0.67), "adafactor": (-5.34, 0.67), "muon": (-5.34, 1.34)}  # fmt: skip
"""log10 of the lowest and the highest rate of the grid."""
SCALE_MOVES = {"sgd", "momentum", "nesterov"}
"""Optimizers whose good rates move when the loss is multiplied."""


class Optimizer:
    """One update rule and its memory."""

    def __init__(self, name: str, weights: dict[str, Node], decay: float = 0.0) -> None:
        self.name = name
        self.weights = weights
        self.decay = decay
        self.time = 0
        self.memory: dict[str, dict[str, Array]] = {
            key: {k: np.zeros_like(node.value) for k in "mv"} for key, node in weights.items()
        }

    def step(self, rates: Array) -> None:
        """One update with ``rates``, shape (rates,)."""
        self.time += 1
        for key, node in self.weights.items():
            if node.grad is None:
                continue
            lr = rates.reshape(-1, *[1] * (node.value.ndim - 1))
            move = getattr(self, f"_{self.name}")(node.grad, self.memory[key], lr)
            if self.decay:
                node.value = node.value * (1 - lr * np.float32(self.decay))
            node.value = (node.value - move).astype(np.float32)
            node.grad = None

    def _sgd(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        return lr * g

    def _momentum(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        s["m"] = np.float32(0.9) * s["m"] + g
        return lr * s["m"]

    def _nesterov(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        s["m"] = np.float32(0.9) * s["m"] + g
        return lr * (g + np.float32(0.9) * s["m"])

    def _moments(self, g: Array, s: dict[str, Array], b1: float, b2: float) -> tuple[Array, Array]:
        s["m"] = np.float32(b1) * s["m"] + np.float32(1 - b1) * g
        s["v"] = np.float32(b2) * s["v"] + np.float32(1 - b2) * g * g
        return (s["m"] / np.float32(1 - b1**self.time), s["v"] / np.float32(1 - b2**self.time))

    def _adam(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        m, v = self._moments(g, s, 0.9, 0.999)
        return lr * m / (np.sqrt(v) + np.float32(1e-8))

    _adamw = _adam

    def _nadam(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        m, v = self._moments(g, s, 0.9, 0.999)
        ahead = np.float32(0.9) * m + np.float32(0.1 / (1 - 0.9**self.time)) * g
        return lr * ahead / (np.sqrt(v) + np.float32(1e-8))

    def _radam(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        m, v = self._moments(g, s, 0.9, 0.999)
        power = 0.999**self.time
        longest = 2 / (1 - 0.999) - 1
        length = longest - 2 * self.time * power / (1 - power)
        if length <= 5:
            return lr * m
        rectify = np.sqrt((length - 4) * (length - 2) * longest
                          / ((longest - 4) * (longest - 2) * length))  # fmt: skip
        return lr * m * np.float32(rectify) / (np.sqrt(v) + np.float32(1e-8))

    def _adamax(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        s["m"] = np.float32(0.9) * s["m"] + np.float32(0.1) * g
        s["v"] = np.maximum(np.float32(0.999) * s["v"], np.abs(g) + np.float32(1e-8))
        return lr / np.float32(1 - 0.9**self.time) * s["m"] / s["v"]

    def _rmsprop(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        s["v"] = np.float32(0.99) * s["v"] + np.float32(0.01) * g * g
        return lr * g / (np.sqrt(s["v"]) + np.float32(1e-8))

    def _adagrad(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        s["v"] = s["v"] + g * g
        return lr * g / (np.sqrt(s["v"]) + np.float32(1e-10))

    def _adadelta(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        s["v"] = np.float32(0.9) * s["v"] + np.float32(0.1) * g * g
        move = np.sqrt(s["m"] + np.float32(1e-6)) / np.sqrt(s["v"] + np.float32(1e-6)) * g
        s["m"] = np.float32(0.9) * s["m"] + np.float32(0.1) * move * move
        return lr * move

    def _lion(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        move = np.sign(np.float32(0.9) * s["m"] + np.float32(0.1) * g)
        s["m"] = np.float32(0.99) * s["m"] + np.float32(0.01) * g
        return lr * move

    def _adafactor(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        """The second moment by rows and columns, update clipped at a root mean square of 1."""
        keep = np.float32(1 - self.time**-0.8)
        square = g * g + np.float32(1e-30)
        s["v"] = keep * s["v"] + (1 - keep) * square
        rows, columns = s["v"].mean(-1, keepdims=True), s["v"].mean(-2, keepdims=True)
        estimate = rows * columns / rows.mean(-2, keepdims=True)
        move = g / np.sqrt(estimate)
        size = np.sqrt((move * move).mean(axis=tuple(range(1, g.ndim)), keepdims=True))
        return lr * move / np.maximum(np.float32(1), size)

    def _muon(self, g: Array, s: dict[str, Array], lr: Array) -> Array:
        """Nesterov momentum, made orthogonal by five Newton-Schulz steps; vectors as in SGD."""
        s["m"] = np.float32(0.95) * s["m"] + g
        x = g + np.float32(0.95) * s["m"]
        if min(x.shape[-2:]) == 1:
            return lr * x
        x = x / (np.sqrt((x * x).sum(axis=(-2, -1), keepdims=True)) + np.float32(1e-7))
        for _ in range(5):
            square = x @ x.swapaxes(-1, -2)
            x = (
                np.float32(3.4445) * x
                + (np.float32(-4.775) * square + np.float32(2.0315) * square @ square) @ x
            )
        return lr * x * np.float32(max(1.0, x.shape[-2] / x.shape[-1]) ** 0.5)
