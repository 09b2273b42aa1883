"""Losses over the last axis: predictions (rates, rows, outputs) and targets to one value a rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from tape import Array, Node

Loss = Callable[[Node, Array], Node]


def cross_entropy(p: Node, target: Array, smoothing: float = 0.0) -> Node:
    """Softmax cross-entropy against class numbers; ``smoothing`` puts a floor under it."""
    classes = p.value.shape[-1]
    z = p.value - p.value.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    wanted = np.full((*target.shape, classes), smoothing / classes, np.float32)
    wanted[np.arange(len(target)), target.astype(int)] += 1 - smoothing
    value = -(wanted * log_p).sum(axis=-1).mean(axis=-1)
    rows = np.float32(len(target))
    return Node(value, (p,), lambda g: (g[:, None, None] * (np.exp(log_p) - wanted) / rows,))


def squared(p: Node, target: Array) -> Node:
    off = p.value - target
    return _rows(p, off * off, 2 * off)


def absolute(p: Node, target: Array) -> Node:
    off = p.value - target
    return _rows(p, np.abs(off), np.sign(off))


def huber(p: Node, target: Array) -> Node:
    off = p.value - target
    small = np.abs(off) < 1
    return _rows(p, np.where(small, off * off / 2, np.abs(off) - 0.5), np.clip(off, -1, 1))


def logistic(p: Node, target: Array) -> Node:
    sign = 1 - 2 * target
    z = p.value * sign
    return _rows(p, np.logaddexp(0, z).astype(np.float32), sign * 0.5 * (1 + np.tanh(z / 2)))


def hinge(p: Node, target: Array) -> Node:
    sign = 2 * target - 1
    margin = 1 - sign * p.value
    return _rows(p, np.maximum(margin, 0), np.where(margin > 0, -sign, 0).astype(np.float32))


def poisson(p: Node, target: Array) -> Node:
    """Negative log-likelihood without its constant: often below zero."""
    held = np.minimum(p.value, 12)
    rate = np.exp(held)
    return _rows(p, rate - target * held, np.where(p.value < 12, rate - target, 0))


def gaussian(p: Node, target: Array) -> Node:
    """Mean and log-variance are learnt: a likelihood that goes below zero."""
    centre, spread = p.value[..., :1], np.clip(p.value[..., 1:2], -8, 8)
    off, precision = centre - target, np.exp(-spread)
    value = 0.5 * (spread + off * off * precision)
    slope = np.concatenate([off * precision, 0.5 * (1 - off * off * precision)], axis=-1)
    return _rows(p, value, slope)


def pinball(p: Node, target: Array) -> Node:
    """Of the 0.8 quantile."""
    off = p.value - target
    slopes = np.where(off > 0, np.float32(0.2), np.float32(-0.8))
    return _rows(p, off * slopes, slopes)


def cosine(p: Node, target: Array) -> Node:
    """The cosine between prediction and target, negated, averaged over the rows."""
    length = np.sqrt((p.value**2).sum(axis=-1, keepdims=True)) + np.float32(1e-6)
    wanted = target / (np.sqrt((target**2).sum(axis=-1, keepdims=True)) + 1e-6)
    unit = p.value / length
    alike = (unit * wanted).sum(axis=-1, keepdims=True)
    slopes = (alike * unit - wanted) / length
    rows = np.float32(len(target))
    return Node(-alike.mean(axis=(1, 2)), (p,), lambda g: (g[:, None, None] * slopes / rows,))


def _rows(p: Node, values: Array, slopes: Array) -> Node:
    """Mean over rows and outputs."""
    count = np.float32(values.shape[1] * values.shape[2])
    value = values.mean(axis=(1, 2))
    return Node(value, (p,), lambda g: (g[:, None, None] * slopes.astype(np.float32) / count,))
