"""A study while its storage is read, record by record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lrdoctor.readers import _optuna
from lrdoctor.sweep.trial import Plain, State, Study, Trial

STEPS = 1 << 62
LARGEST = 1e300


@dataclass(slots=True)
class TrialBuilder:
    """One trial, being put together."""

    state: State
    params: dict[str, Plain] = field(default_factory=dict)
    value: float | None = None
    reports: dict[int, float] = field(default_factory=dict)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    def set(self, name: str, value: object, span: tuple[float, float] | None = None) -> None:
        """Take a parameter and what it was drawn from; what is no plain value is passed over."""
        if span is not None:
            self.spans[name] = span
        if isinstance(value, str | bool):
            self.params[name] = value
        elif isinstance(value, int | float) and abs(value) < LARGEST:
            self.params[name] = float(value)

    def report(self, step: int, value: float) -> None:
        """Take an intermediate value; a later one of the same step replaces it. A step that no
        counter can have come to is passed over."""
        if abs(step) < STEPS:
            self.reports[step] = value

    def trial(self, number: int, name: str) -> Trial:
        steps = sorted(self.reports)
        return Trial(
            number, name, self.state, self.params, self.value,
            np.array(steps, np.int64), np.array([self.reports[step] for step in steps], np.float64),
            spans=self.spans,
        )  # fmt: skip


@dataclass(slots=True)
class StudyBuilder:
    """One study, being put together; its trials number in the order they come."""

    name: str
    minimise: bool = True
    metric: str = _optuna.MINIMISED
    trials: list[TrialBuilder] = field(default_factory=list)

    def add(self, state: State, params: Mapping[str, object] | None = None) -> TrialBuilder:
        trial = TrialBuilder(state)
        for name, value in (params or {}).items():
            trial.set(name, value)
        self.trials.append(trial)
        return trial

    def study(self, path: str) -> Study:
        trials = (
            trial.trial(number, _optuna.run_name(self.name, number))
            for number, trial in enumerate(self.trials)
        )
        return Study(self.name, path, tuple(trials), self.minimise, self.metric)
