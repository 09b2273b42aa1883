"""Optuna's studies in SQLite: each trial's intermediate values are a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import PurePath

from lrdoctor.readers import _optuna, _side, _sqlite
from lrdoctor.readers._points import Points
from lrdoctor.readers._records import Json, parse
from lrdoctor.readers._sqlite import Cell, Tables
from lrdoctor.run import Block

_GOING_ON = ("RUNNING", "WAITING")
KINDS = {"NAN": math.nan, "INF_POS": math.inf, "INF_NEG": -math.inf}


class OptunaDatabase(_sqlite.Database):
    """Optuna's studies in SQLite: the intermediate values of every trial, with its parameters.

    Runs are called ``study/trial 7``. What a study minimises counts as a loss. A trial that
    reported nothing is no run.
    """

    patterns = ("*.db", "*.sqlite", "*.sqlite3")

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return 0.99 if _sqlite.recognised(head, "trial_intermediate_values") else 0.0

    def _runs(self, tables: Tables) -> Iterator[Block]:
        tags = metrics_of(tables)
        studies = {key: str(name) for key, name in tables.rows("studies", "study_id", "study_name")}
        trials = {
            str(key): (study, int(number) if isinstance(number, int) else 0, state)
            for key, number, study, state in tables.rows(
                "trials", "trial_id", "number", "study_id", "state"
            )
            if study in studies
        }
        values = list(
            tables.rows("trial_intermediate_values", "trial_id", "step", "intermediate_value",
                        "intermediate_value_type")
        )  # fmt: skip
        reported = {str(key) for key, *_ in values}
        names = self._named(
            (key, _optuna.run_name(studies[study], number))
            for key, (study, number, _) in trials.items()
            if key in reported
        )
        points = Points()
        for key, step, value, kind in values:
            run = names.get(str(key))
            figure = KINDS.get(str(kind), _sqlite.number(value))
            if run is not None and figure is not None and isinstance(step, int):
                tag = tags.get(trials[str(key)][0], _optuna.MINIMISED)
                points.add(tag, step, figure, math.nan, run)
        for key, run in names.items():
            self._facts[run].ended = trials[key][2] not in _GOING_ON
        self._settle(tables, names)
        yield from points.blocks(self._tags)

    def _settle(self, tables: Tables, names: dict[str, str]) -> None:
        parameters: dict[str, dict[str, Json]] = {}
        for key, name, value, distribution in tables.rows(
            "trial_params", "trial_id", "param_name", "param_value", "distribution_json"
        ):
            run = names.get(str(key))
            if run is not None:
                told = _optuna.parameter(value, distribution)
                parameters.setdefault(run, {})[str(name)] = told
        for run, own in parameters.items():
            self._facts[run].settings = _side.settings_of(own)


def metrics_of(tables: Tables) -> dict[Cell, str]:
    """What each study's values are called."""
    directions = {
        study: direction
        for study, direction, objective in tables.rows(
            "study_directions", "study_id", "direction", "objective"
        )
        if objective == 0
    }
    named: dict[Cell, Json] = {}
    for study, key, value in tables.rows(
        "study_system_attributes", "study_id", "key", "value_json"
    ):
        if key == _optuna.METRIC_NAMES:
            try:
                named[study] = parse(str(value).encode())
            except ValueError:
                continue  # what is no JSON names nothing
    return {
        study: _optuna.tag(named.get(study), minimise=direction != "MAXIMIZE")
        for study, direction in directions.items()
    }
