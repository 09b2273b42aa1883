"""The fitted model: figures of one log to a verdict and to where the good rates lie.

Coefficients and where they come from are in ``model.json`` beside this file, which
``tests/evaluation/fit_verdict.py`` writes. Prediction is a few small matrix products.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

from lrdoctor.learning_rate.figures import NAMES
from lrdoctor.run import Floats
from lrdoctor.signals import _native

LIMIT = 4.0
"""A standardised figure beyond this many deviations says no more than one at it."""


@dataclass(frozen=True, slots=True)
class Net:
    """``softmax(tanh(z a + b) c + z s + d)``: a linear model and a small hidden layer beside it."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    s: Floats

    def logits(self, z: Floats) -> Floats:
        out: Floats = np.tanh(z @ self.a + self.b) @ self.c + z @ self.s + self.d
        return out


@dataclass(frozen=True, slots=True)
class Expert:
    """Where the good rates begin and end, in decades from the run's rate, for one verdict.

    Linear in the standardised figures, with correlated normal errors.
    """

    weights: Floats
    """Shape (figures + 1, 2); the last row is the constant."""
    sigma: Floats
    """Shape (2,), decades."""
    correlation: float


@dataclass(frozen=True, eq=False)
class Model:
    """All coefficients. Verdicts are in the order too_low, ok, too_high."""

    median: Floats
    mean: Floats
    scale: Floats
    nets: tuple[Net, ...]
    plain: int
    """How many of the nets, the first ones, trust the absolute rate; the others were fitted on
    rates moved at random and lean on the curve."""
    temperature: float
    experts: tuple[Expert, Expert, Expert]
    bound: float
    """A verdict against the rate needs this probability; below it the answer is unknown."""
    keep: Floats
    """Logistic regression of "the best run so far is good" on ``next_rate.Look.signs``: shape (4,),
    the last is the constant; ``tests/evaluation/fit_keep.py`` fits it."""

    def standardised(self, figures: Floats) -> Floats:
        """Figures (..., figures) in deviations from their mean; the median where one is missing."""
        filled = np.where(np.isnan(figures), self.median, figures)
        z: Floats = np.minimum(np.maximum((filled - self.mean) / self.scale, -LIMIT), LIMIT)
        return z

    def probabilities(self, z: Floats) -> Floats:
        """P(too_low), P(ok), P(too_high), shape (..., 3), of standardised (..., figures)."""
        return _average(self._each(z, self._plain_ones), self.plain)

    def both(self, z: Floats) -> tuple[Floats, Floats]:
        """The same, and by all nets: sounder where the rate's unit or size is unusual."""
        powers = self._each(z, self._everyone)
        return _average(powers, self.plain), _average(powers, len(self.nets))

    def _each(self, z: Floats, committee: Net) -> Floats:
        """What each net of a committee tells, shape (..., nets, 3); a net's sum to no fixed one."""
        logits = committee.logits(z).reshape(*z.shape[:-1], -1, 3)
        if _native.THERE:
            _native.centre(logits, self.temperature)
        else:
            logits /= self.temperature
            logits -= np.maximum.reduce(logits, axis=-1, keepdims=True)
        powers: Floats = np.exp(logits, out=logits)
        return powers

    @cached_property
    def _everyone(self) -> Net:
        return _committee(self.nets)

    @cached_property
    def _plain_ones(self) -> Net:
        return _committee(self.nets[: self.plain])

    def edges(self, z: Floats) -> Floats:
        """Lower and upper edge in decades from the run's rate: shape (3, 2), one row a verdict."""
        weights = self._all_edges
        return np.asarray((z @ weights[:-1] + weights[-1]).reshape(3, 2))

    @cached_property
    def _all_edges(self) -> Floats:
        """The experts' weights side by side, shape (figures + 1, 6)."""
        return np.concatenate([e.weights for e in self.experts], axis=1)

    @cached_property
    def sigma(self) -> Floats:
        """How unsure each verdict's edges are: shape (3, 2), decades."""
        return np.array([e.sigma for e in self.experts])


def _average(powers: Floats, first: int) -> Floats:
    """The mean over the first so many nets of their probabilities, of powers (..., nets, 3)."""
    if _native.THERE:
        return _native.average(powers, first)
    shares = powers[..., :first, :]
    shares = shares / np.add.reduce(shares, axis=-1, keepdims=True)
    out: Floats = np.add.reduce(shares, axis=-2) / first
    return out


def _committee(nets: Sequence[Net]) -> Net:
    """The nets as one, their logits side by side: a third of the calls."""
    hidden = np.cumsum([0, *(len(net.c) for net in nets)])
    mixed = np.zeros((hidden[-1], 3 * len(nets)))
    for k, net in enumerate(nets):
        mixed[hidden[k] : hidden[k + 1], 3 * k : 3 * k + 3] = net.c
    a, b, d, s = (np.concatenate([getattr(n, name) for n in nets], axis=-1) for name in "abds")
    return Net(a, b, mixed, d, s)


@cache
def model() -> Model:
    """The coefficients that come with the package.

    Raises:
        ValueError: the file was fitted on other figures than this version computes.
    """
    told = json.loads(files(__package__).joinpath("model.json").read_text("utf-8"))
    return from_json(told)


def from_json(told: dict) -> Model:  # type: ignore[type-arg]
    """The model that ``told`` describes; see ``model`` for what it raises."""
    if tuple(told["figures"]) != NAMES:
        raise ValueError("model.json was fitted on other figures: run fit_verdict.py again")

    def array(value: object) -> Floats:
        return np.asarray(value, dtype=np.float64)

    nets = tuple(Net(*(array(net[k]) for k in "abcds")) for net in told["nets"])
    low, ok, high = (
        Expert(array(e["weights"]), array(e["sigma"]), float(e["correlation"]))
        for e in told["experts"]
    )
    return Model(
        median=array(told["median"]),
        mean=array(told["mean"]),
        scale=array(told["scale"]),
        nets=nets,
        plain=int(told["plain"]),
        temperature=float(told["temperature"]),
        experts=(low, ok, high),
        bound=float(told["bound"]),
        keep=array(told["keep"]),
    )
