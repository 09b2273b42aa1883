"""The training loss falls steadily, and could fall faster."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.rules import LOSS, Rule, within
from lrdoctor.rules._rate import course
from lrdoctor.rules._reading import Reading, read
from lrdoctor.rules._span import over_at, span
from lrdoctor.run import Floats, Run
from lrdoctor.signals._index import count, half, of_index

_SOURCE = "Smith, A disciplined approach to neural network hyper-parameters, arXiv 1803.09820"
_STEEPEST = 0.75
"""Share of the fall in the newer half from which on the loss rather begins to fall than is slow."""
_HEAD = 0.5
"""Part of the later fall that the first eighth of the points may have brought."""
_HELD = 0.9
"""Part of the newest half of the points over which it must have held."""
_FIRST = 240
"""Optimizer steps before which no curve is called steady: within them most leave their start."""
_LONG = 400
"""Optimizer steps after which it is told, as for a loss that does not move at all."""
_FEW, _MANY = 30, 40
"""Points from which on it is looked for, and told."""
_TINY = 1e-200


@dataclass(frozen=True, slots=True)
class Slow(Rule):
    """The training loss falls steadily, in a straight line, as at a learning rate too low.

    **Fires when** the loss's level (a trailing median) has fallen in each half of the way, from the
    first eighth of the points to now, by more than ``clear`` standard errors, and at least
    ``straight`` of that, three quarters at the most, in the newer half; with the learning rate near
    its peak and not rising. A curve at a good rate falls fast, then ever slower: of a power law
    with exponent 0.3 the newer half holds a quarter. It must have held for the newest half of at
    least 40 points, 400 optimizer steps or a third of the planned ones. Worth knowing, for
    many a careful run looks so; resolved when less than half of ``straight`` is gained in the newer
    half.

    **Why it matters** The rate, not the model, sets the pace: the same loss could have been reached
    in a fraction of the steps.

    **Advice** Raise the learning rate, by a factor of three at a time, while the curve stays
    smooth. Unsafe where the gradient norm bursts or the loss is ragged already, and for fine-tuning
    that must stay close to its start.

    **Parameters**

    - ``straight``: share of the fall, 0.3 to 0.7. Default 0.4.
    - ``clear``: standard errors of the level, 1 to 100. Default 3.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.slow import Slow
    >>> from lrdoctor.run import Block, Run
    >>> losses = np.linspace(2.3, 2.0, 100) + np.random.default_rng(0).normal(0, 0.01, 100)
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", 10 * np.arange(100), losses))
    >>> [str(f.severity) for f in Slow().examine(run)]
    ['info']

    **References** Smith, arXiv 1803.09820: a rate too low shows as a slow, nearly straight fall.
    Thresholds fitted on 1,021 recorded runs of small networks in 50 families: of 23 that are told
    of 20 had a rate too low by far, 2 by a little, 1 was fine (tests/evaluation).
    """

    of_agents = False
    needs = LOSS
    evidence = (("clear", "more"),)

    straight: float = 0.4
    clear: float = 3.0

    def __post_init__(self) -> None:
        within(self, "straight", 0.3, 0.7, "of the fall")
        within(self, "clear", 1, 100, "standard errors")

    def examine(self, run: Run) -> Iterator[Finding]:
        main = run.main_loss
        if main is None:
            return
        reading = read(main[1].curve)
        if len(reading) < _FEW:
            return
        fall, share = _halves(reading)
        steady = self._steady(run, reading, fall, share)
        if not np.count_nonzero(steady):
            return
        now, middle = count(len(reading)), half(len(reading))
        sums = np.concatenate([[0], np.cumsum(steady)])
        fired = steady & (sums[1:] - sums[middle] >= _HELD * (now - middle))
        fired[: max(_MANY, _gone(run, reading, _LONG, 1 / 3))] = False
        if not np.count_nonzero(fired):
            return
        at = int(np.argmax(fired))
        free = over_at(at, share[at:] < 0.5 * self.straight)
        way, newer = int(reading.steps[at] - reading.steps[at // 8]), float(fall[at] * share[at])
        yield Finding(
            "slow",
            Severity.INFO,
            main[0],
            *span(reading, 0, at, free),
            measured=float(share[at]),
            limit=self.straight,
            unit="of its fall in the newer half of the way",
            confidence=0.75,
            message=f"{main[0]} falls in a straight line, by {newer:.3g} in the last {way // 2} "
            f"{run.x_axis}s; at this pace it takes {_more(reading, at, newer, way)}.",
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if not finding.resolved:
            yield Advice(
                Action.RAISE_LR, "slow",
                "The loss falls in a straight line: the rate sets the pace.",
                _SOURCE, lr_factor=3.0,
            )  # fmt: skip

    def _steady(self, run: Run, reading: Reading, fall: Floats, share: Floats) -> NDArray[np.bool_]:
        steady = (share >= self.straight) & (share <= _STEEPEST) & (fall > 0)
        steady[: max(_FEW - 1, _gone(run, reading, _FIRST, 0.15))] = False
        if not np.count_nonzero(steady):
            return steady
        least = self.clear * reading.doubt
        steady &= (fall * share > least) & (fall * (1 - share) > least)
        if not np.count_nonzero(steady):
            return steady
        head = reading.start - reading.level[np.maximum(_eighth(len(reading)), 2)]
        steady &= np.abs(head) <= _HEAD * fall
        known = course(run, reading)
        if known is not None:
            rates, highest = known.rates, known.highest
            steady &= ~(rates < 0.5 * highest) & ~(rates[_quarter(len(reading))] < 0.8 * highest)
        return steady


def _halves(reading: Reading) -> tuple[Floats, Floats]:
    """The level's fall since the first eighth of the points; the newer half's share of it."""
    stand, n = reading.level, len(reading)
    fall = stand[_eighth(n)] - stand
    newer = stand[_middle(n)] - stand
    return fall, newer / np.where(np.abs(fall) > _TINY, fall, 1.0)


_eighth = of_index(lambda i: np.maximum(i // 8, np.minimum(i, 2)))
_quarter = of_index(lambda i: i // 4)
_middle = of_index(lambda i: (i + _eighth(len(i))) // 2)


def _gone(run: Run, reading: Reading, steps: int, share: float) -> int:
    """The first block at which so many optimizer steps, or such a share of the planned ones, lie
    behind."""
    if run.settings.planned_steps:
        steps = math.ceil(share * run.settings.planned_steps)
    elif run.x_axis != "step":
        return 0
    return reading.after(steps)


def _more(reading: Reading, at: int, newer: float, way: int) -> str:
    """How long it takes to come as far again as from the start to here."""
    so_far = float(reading.start - reading.level[at])
    return f"another {so_far / newer * way / 2:.0f} to fall by {so_far:.3g} more"
