"""A classifier and two optimizers, in numpy: enough to go wrong for real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np

from lrdoctor.demo.digits import Digits
from lrdoctor.run import Floats


@dataclass(slots=True)
class Network:
    """tanh hidden layers, softmax output, cross-entropy loss.

    ``half`` takes the softmax in half precision without subtracting the largest logit first: the
    classic mistake. It is right until a logit passes ln(65504) = 11.1, which a network reaches
    once it is sure of something; then inf / inf makes every weight NaN.
    """

    weights: list[Floats]
    half: bool = False

    @classmethod
    def create(
        cls, sizes: Sequence[int], random: np.random.Generator, *, half: bool = False
    ) -> Network:
        """Layers of these sizes; weights drawn with variance 1 / fan-in, biases 0."""
        weights: list[Floats] = []
        for fan_in, fan_out in pairwise(sizes):
            drawn = random.normal(0, fan_in**-0.5, (fan_in, fan_out))
            weights += [drawn, np.zeros(fan_out)]
        return cls(weights, half)

    def loss(self, batch: Digits) -> float:
        """Mean cross-entropy in nats."""
        return self._loss(self._softmax(self._layers(batch)[-1]), batch)

    def accuracy(self, batch: Digits) -> float:
        return float((self._layers(batch)[-1].argmax(axis=1) == batch.labels).mean())

    def gradient(self, batch: Digits) -> tuple[float, list[Floats]]:
        """The loss on a batch and its gradient by each weight."""
        *inputs, logits = self._layers(batch)
        shares = self._softmax(logits)
        error = shares.copy()
        error[np.arange(len(batch)), batch.labels] -= 1
        error /= len(batch)
        gradients: list[Floats] = []
        for layer, entered in reversed(list(enumerate(inputs))):
            gradients[:0] = [entered.T @ error, error.sum(axis=0)]
            error = error @ self.weights[2 * layer].T * (1 - entered**2)
        return self._loss(shares, batch), gradients

    def _layers(self, batch: Digits) -> list[Floats]:
        """What enters each layer, and what leaves the last."""
        values = [batch.images]
        for weight, bias in zip(self.weights[::2], self.weights[1::2], strict=True):
            if len(values) > 1:
                values[-1] = np.tanh(values[-1])
            values.append(values[-1] @ weight + bias)
        return values

    def _softmax(self, logits: Floats) -> Floats:
        if not self.half:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            return _shares(powers)
        with np.errstate(over="ignore"):
            rounded = np.exp(logits.astype(np.float16)).astype(np.float64)
        return _shares(rounded)

    def _loss(self, shares: Floats, batch: Digits) -> float:
        picked = shares[np.arange(len(batch)), batch.labels]
        # A share of 0 would be an infinite loss; frameworks clip it likewise.
        return float(-np.log(np.maximum(picked, np.finfo(np.float64).tiny)).mean())


def _shares(powers: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


class Optimizer(Protocol):
    """Moves weights in place, against their gradients."""

    def step(self, weights: Sequence[Floats], gradients: Sequence[Floats], rate: float) -> None: ...


@dataclass(slots=True)
class Sgd:
    """Stochastic gradient descent with heavy-ball momentum."""

    momentum: float = 0.0
    _speed: list[Floats] = field(default_factory=list)

    def step(self, weights: Sequence[Floats], gradients: Sequence[Floats], rate: float) -> None:
        self._speed = self._speed or [np.zeros_like(w) for w in weights]
        for weight, gradient, speed in zip(weights, gradients, self._speed, strict=True):
            speed *= self.momentum
            speed += gradient
            weight -= rate * speed


@dataclass(slots=True)
class Adam:
    """Adam (Kingma and Ba 2015) with its published defaults."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    _count: int = 0
    _mean: list[Floats] = field(default_factory=list)
    _square: list[Floats] = field(default_factory=list)

    def step(self, weights: Sequence[Floats], gradients: Sequence[Floats], rate: float) -> None:
        self._mean = self._mean or [np.zeros_like(w) for w in weights]
        self._square = self._square or [np.zeros_like(w) for w in weights]
        self._count += 1
        scale = rate * np.sqrt(1 - self.beta2**self._count) / (1 - self.beta1**self._count)
        for weight, gradient, mean, square in zip(
            weights, gradients, self._mean, self._square, strict=True
        ):
            mean += (1 - self.beta1) * (gradient - mean)
            square += (1 - self.beta2) * (gradient**2 - square)
            weight -= scale * mean / (np.sqrt(square) + self.epsilon)
