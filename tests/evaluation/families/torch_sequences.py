"""Learning problems of tokens, series and texts for ``recorded_by_torch.py``, drawn at random."""

from __future__ import annotations

import inspect
import json
import textwrap
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
from torch_tables import Data, Task, numbers, unit

LINE = 32
"""Characters of one row of a text."""


def sequence(name: str, rng: np.random.Generator) -> Task:
    """The problem of this name with sizes, noise and difficulty drawn from ``rng``."""
    makers = {**PAIRS, **TOKENS, **SERIES}
    return makers[name](rng) if name in makers else _characters(TEXTS[name](rng), rng)


def _tokens(x: Data, y: Data, k: int, words: int, shape: str) -> Task:
    return Task(x.astype(np.int64), y.astype(np.int64), "cross_entropy", k, shape, words)


def _modular(rng: np.random.Generator) -> Task:
    """Sums or products modulo a number: learnt late, by rote first."""
    p = int(rng.choice([11, 13, 17, 19, 23, 29, 31]))
    a, b = np.divmod(rng.permutation(p * p), p)
    y = (a * b if rng.random() < 0.3 else a + b) % p
    return _tokens(np.stack([a, b + p], 1), y, p, 2 * p, "pair")


def _likes(rng: np.random.Generator) -> Task:
    """Who likes what, partly by chance: yes or no, or how much."""
    n, people, things = 4000, int(rng.integers(40, 120)), int(rng.integers(30, 100))
    a, b = rng.integers(0, people, n), rng.integers(0, things, n)
    taste = (rng.normal(size=(people, 3))[a] * rng.normal(size=(things, 3))[b]).sum(1)
    taste = (taste + rng.uniform(0.1, 1) * rng.normal(size=n))[:, None]
    x = np.stack([a, b + people], 1).astype(np.int64)
    how = str(rng.choice(["logistic", "squared", "huber"]))
    y = taste > 0 if how == "logistic" else unit(taste)
    return Task(x, y.astype(np.float32), how, 1, "pair", people + things)


def _brackets(rng: np.random.Generator) -> Task:
    """Whether brackets match: half of the rows are matched ones with two signs changed."""
    n, length = 2000, int(rng.choice([8, 12, 16]))
    x = np.zeros((n, length), np.int64)
    for row in x:
        depth = 0
        for i in range(length):
            must = depth == length - i
            close = depth > 0 and (must or rng.random() < 0.5)
            row[i], depth = int(close), depth + (-1 if close else 1)
    y = rng.integers(0, 2, n)
    for i in np.flatnonzero(y):
        at = rng.choice(length, 2, replace=False)
        x[i, at] = 1 - x[i, at]
    depth = (1 - 2 * x).cumsum(axis=1)
    return _tokens(x, (depth.min(axis=1) >= 0) & (depth[:, -1] == 0), 2, 2, "tokens")


def _majority(rng: np.random.Generator) -> Task:
    n, length, words = 2200, int(rng.integers(5, 16)), int(rng.integers(3, 20))
    x = rng.integers(0, words, (n, length))
    y = np.array([np.bincount(row % 3, minlength=3).argmax() for row in x])
    return _tokens(x, y, 3, words, "tokens")


def _recall(rng: np.random.Generator) -> Task:
    """Which token stood behind the mark."""
    n, length, words = 2200, int(rng.integers(5, 12)), int(rng.integers(4, 12))
    x = rng.integers(1, words + 1, (n, length))
    at = rng.integers(0, length - 1, n)
    x[np.arange(n), at] = 0
    return _tokens(x, x[np.arange(n), at + 1] - 1, words, words + 1, "tokens")


def _tones(rng: np.random.Generator) -> Task:
    """Which of some frequencies a noisy series has."""
    n, length, k = 1500, int(rng.integers(12, 25)), int(rng.integers(2, 6))
    y = rng.integers(0, k, n)
    speed = np.linspace(0.3, 1.6, k)[y][:, None]
    x = np.sin(speed * np.arange(length) + rng.uniform(0, 6.28, (n, 1)))
    x = (x + rng.uniform(0.05, 0.8) * rng.normal(size=x.shape))[:, :, None]
    return Task(x.astype(np.float32), y.astype(np.int64), "cross_entropy", k, "series")


def _adding(rng: np.random.Generator) -> Task:
    """The sum of the two marked numbers."""
    n, length = 1800, int(rng.integers(6, 20))
    x = np.stack([rng.uniform(-1, 1, (n, length)), np.zeros((n, length))], 2)
    for row in x:
        row[rng.choice(length, 2, replace=False), 1] = 1
    return numbers(x, (x[:, :, :1] * x[:, :, 1:]).sum(axis=1), "squared", 1, "series")


def _forecast(rng: np.random.Generator) -> Task:
    """The next value of a series that depends on its last ones."""
    length, n = int(rng.integers(8, 25)), 1800
    a, b = rng.uniform(0.5, 1.6), -rng.uniform(0.3, 0.95)
    values = list(rng.normal(size=2))
    for noise in rng.normal(size=n + length) * rng.choice([0.1, 0.5, 1.0]):
        values.append(float(np.tanh(a * values[-1] + b * values[-2])) * 1.2 + noise)
    window = np.lib.stride_tricks.sliding_window_view(unit(np.array(values)), length + 1)[:n]
    window = window[rng.permutation(n)]
    loss = str(rng.choice(["squared", "huber", "absolute"]))
    return numbers(window[:, :-1, None], window[:, -1:], loss, 1, "series")


def _characters(text: str, rng: np.random.Generator) -> Task:
    """A language model of a text's characters, row by row."""
    letters = sorted(set(text))
    place = {c: i for i, c in enumerate(letters)}
    ids = np.array([place[c] for c in text], np.int64)
    k = (len(ids) - 1) // LINE
    x, y = ids[: k * LINE].reshape(k, LINE), ids[1 : k * LINE + 1].reshape(k, LINE)
    order = rng.permutation(k)[: int(rng.integers(250, 2000))]
    return _tokens(x[order], y[order], len(letters), len(letters), "text")


def _topics(rng: np.random.Generator) -> str:
    """Some of the chapters of Python's own help."""
    from pydoc_data.topics import topics

    names = sorted(topics)
    text = "".join(topics[names[i]] for i in rng.permutation(len(names))[:12])
    return "".join(c for c in text if c.isascii())[:60_000]


def _zen(rng: np.random.Generator) -> str:
    """A short poem again and again: learnt by heart."""
    with redirect_stdout(StringIO()):  # it prints itself
        import this
    return "".join(this.d.get(c, c) for c in this.s) * int(rng.integers(6, 20))


def _code(rng: np.random.Generator) -> str:
    module = [json.decoder, json.encoder, textwrap, inspect][int(rng.integers(4))]
    text = inspect.getsource(module)
    at = int(rng.integers(0, max(1, len(text) - 40_000)))
    return "".join(c for c in text[at : at + 40_000] if c.isascii())


def _chain(rng: np.random.Generator) -> str:
    """A random language: its next letter depends on the last one or two."""
    words, back = int(rng.integers(6, 30)), int(rng.integers(1, 3))
    odds = rng.dirichlet(np.full(words, rng.uniform(0.03, 0.5)), words**back).cumsum(axis=1)
    text = [0, 0]
    for draw in rng.random(25_000):
        state = text[-1] if back == 1 else text[-2] * words + text[-1]
        text.append(min(words - 1, int(np.searchsorted(odds[state], draw))))
    return "".join(chr(97 + c) for c in text)


def _sums(rng: np.random.Generator) -> str:
    pairs = rng.integers(0, int(rng.choice([10, 100])), (4000, 2))
    return "".join(f"{a}+{b}={a + b}\n" for a, b in pairs)


PAIRS = {"modular": _modular, "likes": _likes}
TOKENS = {"brackets": _brackets, "majority": _majority, "recall": _recall}
SERIES = {"tones": _tones, "adding": _adding, "forecast": _forecast}
TEXTS = {"topics": _topics, "zen": _zen, "code": _code, "chain": _chain, "sums": _sums}
SEQUENCES = {*PAIRS, *TOKENS, *SERIES, *TEXTS}
