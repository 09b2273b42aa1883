"""Reverse-mode differentiation in numpy, for training one network at many learning rates at once.

Every parameter has the learning rates as its first axis, so one pass trains the whole grid. Rates
that blow up turn into NaN and touch no other rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Node:
    """A value, and how a gradient goes back from it to what it was made of."""

    __slots__ = ("back", "grad", "needs", "parents", "value")

    def __init__(
        self,
        value: Array,
        parents: Sequence[Node] = (),
        back: Callable[[Array], Sequence[Array | None]] | None = None,
        needs: bool = False,
    ) -> None:
        self.value = value
        self.parents = parents
        self.back = back
        self.needs = needs or any(p.needs for p in parents)
        self.grad: Array | None = None

    def __add__(self, other: Node) -> Node:
        return Node(self.value + other.value, (self, other), lambda g: (g, g))

    def __mul__(self, other: Node) -> Node:
        return Node(self.value * other.value, (self, other),
                    lambda g: (g * other.value, g * self.value))  # fmt: skip

    def __matmul__(self, other: Node) -> Node:
        def back(g: Array) -> Sequence[Array | None]:
            left = g @ other.value.swapaxes(-1, -2) if self.needs else None
            right = self.value.swapaxes(-1, -2) @ g if other.needs else None
            return left, right

        return Node(self.value @ other.value, (self, other), back)


def constant(value: Array) -> Node:
    return Node(np.asarray(value, np.float32))


def parameter(value: Array) -> Node:
    return Node(np.asarray(value, np.float32), needs=True)


def backward(loss: Node) -> None:
    """Sets ``grad`` of every parameter that ``loss`` (one value a learning rate) was made of."""
    order: list[Node] = []
    seen: set[int] = set()

    def visit(node: Node) -> None:
        if id(node) in seen or not node.needs:
            return
        seen.add(id(node))
        for parent in node.parents:
            visit(parent)
        order.append(node)

    visit(loss)
    loss.grad = np.ones_like(loss.value)
    for node in reversed(order):
        if node.back is None or node.grad is None:
            continue
        for parent, gradient in zip(node.parents, node.back(node.grad), strict=True):
            if gradient is not None and parent.needs:
                fitted = _unbroadcast(gradient, parent.value.shape)
                parent.grad = fitted if parent.grad is None else parent.grad + fitted
        if node.parents:
            node.grad = None


def _unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=axes, keepdims=True) if axes else gradient


def _pointwise(x: Node, value: Array, slope: Array) -> Node:
    return Node(value, (x,), lambda g: (g * slope,))


def relu(x: Node) -> Node:
    return _pointwise(x, np.maximum(x.value, 0), (x.value > 0).astype(np.float32))


def tanh(x: Node) -> Node:
    value = np.tanh(x.value)
    return _pointwise(x, value, 1 - value * value)


def sigmoid(x: Node) -> Node:
    value = 0.5 * (1 + np.tanh(0.5 * x.value))
    return _pointwise(x, value, value * (1 - value))


def gelu(x: Node) -> Node:
    v = x.value
    inner = np.float32(0.7978846) * (v + np.float32(0.044715) * v**3)
    t = np.tanh(inner)
    slope = 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * np.float32(0.7978846) * (
        1 + np.float32(0.134145) * v * v
    )
    return _pointwise(x, 0.5 * v * (1 + t), slope)


def normalise(x: Node, axis: int) -> Node:
    """Zero mean and unit variance along ``axis``: layer norm on -1, batch norm on 1."""
    centred = x.value - x.value.mean(axis=axis, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=axis, keepdims=True) + np.float32(1e-5))
    value = centred / spread

    def back(g: Array) -> Sequence[Array]:
        mean = g.mean(axis=axis, keepdims=True)
        along = (g * value).mean(axis=axis, keepdims=True)
        return ((g - mean - value * along) / spread,)

    return Node(value, (x,), back)


def softmax(x: Node) -> Node:
    e = np.exp(x.value - x.value.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return Node(p, (x,), lambda g: (p * (g - (g * p).sum(axis=-1, keepdims=True)),))


def swap(x: Node) -> Node:
    return Node(x.value.swapaxes(-1, -2), (x,), lambda g: (g.swapaxes(-1, -2),))


def reshape(x: Node, shape: tuple[int, ...]) -> Node:
    old = x.value.shape
    return Node(x.value.reshape(shape), (x,), lambda g: (g.reshape(old),))


def mean(x: Node, axis: int) -> Node:
    n = np.float32(x.value.shape[axis])
    shape = x.value.shape
    return Node(x.value.mean(axis=axis), (x,),
                lambda g: (np.broadcast_to(np.expand_dims(g, axis), shape) / n,))  # fmt: skip


def lookup(table: Node, index: NDArray[np.int64]) -> Node:
    """Rows of ``table``, shape (rates, words, width): (rates, *index.shape, width)."""
    rates, words, width = table.value.shape

    def back(g: Array) -> Sequence[Array]:
        out = np.zeros((rates, words, width), np.float32)
        np.add.at(out, (slice(None), index.ravel()), g.reshape(rates, -1, width))
        return (out,)

    return Node(table.value[:, index], (table,), back)


def pick(x: Node, axis: int, at: int) -> Node:
    def back(g: Array) -> Sequence[Array]:
        out = np.zeros_like(x.value)
        out[(slice(None),) * axis + (at,)] = g
        return (out,)

    return Node(np.take(x.value, at, axis=axis), (x,), back)
