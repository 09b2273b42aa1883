"""Small networks on the tape; all weights carry the learning rates as their first axis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tape
from numpy.typing import NDArray
from tape import Array, Node

Weights = dict[str, Array]
Forward = Callable[[dict[str, Node], NDArray[np.generic]], Node]
ACTIVATIONS = {"relu": tape.relu, "tanh": tape.tanh, "gelu": tape.gelu, "sigmoid": tape.sigmoid}
WORDS = 24


def network(name: str, inputs: int, outputs: int,
            rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    """Weights (without the axis of rates) and the forward pass of ``name``.

    Names: ``linear``, ``deeplinear``, ``mlp-ACTIVATION-WIDTHxDEPTH[-ln|-bn|-res]``, ``patches``
    (convolution and pooling), ``factor``, ``pairs`` (embeddings of two tokens), ``context`` (a
    character model on the last tokens), ``rnn``, ``attention``.
    """
    kind, *parts = name.split("-")
    make = {"linear": _linear, "deeplinear": _deep_linear, "mlp": _mlp, "patches": _patches,
            "factor": _factor, "pairs": _pairs, "context": _context, "rnn": _rnn,
            "attention": _attention}[kind]  # fmt: skip
    return make(parts, inputs, outputs, rng)


def _dense(rng: np.random.Generator, a: int, b: int, gain: float = 1.0) -> Array:
    bound = gain / np.sqrt(a)
    return rng.uniform(-bound, bound, (a, b)).astype(np.float32)


def _bias(rng: np.random.Generator, a: int, b: int) -> Array:
    return rng.uniform(-1, 1, (1, b)).astype(np.float32) / np.float32(np.sqrt(a))


def _layer(w: Weights, key: str, rng: np.random.Generator, a: int, b: int) -> None:
    w[f"{key}.w"], w[f"{key}.b"] = _dense(rng, a, b), _bias(rng, a, b)


def _apply(p: dict[str, Node], key: str, x: Node) -> Node:
    return x @ p[f"{key}.w"] + p[f"{key}.b"]


def _data(x: NDArray[np.generic]) -> Node:
    return tape.constant(np.asarray(x, np.float32)[None])


def _linear(parts: list[str], inputs: int, outputs: int,
            rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    w: Weights = {}
    _layer(w, "out", rng, inputs, outputs)
    return w, lambda p, x: _apply(p, "out", _data(x))


def _deep_linear(parts: list[str], inputs: int, outputs: int,
                 rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    w = {"a": _dense(rng, inputs, 24), "b": _dense(rng, 24, 24), "c": _dense(rng, 24, outputs)}
    return w, lambda p, x: _data(x) @ p["a"] @ p["b"] @ p["c"]


def _mlp(parts: list[str], inputs: int, outputs: int,
         rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    act = ACTIVATIONS[parts[0]]
    width, depth = map(int, parts[1].split("x"))
    extra = parts[2] if len(parts) > 2 else ""
    w: Weights = {}
    for k in range(depth):
        _layer(w, f"h{k}", rng, inputs if k == 0 else width, width)
        if extra in ("ln", "bn"):
            w[f"n{k}.g"] = np.ones((1, width), np.float32)
            w[f"n{k}.b"] = np.zeros((1, width), np.float32)
    _layer(w, "out", rng, width, outputs)

    def forward(p: dict[str, Node], x: NDArray[np.generic]) -> Node:
        h = _data(x)
        for k in range(depth):
            z = _apply(p, f"h{k}", h)
            if extra in ("ln", "bn"):
                z = tape.normalise(z, -1 if extra == "ln" else 1) * p[f"n{k}.g"] + p[f"n{k}.b"]
            z = act(z)
            h = h + z if extra == "res" and k else z
        return _apply(p, "out", h)

    return w, forward


def _patches(parts: list[str], inputs: int, outputs: int,
             rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    """3x3 convolution on a square image, relu, pooling to 2x2, dense."""
    side = round(np.sqrt(inputs))
    inner = (side - 2) // 2 * 2
    w: Weights = {}
    _layer(w, "conv", rng, 9, 12)
    _layer(w, "mid", rng, 48, 32)
    _layer(w, "out", rng, 32, outputs)

    def forward(p: dict[str, Node], x: NDArray[np.generic]) -> Node:
        image = np.asarray(x, np.float32).reshape(-1, side, side)
        window = np.lib.stride_tricks.sliding_window_view(image, (3, 3), axis=(1, 2))
        window = window[:, :inner, :inner]
        half = inner // 2
        cells = window.reshape(len(image), 2, half, 2, half, 9).transpose(0, 1, 3, 2, 4, 5)
        flat = np.ascontiguousarray(cells).reshape(1, len(image) * inner * inner, 9)
        h = tape.relu(_apply(p, "conv", tape.constant(flat)))
        rates = h.value.shape[0]
        pooled = tape.mean(tape.reshape(h, (rates, len(image) * 4, half * half, 12)), 2)
        h = tape.relu(_apply(p, "mid", tape.reshape(pooled, (rates, len(image), 48))))
        return _apply(p, "out", h)

    return w, forward


def _factor(parts: list[str], inputs: int, outputs: int,
            rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    w = {"e": (0.4 * rng.normal(size=(inputs, 6))).astype(np.float32),
         "one": np.ones((6, 1), np.float32)}  # fmt: skip

    def forward(p: dict[str, Node], x: NDArray[np.generic]) -> Node:
        e = tape.lookup(p["e"], x.astype(np.int64))
        return (tape.pick(e, 2, 0) * tape.pick(e, 2, 1)) @ p["one"]

    return w, forward


def _pairs(parts: list[str], inputs: int, outputs: int,
           rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    return _embedded(inputs, outputs, 2, rng)


def _context(parts: list[str], inputs: int, outputs: int,
             rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    return _embedded(inputs, outputs, 4, rng)


def _embedded(words: int, outputs: int, length: int,
              rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    w: Weights = {"e": rng.normal(size=(words, 12)).astype(np.float32)}
    _layer(w, "h", rng, 12 * length, 48)
    _layer(w, "out", rng, 48, outputs)

    def forward(p: dict[str, Node], x: NDArray[np.generic]) -> Node:
        e = tape.lookup(p["e"], x.astype(np.int64))
        flat = tape.reshape(e, (e.value.shape[0], len(x), 12 * length))
        return _apply(p, "out", tape.relu(_apply(p, "h", flat)))

    return w, forward


def _rnn(parts: list[str], inputs: int, outputs: int,
         rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    """A plain recurrent network over the tokens, read out at the end."""
    w: Weights = {"e": rng.normal(size=(inputs, 12)).astype(np.float32),
                  "loop": _dense(rng, 32, 32)}  # fmt: skip
    _layer(w, "in", rng, 12, 32)
    _layer(w, "out", rng, 32, outputs)

    def forward(p: dict[str, Node], x: NDArray[np.generic]) -> Node:
        e = tape.lookup(p["e"], x.astype(np.int64))
        h = tape.tanh(_apply(p, "in", tape.pick(e, 2, 0)))
        for t in range(1, x.shape[1]):
            h = tape.tanh(_apply(p, "in", tape.pick(e, 2, t)) + h @ p["loop"])
        return _apply(p, "out", h)

    return w, forward


def _attention(parts: list[str], inputs: int, outputs: int,
               rng: np.random.Generator) -> tuple[Weights, Forward]:  # fmt: skip
    """One pre-norm block of one head, pooled over the positions."""
    width = 16
    w: Weights = {"e": rng.normal(size=(inputs, width)).astype(np.float32),
                  "at": (0.3 * rng.normal(size=(1, 16, width))).astype(np.float32)}  # fmt: skip
    for key in ("q", "k", "v"):
        w[key] = _dense(rng, width, width)
    _layer(w, "up", rng, width, 2 * width)
    _layer(w, "down", rng, 2 * width, width)
    _layer(w, "out", rng, width, outputs)

    def forward(p: dict[str, Node], x: NDArray[np.generic]) -> Node:
        length = x.shape[1]
        h = tape.lookup(p["e"], x.astype(np.int64))
        rates = h.value.shape[0]
        place = tape.constant(np.eye(16, dtype=np.float32)[None, :length])
        where = tape.reshape(p["at"], (rates, 16, width))
        h = h + tape.reshape(place @ where, (rates, 1, length, width))
        n = tape.normalise(h, -1)
        q, k, v = (n @ tape.reshape(p[key], (rates, 1, width, width)) for key in ("q", "k", "v"))
        scale = tape.constant(np.float32(1 / np.sqrt(width)))
        h = h + tape.softmax(q @ tape.swap(k) * scale) @ v
        n = tape.mean(tape.normalise(h, -1), 2)
        n = n + _apply(p, "down", tape.gelu(_apply(p, "up", n)))
        return _apply(p, "out", n)

    return w, forward
