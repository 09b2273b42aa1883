"""Where a loss is going."""

from __future__ import annotations

from dataclasses import dataclass

from lrdoctor.diagnosis.figures import Json, rounded

Foretold = tuple[int, float, float, float]
"""A step, the likeliest loss there, and the lowest and highest that nine in ten end between."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A first cut of the learning rate, and the most by which the loss may fall for it."""

    lr_factor: float
    most: float
    """In units of the loss."""
    advised: bool

    def to_dict(self) -> dict[str, Json]:
        return {
            "lr_factor": rounded(self.lr_factor),
            "most": rounded(self.most),
            "advised": self.advised,
        }


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the main loss will stand if training goes on as it does; a trailing median of it.

    ``curve`` leads from the newest step to ``step``; its last point is the forecast.
    """

    metric: str
    now: float
    """Where it stands."""
    planned: bool
    """Training is to end at ``step``; otherwise that is some way on, twice as far at the most."""
    curve: tuple[Foretold, ...]
    cut: Cut | None = None
    """None where the loss still falls, or no bound of a cut is known."""

    @property
    def step(self) -> int:
        return self.curve[-1][0]

    def to_dict(self) -> dict[str, Json]:
        step, value, low, high = self.curve[-1]
        return {
            "metric": self.metric,
            "now": rounded(self.now),
            "step": step,
            "planned": self.planned,
            "value": rounded(value),
            "low": rounded(low),
            "high": rounded(high),
            "cut": None if self.cut is None else self.cut.to_dict(),
            "curve": [[step, *map(rounded, losses)] for step, *losses in self.curve],
        }
