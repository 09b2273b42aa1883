"""One training run, as rules and adviser read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np

from lrdoctor import metrics
from lrdoctor.ending import Ending, Interruption
from lrdoctor.metrics import game
from lrdoctor.run.block import Block
from lrdoctor.run.series import Resume, Series
from lrdoctor.run.settings import Settings

ENOUGH = 10
"""Points of the main loss under which silence means nothing."""


class Run:
    """One training run: its series by tag, and what is known of how it was set up.

    Rules read it and never change it. ``run["train/loss"]`` takes a canonical name (or a tag that
    has none); ``metrics`` lists them.
    """

    def __init__(
        self,
        name: str,
        path: str,
        format: str,
        *,
        x_axis: str = "step",
        settings: Settings | None = None,
        columns: Mapping[str, str] | None = None,
        observed_at: float | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self.format = format
        self.x_axis = x_axis
        self.settings = settings or Settings()
        self.columns = dict(columns or {})
        """The user's own mapping of tags to canonical names."""
        self.observed_at = observed_at
        """When the log was last looked at, UTC seconds; None for a finished run."""
        self.tags: dict[str, Series] = {}
        self.resumes: list[Resume] = []
        self.ending: Ending | None = None
        """Why it died, where its log says so behind the last figures."""
        self.interruptions: tuple[Interruption, ...] = ()
        """What looked like its end until further figures followed."""

    def add(self, block: Block) -> None:
        """Take points from a reader."""
        series = self.tags.get(block.tag)
        if series is None:
            series = self.tags[block.tag] = Series(block.tag)
            self.__dict__.pop("metrics", None)
            self.__dict__.pop("_losses", None)
            self.__dict__.pop("is_agent", None)
        series.append(block)
        if len(series) > len(block) and metrics.is_rate(block.tag):
            self.__dict__.pop("metrics", None)  # which group's rate is the run's may be known now
        if series.went_back and not metrics.is_bookkeeping(block.tag):
            # mmengine tells the time of its epochs' validations by epoch, that of steps by step.
            others = [resume for resume in self.resumes if resume.tag != block.tag]
            self.resumes = [*others, *series.resumes]

    @cached_property
    def metrics(self) -> dict[str, Series]:
        """Series by canonical name, in the order they were first logged."""
        names = metrics.assign(self.tags, self.columns, self._frozen())
        return {name: self.tags[tag] for name, tag in names.items()}

    def _frozen(self) -> list[str]:
        """Tags of parameter groups that stood at a rate of 0 when another group's was above it."""
        rates = [s for tag, s in self.tags.items() if metrics.is_rate(tag)]
        if len(rates) < 2:
            return []
        idle = [s for s in rates if len(s) and s.values[0] == 0]
        return [s.tag for s in idle if any(_outpaced(s, o) for o in rates if o is not s)]

    @cached_property
    def is_agent(self) -> bool:
        """Whether it is reinforcement learning, as its tags tell: an agent makes its own data as it
        acts, so its loss tells nothing of how well it does."""
        return metrics.tells_agent(self.tags)

    @property
    def is_game(self) -> bool:
        """Whether its main loss is one side's in a game of two networks, as in a GAN: each
        learns at the other's cost, so that neither loss tells how well it does."""
        main = self.main_loss
        return main is not None and game.side(main[1].tag) is not None and game.is_game(self.tags)

    @property
    def is_judged(self) -> bool:
        """Whether a falling loss means here what it mostly does."""
        return not (self.is_agent or self.is_game)

    def __getitem__(self, name: str) -> Series:
        return self.metrics[name]

    def get(self, name: str) -> Series | None:
        """The series of this canonical name, None where it was not logged."""
        return self.metrics.get(name)

    def losses(self) -> Iterator[tuple[str, Series]]:
        """Every loss, by name; ``train/loss`` first."""
        yield from self._losses

    @cached_property
    def _losses(self) -> tuple[tuple[str, Series], ...]:
        names = [n for n in self.metrics if metrics.kind(n) == "loss"]
        names.sort(key=lambda n: (n != "train/loss", n != "val/loss"))
        return tuple((name, self.metrics[name]) for name in names)

    @property
    def main_loss(self) -> tuple[str, Series] | None:
        """The training loss, or the next best loss there is; None where none was logged."""
        return self._losses[0] if self._losses else None

    @property
    def is_short(self) -> bool:
        """Whether the main loss has fewer points than ``ENOUGH``, with those a resume replaced."""
        main = self.main_loss
        return main is not None and len(main[1]) + main[1].overtaken < ENOUGH

    @property
    def last_step(self) -> int | None:
        ends = [end for s in self.tags.values() if (end := s.last_step) is not None]
        return max(ends, default=None)

    @property
    def first_step(self) -> int | None:
        return min([int(s.steps[0]) for s in self.tags.values() if len(s)], default=None)

    def is_first_batch(self, step: int) -> bool:
        """Whether no update had touched the weights there: a batch's loss is computed before its
        step is taken. An epoch or a row may hold many batches."""
        return self.x_axis == "step" and step <= 1 and step == self.first_step

    def until(self, step: int) -> Run:
        """The run as it stood when ``step`` had been logged."""
        last = self.last_step
        # With a line still to come nobody could have said that the log had fallen silent.
        seen = self.observed_at if last is None or last <= step else None
        cut = Run(self.name, self.path, self.format, x_axis=self.x_axis, settings=self.settings,
                  columns=self.columns, observed_at=seen)  # fmt: skip
        for tag, series in self.tags.items():
            shorter = series.until(step)
            if len(shorter):
                cut.tags[tag] = shorter
        cut.resumes = [r for r in self.resumes if r.step <= step]
        cut.interruptions = self.interruptions
        cut.ending = self.ending if last is None or last <= step else None
        return cut


def _outpaced(rate: Series, other: Series) -> bool:
    """Whether it is 0 at the first three of their common steps at which the other is above 0.

    Three, for a warmup begins at 0. Said of these alone, whatever comes later, so that a longer log
    gives the same answer.
    """
    _, own, its = np.intersect1d(rate.steps, other.steps, return_indices=True)
    first = own[other.values[its] > 0][:3]
    return len(first) == 3 and not rate.values[first].any()
