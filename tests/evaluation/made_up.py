"""Curves drawn at random whose truth is known because they were drawn so.

Each kind is a shape of curve and what must, and what may not, be said of it. The noise about the
shape is one of ``NOISES``, and lengths, scales, signs, logging rhythm and further metrics are drawn
with it. Nothing here looks like one data set: what holds on all of it generalises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lrdoctor.run import Block, Floats, Run

Draw = np.random.Generator
UNSTEADY = frozenset({"divergence", "nan", "exploding-gradient", "spike", "oscillation"})
"""What may be said of any trouble of steps that are too long, beside what is wanted."""


@dataclass(frozen=True)
class Made:
    """A curve and its truth."""

    loss: Floats
    wanted: frozenset[str] = frozenset()
    """Rules of which one must say so, at or after ``since``; empty: nothing is wrong."""
    since: int = 0
    """Row of the trouble."""
    more: dict[str, Floats] = field(default_factory=dict)
    """Further tags."""


# ---------------------------------------------------------------- noise of deviation about 1


def normal(rng: Draw, n: int) -> Floats:
    return rng.normal(size=n)


def skewed(rng: Draw, n: int) -> Floats:
    """Bounded below, a long tail above: losses of small batches near zero."""
    shape = rng.uniform(0.7, 3)
    return (rng.gamma(shape, 1.0, n) - shape) / shape**0.5


def heavy(rng: Draw, n: int) -> Floats:
    """Student's t with 3 degrees of freedom."""
    return rng.standard_t(3, n) / 3**0.5


def wandering(rng: Draw, n: int) -> Floats:
    """Autoregressive: a loss that was logged as a running average."""
    keep = rng.uniform(0.7, 0.97)
    noise = rng.normal(size=n + 200)
    for i in range(1, n + 200):
        noise[i] += keep * noise[i - 1]
    return noise[200:] * (1 - keep**2) ** 0.5


def epochal(rng: Draw, n: int) -> Floats:
    """The same batches in the same order each epoch, besides normal noise."""
    epoch = rng.normal(size=int(rng.integers(5, 40)))
    return 0.7 * np.resize(epoch, n) + 0.7 * rng.normal(size=n)


NOISES = {f.__name__: f for f in (normal, skewed, heavy, wandering, epochal)}


# ---------------------------------------------------------------- shapes; noise has size 1 before


def _falling(rng: Draw, n: int) -> Floats:
    """From 1 to 0 and below, as a power law or exponentially, with or without step decays."""
    t = np.arange(n) / n
    if rng.random() < 0.5:
        scale = 10 ** rng.uniform(-2.5, -0.5)
        shape = (1 + t / scale) ** -rng.uniform(0.3, 1.2)
    else:
        shape = np.exp(-t * rng.uniform(2, 8))
    shape = (shape - shape[-1]) / (shape[0] - shape[-1])
    if rng.random() < 0.2:
        shape = shape - 0.1 * (t > 0.5) - 0.05 * (t > 0.75)
    return shape


def _ragged(rng: Draw, noise: Floats, low: float = 0.01, high: float = 0.2) -> Floats:
    return 10 ** rng.uniform(np.log10(low), np.log10(high)) * noise


def healthy(rng: Draw, noise: Floats) -> Made:
    return Made(_falling(rng, len(noise)) + _ragged(rng, noise))


def relative(rng: Draw, noise: Floats) -> Made:
    """Noise in proportion to the loss."""
    shape = 0.05 + _falling(rng, len(noise)).clip(0)
    return Made(shape * np.exp(_ragged(rng, noise, 0.02, 0.4).clip(-2, 2)))


def batch_of_one(rng: Draw, noise: Floats) -> Made:
    """Noise as large as all progress."""
    n = len(noise)
    return Made((0.05 + _falling(rng, n).clip(0)) * rng.gamma(rng.uniform(0.5, 1.5), 1.0, n))


def warmed(rng: Draw, noise: Floats) -> Made:
    """A hump while the rate warms up."""
    n = len(noise)
    t = np.arange(n) / n
    width = rng.uniform(0.01, 0.06)
    hump = rng.uniform(0.05, 0.4) * np.exp(-(((t - 1.5 * width) / width) ** 2))
    rate = np.minimum(1, (t + 1 / n) / (3 * width))
    return Made(_falling(rng, n) + hump + _ragged(rng, noise, 0.01, 0.05), more={"lr": 1e-3 * rate})


def restarted(rng: Draw, noise: Floats) -> Made:
    """Warm restarts: the loss jumps up with the rate and comes down again."""
    n = len(noise)
    turns = int(rng.integers(2, 6))
    phase = (np.arange(n) / n * turns) % 1
    rate = 0.5 * (1 + np.cos(np.pi * phase))
    loss = _falling(rng, n) + rng.uniform(0.02, 0.1) * rate
    return Made(loss + _ragged(rng, noise, 0.01, 0.05), more={"lr": 1e-3 * rate + 1e-6})


def late(rng: Draw, noise: Floats) -> Made:
    """At chance for a while, then it falls: parity, small networks, grokking."""
    t = np.arange(len(noise)) / len(noise)
    fall = 1 / (1 + np.exp((t - rng.uniform(0.1, 0.4)) * rng.uniform(20, 60)))
    return Made(fall + _ragged(rng, noise, 0.005, 0.05))


def few_evaluations(rng: Draw, noise: Floats) -> Made:
    """A validation loss on few samples: noisy, but no worse at the end."""
    n = len(noise)
    loss = _falling(rng, n)
    held_out = np.full(n, np.nan)
    at = np.arange(n // 12, n, max(1, n // int(rng.integers(12, 40))))
    held_out[at] = loss[at] + 0.1 + rng.uniform(0.02, 0.15) * rng.normal(size=len(at))
    return Made(loss + _ragged(rng, noise), more={"val_loss": held_out})


def recovered(rng: Draw, noise: Floats) -> Made:
    """One spike that is gone after some points: nothing that goes on being wrong."""
    n = len(noise)
    loss = _falling(rng, n)
    at, width = int(rng.uniform(0.3, 0.8) * n), int(rng.integers(1, max(2, n // 60)))
    height = rng.uniform(1, 10)
    loss[at : at + width] += height * np.exp(-np.arange(width)[: n - at] / max(1, width / 3))
    return Made(loss + _ragged(rng, noise, 0.01, 0.05), frozenset({"spike"}), at)


def unmoved(rng: Draw, noise: Floats) -> Made:
    """It never leaves its start."""
    return Made(_ragged(rng, noise), frozenset({"flat"}))


def diverging(rng: Draw, noise: Floats) -> Made:
    """It learns, then climbs above its start."""
    n = len(noise)
    at = int(rng.uniform(0.15, 0.6) * n)
    rest = np.arange(n - at) / max(1, n - at)
    loss = _falling(rng, n)
    loss[at:] = loss[at] + rng.uniform(1.5, 8) * rest ** rng.uniform(0.5, 2)
    return Made(loss + _ragged(rng, noise, 0.01, 0.1), frozenset({"divergence"}), at)


def creeping(rng: Draw, noise: Floats) -> Made:
    """It learns, then slowly loses three to eight tenths of it."""
    n = len(noise)
    at = int(rng.uniform(0.2, 0.35) * n)
    loss = _falling(rng, n)
    loss[at:] = loss[at] + (1 - loss[at]) * np.linspace(0, rng.uniform(0.3, 0.8), n - at)
    return Made(loss + _ragged(rng, noise, 0.01, 0.05), frozenset({"divergence"}), at)


def thrown_up(rng: Draw, noise: Floats) -> Made:
    """At once far above its start, where it stays or swings."""
    loss = rng.uniform(3, 30) * np.exp(rng.uniform(0.05, 0.6) * noise.clip(-3, 3))
    loss[0] = 1.0
    return Made(loss, frozenset({"divergence"}), 1)


def swinging(rng: Draw, noise: Floats) -> Made:
    """Swings as large as its progress, six at least."""
    n = len(noise)
    at = int(rng.uniform(0.1, 0.4) * n)
    turns = rng.uniform(6, max(7, min(20, (n - at) / 14)))
    wave = np.sin(2 * np.pi * turns * np.arange(n - at) / (n - at))
    loss = _falling(rng, n)
    loss[at:] = loss[at] + rng.uniform(0.5, 1) * (1 - loss[at]) * (1 + wave) / 2
    return Made(
        loss + _ragged(rng, noise, 0.01, 0.05), frozenset({"oscillation", "divergence"}), at
    )


def mislabelled(rng: Draw, noise: Floats) -> Made:
    """From one point on the loss stands higher: other labels, other data."""
    n = len(noise)
    at = int(rng.uniform(0.3, 0.7) * n)
    loss = _falling(rng, n)
    loss[at:] += rng.uniform(0.4, 1.0)
    return Made(loss + _ragged(rng, noise, 0.01, 0.05),
                frozenset({"spike", "divergence", "oscillation"}), at)  # fmt: skip


def bad_batches(rng: Draw, noise: Floats) -> Made:
    """Some batches of every stretch have wrong labels: short bursts that come again."""
    n = len(noise)
    at = int(rng.uniform(0.3, 0.6) * n)
    every = max(6, int(rng.uniform(0.04, 0.12) * n))
    loss = _falling(rng, n)
    burst = ((np.arange(n) - at) % every < max(1, every // 15)) & (np.arange(n) >= at)
    loss[burst] += rng.uniform(0.5, 3)
    return Made(loss + _ragged(rng, noise, 0.01, 0.05), frozenset({"spike", "oscillation"}), at)


def adversarial(rng: Draw, noise: Floats) -> Made:
    """Two players: a ragged loss that goes nowhere by design, after a first fall."""
    n = len(noise)
    loss = 0.5 * np.exp(-np.arange(n) / (0.05 * n)) + 0.1 * wandering(rng, n)
    return Made(loss + _ragged(rng, noise, 0.05, 0.2))


QUIET = (healthy, relative, batch_of_one, warmed, restarted, late, few_evaluations, adversarial)
SICK = (recovered, unmoved, diverging, creeping, thrown_up, swinging, mislabelled, bad_batches)


def made(kind: Callable[[Draw, Floats], Made], rng: Draw, noise: str) -> tuple[Made, Run]:
    """One curve and its log: 24 to 1,500 rows, any scale and sign of the loss."""
    n = int(10 ** rng.uniform(1.4, 3.2))
    one = kind(rng, NOISES[noise](rng, n))
    scale, shift = 10 ** rng.uniform(-2, 2), rng.choice([0.3, 2.0, -1.0])
    every = int(rng.choice([1, 1, 5, 10, 50]))
    steps = every * np.arange(1, n + 1)
    run = Run("made", "made.csv", "csv")
    run.add(Block("loss", steps, scale * (one.loss + shift)))
    for tag, values in one.more.items():
        written = np.isfinite(values)
        unit = 1.0 if tag == "lr" else scale
        told = values[written] if tag == "lr" else unit * (values[written] + shift)
        run.add(Block(tag, steps[written], told))
    return one, run
