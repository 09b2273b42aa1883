"""Several runs together, and a range test, as JSON for their pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import orjson

from lrdoctor import doctor
from lrdoctor.diagnosis import Json, Severity
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import Measure, comparison, finder
from lrdoctor.learning_rate.trial import Trial
from lrdoctor.rules import Rule
from lrdoctor.run import Run
from lrdoctor.server.refused import Refusal, refused
from lrdoctor.server.standing import Line, troubles
from lrdoctor.sweep.logs import study_of
from lrdoctor.sweep.pruning import Decision, plan, standings

DRAWN = 600
"""Points of a range test that are sent: as many as a chart has pixels for."""


def compared(
    runs: Sequence[Run], measure: Measure, growing: Mapping[str, Line], rules: Sequence[Rule]
) -> bytes:
    """Runs of one experiment side by side.

    Args:
        growing: of those whose log still grows, the line in the store by their path.
        rules: those in force, with their thresholds: a run's page says what they find.

    Raises:
        Refusal: they cannot be compared; says why.
    """
    try:
        told = comparison.compare(runs, measure, partial(doctor.alarms, rules=rules))
    except UsageError as error:
        raise Refusal(refused(422, str(error))) from error
    answer = {**told.to_dict(), "trials": [_by_id(trial) for trial in told.trials]}
    return orjson.dumps({**answer, "stop": _to_stop(runs, growing, told.metric)})


def _to_stop(
    runs: Sequence[Run], growing: Mapping[str, Line], metric: str
) -> list[dict[str, Json]]:
    """Of the runs that grow, those that ``lrdoctor sweep prune`` would stop now, and why."""
    if not growing:
        return []
    study = study_of(runs, lambda run: run.path in growing, metric=metric)
    try:
        found = standings(study, plan(study), lambda trial: _lost(growing[runs[trial.number].path]))
    except UsageError:
        return []  # how long a run lasts is not known yet, so there are no rungs
    return [
        {"id": runs[one.number].path, "reason": one.reason, "source": one.source,
         "saved_steps": one.saved}
        for one in found if one.decision is Decision.STOP
    ]  # fmt: skip


def _lost(line: Line) -> str | None:
    critical = Severity.CRITICAL.value
    lost = any(one["severity"] == critical for one in troubles(line))
    return str(line["headline"]) if lost else None


def _by_id(trial: Trial) -> dict[str, Json]:
    """The trial with ``id`` for ``path``: no answer names a place on the server's disk."""
    told = trial.to_dict()
    return {"id": told.pop("path"), **told}


def swept(run: Run, optimizer: str | None = None) -> bytes:
    """A learning-rate range test with its landmarks.

    Args:
        run: the test.
        optimizer: its canonical name; None: as the log tells.

    Raises:
        Refusal: the run is none; says why.
    """
    if optimizer is not None:
        run.settings = replace(run.settings, optimizer=optimizer)
    try:
        told = finder.report(run)
    except UsageError as error:
        reason = str(error).removeprefix(f"{run.path}: ")
        raise Refusal(refused(422, reason)) from error
    answer = told.to_dict()
    points = answer["points"]
    assert isinstance(points, list)
    if len(points) > DRAWN:
        keep = np.unique(np.linspace(0, len(points) - 1, DRAWN).astype(int))
        answer["points"] = [points[at] for at in keep]
    return orjson.dumps(answer)
