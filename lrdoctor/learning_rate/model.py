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
DEVIATIONS = (-2.0, 1.0)
"""Logarithms of the least and the largest deviation that an edge is told with, decades."""
DISTANCES = np.array([0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0])
"""Decades beside the window at which ``Valleys.flanks`` stand; beyond the last one they are flat.
"""
CLASSES = np.array([0.8, 1.4])
"""Decades: narrow, usual and wide windows, a third of the recorded families each, between the
widths of ``window.WIDTHS``."""


@dataclass(frozen=True, slots=True)
class Net:
    """``tanh(z a + b) c + z s + d``: a linear model and a small hidden layer beside it."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    s: Floats

    def logits(self, z: Floats) -> Floats:
        out: Floats = np.tanh(z @ self.a + self.b) @ self.c + z @ self.s + self.d
        return out


@dataclass(frozen=True, eq=False)
class Valleys:
    """How far above the best loss runs end beside their window: shapes of recorded families."""

    flanks: Floats
    """Shape (classes, shapes, 2, distances): logarithm of the gap left and right of the window."""
    odds: Floats
    """Shape (classes, shapes), rows sum to 1."""


@dataclass(frozen=True, eq=False)
class Model:
    """All coefficients. Verdicts are in the order too_low, ok, too_high."""

    median: Floats
    mean: Floats
    scale: Floats
    nets: tuple[Net, ...]
    """Those that trust the absolute rate, and others, fitted on rates moved at random, that lean on
    the curve. Without the others as much is right on the clinic, held out; of the fine runs of
    families nobody has seen more is called wrong (``tests/evaluation/unseen.py``)."""
    temperature: float
    placing: tuple[Net, ...]
    """Nets whose twelve outputs are where the good rates begin and end for each verdict, in decades
    from the run's rate, and the logarithms of how unsure these are."""
    widening: Floats
    """Shape (3, 2): what their deviations are multiplied by to hold on tasks not fitted on."""
    correlation: tuple[float, float, float]
    """Of the errors of begin and end, for each verdict."""
    valleys: Valleys
    bound: float
    """A verdict against the rate needs this probability; below it the answer is unknown."""
    keep: Floats
    """Logistic regression of "the best run so far is good" on ``next_rate.Look.signs``: shape (7,),
    the last is the constant; ``tests/evaluation/fit_keep.py`` fits it."""

    def standardised(self, figures: Floats) -> Floats:
        """Figures (..., figures) in deviations from their mean; the median where one is missing."""
        filled = np.where(np.isnan(figures), self.median, figures)
        z: Floats = np.minimum(np.maximum((filled - self.mean) / self.scale, -LIMIT), LIMIT)
        return z

    def probabilities(self, z: Floats) -> Floats:
        """P(too_low), P(ok), P(too_high), shape (..., 3), of standardised (..., figures)."""
        return _average(self._each(z, self._everyone))

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

    def edges(self, z: Floats) -> tuple[Floats, Floats]:
        """Begin and end of the good rates in decades from the run's rate, and their deviations.

        Of standardised (..., figures): both shape (..., 3, 2), one row a verdict. Deviations hold
        what the nets disagree by, too.
        """
        told = self._placers.logits(z).reshape(*z.shape[:-1], -1, 2, 3, 2)
        places, logarithms = told[..., 0, :, :], told[..., 1, :, :]
        unsure = np.exp(2 * np.minimum(np.maximum(logarithms, DEVIATIONS[0]), DEVIATIONS[1]))
        if _native.THERE:
            return _native.edges(told, unsure, self.widening)
        count = len(self.placing)
        place: Floats = np.add.reduce(places, axis=-3) / count
        away = places - place[..., None, :, :]
        variance = np.add.reduce(unsure + away * away, axis=-3) / count
        return place, self.widening * np.sqrt(variance)

    @cached_property
    def _placers(self) -> Net:
        return _committee(self.placing)


def _average(powers: Floats) -> Floats:
    """The mean over the nets of their probabilities, of powers (..., nets, 3)."""
    if _native.THERE:
        return _native.average(powers)
    shares = powers / np.add.reduce(powers, axis=-1, keepdims=True)
    out: Floats = np.add.reduce(shares, axis=-2) / powers.shape[-2]
    return out


def _committee(nets: Sequence[Net]) -> Net:
    """The nets as one, their outputs side by side: a third of the calls."""
    hidden = np.cumsum([0, *(len(net.c) for net in nets)])
    told = len(nets[0].d)
    mixed = np.zeros((hidden[-1], told * len(nets)))
    for k, net in enumerate(nets):
        mixed[hidden[k] : hidden[k + 1], told * k : told * (k + 1)] = net.c
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

    nets, placing = (
        tuple(Net(*(array(net[k]) for k in "abcds")) for net in told[name])
        for name in ("nets", "placing")
    )
    low, ok, high = (float(r) for r in told["correlation"])
    return Model(
        median=array(told["median"]),
        mean=array(told["mean"]),
        scale=array(told["scale"]),
        nets=nets,
        temperature=float(told["temperature"]),
        placing=placing,
        widening=array(told["widening"]),
        correlation=(low, ok, high),
        valleys=Valleys(*(array(told["valleys"][k]) for k in ("flanks", "odds"))),
        bound=float(told["bound"]),
        keep=array(told["keep"]),
    )
