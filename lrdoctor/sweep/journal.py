"""Studies out of Optuna's journal file, read from outside: no Optuna needed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from lrdoctor.errors import LogUnreadable
from lrdoctor.readers import _optuna, _records
from lrdoctor.readers._records import Json
from lrdoctor.readers.optuna_journal import Operation, operation
from lrdoctor.sweep._builder import StudyBuilder, TrialBuilder
from lrdoctor.sweep.trial import State, Study

# optuna/storages/journal/_storage.py, JournalOperation; trial/_state.py; study/_study_direction.py.
_CREATE_STUDY, _DELETE_STUDY, _STUDY_ATTRIBUTE = 0, 1, 3
_CREATE_TRIAL, _PARAMETER, _STATE_OF, _VALUE = 4, 5, 6, 7
_STATES = (State.RUNNING, State.COMPLETE, State.PRUNED, State.FAIL, State.WAITING)
_MAXIMISE = 2
_STEP = re.compile(r"-?[0-9]{1,19}")
T = TypeVar("T")
LARGEST = 1 << 30
"""Bytes; a journal is read as a whole."""


def studies(path: str) -> list[Study]:
    """Every study of the journal as it stands; a half-written last line waits for its end.

    Raises:
        LogUnreadable: it is no journal of Optuna's, or too large.
        OSError: it is gone or out of reach.
    """
    file = Path(path)
    if file.stat().st_size > LARGEST:
        raise LogUnreadable(f"{path}: a journal of more than {LARGEST >> 20} MiB")
    replay = _Replay()
    for line in file.read_bytes().split(b"\n")[:-1]:
        told = operation(line)
        if told is not None:
            replay.apply(told)
        elif not replay.studies:
            raise LogUnreadable(f"{path}: no journal of Optuna's: {line[:40]!r}")
    return [builder.study(path) for builder in replay.alive()]


class _Replay:
    """The journal's operations, done again. Ids count up, those of deleted studies included."""

    def __init__(self) -> None:
        self.studies: list[StudyBuilder | None] = []
        self._trials: list[TrialBuilder] = []

    def alive(self) -> Iterator[StudyBuilder]:
        return (study for study in self.studies if study is not None)

    def apply(self, told: Operation) -> None:
        match told["op_code"]:
            case code if code == _CREATE_STUDY:
                self._create_study(told)
            case code if code == _DELETE_STUDY:
                if self._study(told) is not None:
                    self.studies[int(str(told["study_id"]))] = None
            case code if code == _STUDY_ATTRIBUTE:
                self._name(told)
            case code if code == _CREATE_TRIAL:
                self._create_trial(told)
            case code if code in (_PARAMETER, _STATE_OF, _VALUE):
                trial = _at(self._trials, told.get("trial_id"))
                if trial is not None and not trial.state.ended:
                    _change(trial, told)

    def _study(self, told: Operation) -> StudyBuilder | None:
        return _at(self.studies, told.get("study_id"))

    def _create_study(self, told: Operation) -> None:
        name, directions = str(told.get("study_name")), told.get("directions")
        # A second worker's attempt to create what is there counts for nothing.
        if all(study.name != name for study in self.alive()):
            minimise = not (isinstance(directions, list) and directions[:1] == [_MAXIMISE])
            metric = _optuna.tag(None, minimise=minimise)
            self.studies.append(StudyBuilder(name, minimise, metric))

    def _name(self, told: Operation) -> None:
        study, attribute = self._study(told), told.get("system_attr")
        if study is not None and isinstance(attribute, dict) and _optuna.METRIC_NAMES in attribute:
            study.metric = _optuna.tag(attribute[_optuna.METRIC_NAMES], minimise=study.minimise)

    def _create_trial(self, told: Operation) -> None:
        study = self._study(told)
        if study is None:
            return
        trial = study.add(_state(told.get("state", 0)))
        self._trials.append(trial)
        # One that was added whole, or a template that waits to be run.
        params, distributions = told.get("params"), told.get("distributions")
        if isinstance(params, dict) and isinstance(distributions, dict):
            for name, value in params.items():
                own = distributions.get(name)
                trial.set(name, _optuna.parameter(value, own), _optuna.span(own))
        reports = told.get("intermediate_values")
        for step, value in reports.items() if isinstance(reports, dict) else ():
            _report(trial, step, value)
        trial.value = _value(told)


def _change(trial: TrialBuilder, told: Operation) -> None:
    if told["op_code"] == _PARAMETER:
        own = told.get("distribution")
        value = _optuna.parameter(told.get("param_value_internal"), own)
        trial.set(str(told.get("param_name")), value, _optuna.span(own))
    elif told["op_code"] == _STATE_OF:
        trial.state = _state(told.get("state"))
        trial.value = trial.value if _value(told) is None else _value(told)
    else:
        _report(trial, told.get("step"), told.get("intermediate_value"))


def _report(trial: TrialBuilder, step: Json, value: Json) -> None:
    at = int(step) if isinstance(step, str) and _STEP.fullmatch(step) else step
    if isinstance(at, int):
        figure = _records.figure(value)
        trial.report(at, math.nan if figure is None else figure)


def _value(told: Operation) -> float | None:
    values = told.get("values")
    first = values[0] if isinstance(values, list) and values else told.get("value")
    return _records.figure(first)


def _state(code: Json) -> State:
    return _at(_STATES, code) or State.FAIL


def _at(items: Sequence[T], place: Json) -> T | None:
    # JSON's true and false are numbers to Python, but none to a journal.
    if not isinstance(place, int) or isinstance(place, bool):
        return None
    return items[place] if 0 <= place < len(items) else None
