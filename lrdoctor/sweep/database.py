"""Studies out of Optuna's SQLite database, read from outside: no lock, and no Optuna needed."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable
from pathlib import PurePath

from lrdoctor.errors import LogUnreadable
from lrdoctor.follow.database import MAGIC, Database
from lrdoctor.follow.tail import Piece
from lrdoctor.readers import _optuna, _sqlite
from lrdoctor.readers._sqlite import Cell, Tables
from lrdoctor.readers.optuna_database import KINDS, OptunaDatabase, metrics_of
from lrdoctor.sweep._builder import StudyBuilder, TrialBuilder
from lrdoctor.sweep.trial import State, Study

__all__ = ["MAGIC", "is_studies", "studies"]

ATTEMPTS = 20
"""Looks at a database whose writer does not come to rest; a tenth of a second lies between two."""


def is_studies(path: str, *, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Whether a database is one of Optuna's, by its schema.

    Raises:
        LogUnreadable: its writer is busy.
        OSError: it is gone or out of reach.
    """
    return OptunaDatabase.recognises(PurePath(path), _read(path, sleep).head or b"") > 0


def studies(path: str, *, sleep: Callable[[float], None] = time.sleep) -> list[Study]:
    """Every study of the database as of its last commit.

    Raises:
        LogUnreadable: it is no database of Optuna's, is broken, or its writer is busy.
        OSError: it is gone or out of reach.
    """
    tables = Tables(_read(path, sleep).data)
    try:
        return [builder.study(path) for builder in _builders(tables)]
    except sqlite3.Error as error:
        raise LogUnreadable(f"{path}: no database of Optuna's: {error}") from error
    finally:
        tables.close()


def _read(path: str, sleep: Callable[[float], None]) -> Piece:
    for left in reversed(range(ATTEMPTS)):
        try:
            return Database(path).read(time.time())
        except BlockingIOError:
            if not left:
                raise LogUnreadable(f"{path}: its writer is busy: try again") from None
            sleep(0.1)
    raise AssertionError


def _builders(tables: Tables) -> list[StudyBuilder]:
    metrics = metrics_of(tables)
    upward = {
        study
        for study, direction, objective in tables.rows(
            "study_directions", "study_id", "direction", "objective"
        )
        if objective == 0 and direction == "MAXIMIZE"
    }
    studies: dict[Cell, StudyBuilder] = {
        key: StudyBuilder(str(name), key not in upward, metrics.get(key, _optuna.MINIMISED))
        for key, name in tables.rows("studies", "study_id", "study_name")
    }
    trials: dict[Cell, TrialBuilder] = {}
    for key, study, state in tables.rows("trials", "trial_id", "study_id", "state"):
        if study in studies:
            trials[key] = studies[study].add(_STATES.get(str(state), State.FAIL))
    for key, name, value, distribution in tables.rows(
        "trial_params", "trial_id", "param_name", "param_value", "distribution_json"
    ):
        if key in trials:
            told = _optuna.parameter(value, distribution)
            trials[key].set(str(name), told, _optuna.span(distribution))
    for key, objective, value, kind in tables.rows(
        "trial_values", "trial_id", "objective", "value", "value_type"
    ):
        if key in trials and objective == 0:
            trials[key].value = _figure(value, kind)
    reports = tables.rows("trial_intermediate_values", "trial_id", "step", "intermediate_value",
                          "intermediate_value_type")  # fmt: skip
    for key, step, value, kind in reports:
        if key in trials and isinstance(step, int):
            trials[key].report(step, _figure(value, kind))
    return list(studies.values())


_STATES = {state.name: state for state in State}


def _figure(value: Cell, kind: Cell) -> float:
    told = KINDS.get(str(kind), _sqlite.number(value))
    return math.nan if told is None else told
