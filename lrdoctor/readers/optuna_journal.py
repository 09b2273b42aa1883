"""Optuna's journal file: one operation on a study or a trial a line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import TypeVar

import msgspec

from lrdoctor.readers import Reader, _optuna, _records, _side
from lrdoctor.readers._lines import LONGEST, Chunk, Lines
from lrdoctor.readers._points import Points
from lrdoctor.readers._records import Json
from lrdoctor.readers._tags import LONGEST_TAG, Tags
from lrdoctor.run import Block, Settings

# optuna/storages/journal/_base.py and _storage.py: JournalOperation, TrialState, StudyDirection.
_CREATE_STUDY, _STUDY_ATTRIBUTE = 0, 3
_CREATE_TRIAL, _PARAMETER, _STATE_OF, _VALUE = 4, 5, 6, 7
_ENDED = (1, 2, 3)
_MAXIMISE = 2
_MOST_TRIALS = 100_000

Operation = Mapping[str, Json]
T = TypeVar("T")


class _Study(msgspec.Struct):
    name: str
    tag: str
    minimise: bool
    trials: int = 0


class _Trial(msgspec.Struct):
    study: int
    run: str
    parameters: dict[str, str | float | bool] = {}
    ended: bool = False


class _State(msgspec.Struct):
    rest: bytes
    number: int
    skipping: bool
    studies: list[_Study]
    trials: list[_Trial]
    tags: list[str]
    told: int


class OptunaJournal(Reader):
    """Optuna's journal file: the intermediate values of every trial, with its parameters.

    Runs are called ``study/trial 7``. What a study minimises counts as a loss. Studies and trials
    have no number but their place in the file.
    """

    patterns = ("*.log", "*.journal", "*.jsonl")

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._lines = Lines()
        self._studies: list[_Study] = []
        self._trials: list[_Trial] = []
        self._by_run: dict[str, _Trial] = {}
        self._tags = Tags(self)

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        first, end, _ = head.partition(b"\n")
        told = operation(first) if end else None
        return 0.98 if told is not None and "worker_id" in told else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        points = Points()
        for chunk in self._lines.feed(data):
            self._chunk(chunk, points)
        yield from points.blocks(self._tags)

    def finish(self) -> Iterator[Block]:
        number, line = self._lines.number, self._lines.last()
        if line.strip() or self._lines.skipping:
            self.tell(number, "unfinished last line")
        return iter(())

    def settings_of(self, run: str) -> Settings:
        trial = self._by_run.get(run)
        return self.settings if trial is None else _side.settings_of(trial.parameters)

    def ended(self, run: str) -> bool:
        trial = self._by_run.get(run)
        return trial is not None and trial.ended

    def state(self) -> bytes:
        lines = self._lines
        held = _State(bytes(lines.rest), lines.number, lines.skipping, self._studies,
                      self._trials, self._tags.known, self.told)  # fmt: skip
        return msgspec.msgpack.encode(held)

    @classmethod
    def restore(cls, state: bytes) -> OptunaJournal:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._lines = Lines(held.rest, held.number, held.skipping)
        reader._studies, reader._trials = held.studies, held.trials
        reader._by_run = {trial.run: trial for trial in held.trials}
        reader._tags = Tags(reader, held.tags)
        reader.told = held.told
        return reader

    def _chunk(self, chunk: Chunk, points: Points) -> None:
        if chunk.too_long:
            self.tell(chunk.first, f"a line of more than {LONGEST} bytes is passed over")
            return
        for number, line in enumerate(chunk.lines(), chunk.first):
            told = operation(line)
            if told is not None:
                self._apply(told, points)
            elif line.strip():
                self.tell(number, f"no operation: {line[:40].decode(errors='replace')!r}")

    def _apply(self, operation: Operation, points: Points) -> None:
        match operation["op_code"]:
            case int(code) if code == _CREATE_STUDY:
                self._create_study(operation)
            case int(code) if code == _STUDY_ATTRIBUTE:
                self._name(operation)
            case int(code) if code == _CREATE_TRIAL:
                self._create_trial(operation, points)
            case int(code) if code in (_PARAMETER, _STATE_OF, _VALUE):
                trial = _at(self._trials, operation.get("trial_id"))
                if trial is not None and not trial.ended:
                    self._change(code, trial, operation, points)

    def _create_study(self, operation: Operation) -> None:
        name, directions = str(operation.get("study_name")), operation.get("directions")
        # A second worker's attempt to create what is there counts for nothing.
        if len(self._studies) < _MOST_TRIALS and all(s.name != name for s in self._studies):
            minimise = not (isinstance(directions, list) and directions[:1] == [_MAXIMISE])
            self._studies.append(_Study(name, _optuna.tag(None, minimise=minimise), minimise))

    def _name(self, operation: Operation) -> None:
        study, told = _at(self._studies, operation.get("study_id")), operation.get("system_attr")
        if study is not None and isinstance(told, dict) and _optuna.METRIC_NAMES in told:
            study.tag = _optuna.tag(told[_optuna.METRIC_NAMES], minimise=study.minimise)

    def _create_trial(self, operation: Operation, points: Points) -> None:
        at = operation.get("study_id")
        study = _at(self._studies, at)
        if study is None or not isinstance(at, int) or len(self._trials) >= _MOST_TRIALS:
            return
        run = _optuna.run_name(study.name, study.trials)
        trial = _Trial(at, run if len(run) <= LONGEST_TAG else f"{run[: LONGEST_TAG - 1]}…")
        study.trials += 1
        self._trials.append(trial)
        self._by_run[trial.run] = trial
        # One that was added whole, or a template that waits to be run.
        parameters, distributions = operation.get("params"), operation.get("distributions")
        if isinstance(parameters, dict) and isinstance(distributions, dict):
            for name, value in parameters.items():
                self._set(trial, name, value, distributions.get(name))
        values = operation.get("intermediate_values")
        for step, value in values.items() if isinstance(values, dict) else ():
            self._report(trial, step, value, points)
        trial.ended = operation.get("state") in _ENDED

    def _change(self, code: int, trial: _Trial, operation: Operation, points: Points) -> None:
        if code == _PARAMETER:
            name, value = operation.get("param_name"), operation.get("param_value_internal")
            self._set(trial, str(name), value, operation.get("distribution"))
        elif code == _STATE_OF:
            trial.ended = operation.get("state") in _ENDED
        else:
            value = operation.get("intermediate_value")
            self._report(trial, operation.get("step"), value, points)

    def _set(self, trial: _Trial, name: str, value: Json, distribution: Json) -> None:
        told = _optuna.parameter(value, distribution)
        if isinstance(told, str | int | float) and len(trial.parameters) < _side.MOST:
            kept = told[:LONGEST_TAG] if isinstance(told, str) else told
            trial.parameters[name] = kept if isinstance(kept, str | bool) else float(kept)

    def _report(self, trial: _Trial, step: Json, value: Json, points: Points) -> None:
        figure = _records.figure(value)
        at = int(step) if isinstance(step, str) and step.lstrip("-").isdecimal() else step
        if figure is not None and isinstance(at, int):
            points.add(self._studies[trial.study].tag, at, figure, math.nan, trial.run)


def operation(line: bytes) -> Operation | None:
    """What a line of a journal does; None where it is none of a journal's."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        value = _records.parse(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("op_code"), int) else None


def _at(items: list[T], place: Json) -> T | None:
    return items[place] if isinstance(place, int) and 0 <= place < len(items) else None
