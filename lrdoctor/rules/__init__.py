"""Runs to findings to advice: one trouble per file. ``lrdoctor.discover`` finds the rules."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache
from typing import ClassVar, Literal

from lrdoctor.diagnosis import Advice, Finding
from lrdoctor.run import Run

Asks = Literal["more", "less", "nearer one"]
"""How a threshold moves for the rule to ask for more evidence: it grows, shrinks, or comes nearer
to 1 from below."""


LOSS = ("loss",)
"""What a rule ``needs`` that looks at the run's main loss, under whichever name."""


class Rule(ABC):
    """One thing that goes wrong in training.

    A subclass is a frozen dataclass: its fields are its thresholds, checked in ``__post_init__``.
    Its docstring is its page. It is a pure function of the run and obeys the laws of
    ``tests/laws``: causal, blind to a loss's scale and (but for flat) shift, quiet on healthy runs.
    """

    of_agents: ClassVar[bool] = True
    """Whether it means trouble in reinforcement learning, too. An agent makes its own data as it
    acts, and so its loss may rise, jump and stand still while it learns: "it means nothing"
    (OpenAI, Spinning Up in Deep RL, part 3, "this loss is not a loss"). Nor does either loss of two
    networks that play against each other (Goodfellow, NIPS 2016 Tutorial: Generative Adversarial
    Networks, arXiv 1701.00160, section 5.1)."""

    evidence: ClassVar[tuple[tuple[str, Asks], ...]] = ()
    """The thresholds that say how much it takes for the rule to fire, and which way they go: what
    ``_sensitivity.py`` moves. None where there is nothing to weigh: a NaN is a NaN."""

    needs: ClassVar[tuple[str, ...]] = ()
    """Metrics without which there is nothing to look at: one of them is enough, and ``LOSS`` is
    the main one. None: any will do. What is no metric is asked for in ``can_look``."""

    @abstractmethod
    def examine(self, run: Run) -> Iterator[Finding]:
        """What it sees in the run, in order of ``fired_step``."""

    def can_look(self, run: Run) -> bool:
        """Whether the run logs what the rule needs: silence means nothing where it does not."""
        if self.needs == LOSS:
            return run.main_loss is not None
        return not self.needs or not run.metrics.keys().isdisjoint(self.needs)

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        """What to do about one of its findings."""
        return iter(())


def within(rule: Rule, name: str, low: float, high: float, unit: str = "") -> None:
    """Check one of its thresholds.

    Raises:
        ValueError: it is not from ``low`` to ``high``; the message says so, in ``unit``.
    """
    value = getattr(rule, name)
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}, must be {low} to {high} {unit}".rstrip())


@cache
def rules() -> dict[str, type[Rule]]:
    """Every rule by its name."""
    import sys

    from lrdoctor import discover

    return discover.classes(sys.modules[__name__], Rule)  # type: ignore[type-abstract]
