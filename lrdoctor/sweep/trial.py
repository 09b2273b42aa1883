"""A study and its trials, wherever they are kept: what all of this folder speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from lrdoctor.diagnosis import Json, rounded
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.trace import base_rate
from lrdoctor.readers._side import settings_of
from lrdoctor.run import Block, Floats, Ints, Run

Plain = str | float | bool
LOSS = "objective"
"""What a trial's reports are called as a run: a loss that falls, whichever way the study goes."""

MOST_REPORTS = 100
"""A log's losses go into a table or a study as so many reports at most: a storage keeps a row for
each, and no pruner asks for more."""


class State(StrEnum):
    """How far a trial has come, in Optuna's words."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAIL = "fail"

    @property
    def ended(self) -> bool:
        return self in (State.COMPLETE, State.PRUNED, State.FAIL)


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt: its parameters, what it reported on its way, and what it came to."""

    number: int
    name: str
    state: State
    params: Mapping[str, Plain] = field(default_factory=dict)
    value: float | None = None
    """What the study optimises, in its own direction; None where it did not come so far."""
    steps: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """Shape (n,), rising: where it reported."""
    values: Floats = field(default_factory=lambda: np.empty(0))
    """Shape (n,), in the study's own direction. NaN and infinities are data."""
    log: Run | None = None
    """The log that the trial was read from, where it was one; it tells more than its reports."""
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """The least and the largest value that a parameter may have, where that was told."""

    @property
    def last_step(self) -> int | None:
        return int(self.steps[-1]) if len(self.steps) else None

    @property
    def broken(self) -> bool:
        """Its newest report is not a number, or infinite."""
        return bool(len(self.values) and not np.isfinite(self.values[-1]))

    def to_dict(self) -> dict[str, Json]:
        return {
            "number": self.number, "name": self.name, "state": self.state.value,
            "params": {name: _plain(value) for name, value in self.params.items()},
            "value": _exact(self.value),
            "intermediate_values": [
                [step, _exact(value)]
                for step, value in zip(self.steps.tolist(), self.values.tolist(), strict=True)
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Study:
    """Trials of one experiment."""

    name: str
    path: str
    """Where it is kept, as it was given."""
    trials: tuple[Trial, ...]
    minimise: bool = True
    metric: str = LOSS
    """What the values are."""
    planned: int | None = None
    """The step that a trial runs to, where a log told."""
    dense: bool = False
    """The values are a log's, one a step or so: noisy, and many between two rungs."""
    left: str = ""
    """A sentence on the runs that are left out, of other experiments."""

    @property
    def sign(self) -> float:
        """What makes a value a loss."""
        return 1.0 if self.minimise else -1.0

    def rate_of(self, trial: Trial, name: str | None = None) -> float | None:
        """The trial's learning rate: the parameter of this name, or of a usual one."""
        if name is not None:
            value = trial.params.get(name)
            return float(value) if isinstance(value, int | float) and value > 0 else None
        if trial.log is not None:
            rate = base_rate(trial.log)[0]
        else:
            rate = settings_of(trial.params).learning_rate
        return rate if rate is not None and rate > 0 else None

    def span(self, name: str | None = None) -> tuple[float, float] | None:
        """What the newest trial that tells it drew its learning rate from; ``name`` as above.

        None also where the range ends at rates that were tried on both sides: trials that were
        added from logs (``storage.add``) know no range but that of what was seen.
        """
        tried = {self.rate_of(trial, name) for trial in self.trials}
        for trial in reversed(self.trials):
            for own, (low, high) in trial.spans.items():
                usual = name is None and settings_of({own: 1.0}).learning_rate is not None
                if (own == name or usual) and high > 0:
                    return None if {low, high} <= tried else (max(low, 0.0), high)
        return None

    def rate_name(self) -> str:
        """What the parameter that is the learning rate is called.

        Raises:
            UsageError: no parameter has a usual name for it.
        """
        for name in dict.fromkeys(name for trial in self.trials for name in trial.params):
            if settings_of({name: 1.0}).learning_rate is not None:
                return name
        raise UsageError(f"{self.path}: which parameter is the learning rate? name it by --rate")

    def run(self, trial: Trial, rate: str | None = None) -> Run:
        """The trial as a run: its log, or its reports as a loss that falls.

        Args:
            rate: the parameter that is the learning rate; None: the one of a usual name.
        """
        if trial.log is not None:
            return trial.log
        told = replace(settings_of(trial.params), learning_rate=self.rate_of(trial, rate))
        run = Run(trial.name, trial.name, "optuna", settings=told, columns={LOSS: "train/loss"})
        if len(trial.steps):
            run.add(Block(LOSS, trial.steps, self.sign * trial.values))
        return run

    def count(self) -> str:
        """ "9 trials: 7 complete, 1 pruned, 1 running"."""
        each = {state: sum(t.state is state for t in self.trials) for state in State}
        told = ", ".join(f"{n} {state}" for state, n in reversed(each.items()) if n)
        many = "1 trial" if len(self.trials) == 1 else f"{len(self.trials)} trials"
        return f"{many}: {told}" if told else many


def thinned(trial: Trial) -> Trial:
    """The trial with ``MOST_REPORTS`` reports at most: means of neighbours, where they end."""
    count = len(trial.steps)
    if count <= MOST_REPORTS:
        return trial
    edges = np.linspace(0, count, MOST_REPORTS + 1).astype(int)
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.add.reduceat(trial.values, edges[:-1]) / np.diff(edges)
    return replace(trial, steps=trial.steps[edges[1:] - 1], values=means)


def chosen(studies: Sequence[Study], name: str | None, path: str) -> Study:
    """The study of this name, or the only one there is.

    Raises:
        UsageError: there is none, or there are several and none was named.
    """
    names = ", ".join(study.name for study in studies[:8])
    if not studies:
        raise UsageError(f"{path}: holds no study")
    if name is None:
        if len(studies) > 1:
            raise UsageError(f"{path} holds {len(studies)} studies ({names}): name one by --study")
        return studies[0]
    for study in studies:
        if study.name == name:
            return study
    raise UsageError(f"{path} holds no study {name!r}; it holds {names}")


def _plain(value: Plain) -> Json:
    return rounded(value, 17) if isinstance(value, float) else value


def _exact(value: float | None) -> Json:
    return rounded(value, 17)
