"""What the screen shows of several runs together, and of a learning-rate range test.

The runs are put together anew from the store; the answers are those of ``lrdoctor compare``,
``range-test``, ``schedule`` and ``plateau``, with the runs' ids in the place of their paths.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence, Set

import numpy as np
import orjson

from lrdoctor.diagnosis import Json
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import comparison, finder
from lrdoctor.learning_rate.comparison import Measure, Trial
from lrdoctor.run import Run
from lrdoctor.server.planned import planned
from lrdoctor.server.rebuilt import rebuilt
from lrdoctor.server.refused import Refusal, refused
from lrdoctor.server.source import Source
from lrdoctor.store import RunRecord
from lrdoctor.sweep.logs import study_of
from lrdoctor.sweep.pruning import Decision, plan, standings

MOST_RUNS = 100
"""More curves than that can no longer be told apart, and each costs a read of its points."""
NEEDED = ("train/loss", "val/loss", "lr", "grad_norm")
DRAWN = 600
"""Points of a range test that are sent: as many as a chart has pixels for."""
KEPT = 64
"""Answers kept: other viewers and the next look at the same runs ask for the same."""


class Experiments:
    """Answers about runs by their ids; keeps the newest answers until one of the runs grows."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    def compare(self, ids: Sequence[str], measure: Measure) -> bytes:
        """``/api/compare``.

        Raises:
            Refusal: there is no such run, or they cannot be compared; says why.
        """
        records = [self._record(id) for id in dict.fromkeys(ids)]
        key = (measure, *((record.id, record.version) for record in records))
        growing = {record.id for record in records if record.growing}
        return self._kept(
            (*key, *sorted(growing)),
            lambda: _compared([self._run(r) for r in records], measure, growing),
        )

    def range_test(self, id: str) -> bytes:
        """``/api/range``.

        Raises:
            Refusal: there is no such run, or it is no range test; says why.
        """
        record = self._record(id)
        return self._kept(("range", id, record.version), lambda: _swept(self._run(record)))

    def schedule(self, id: str) -> bytes:
        """``/api/schedule``.

        Raises:
            Refusal: there is no such run, or it tells no learning rate; says why.
        """
        record = self._record(id)
        return self._kept(("schedule", id, record.version), lambda: self._planned(record))

    def _kept(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        with self._lock:
            known = self._answers.get(key)
            if known is not None:
                self._answers.move_to_end(key)
                return known
        made = make()
        with self._lock:
            self._answers[key] = made
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return made

    def _planned(self, record: RunRecord) -> bytes:
        line = orjson.loads(record.line)
        return planned(rebuilt(self._source, record, line, _is_needed), line)

    def _record(self, id: str) -> RunRecord:
        record = self._source.record(id)
        if record is None:
            raise Refusal(refused(404, "there is no run of this id"))
        return record

    def _run(self, record: RunRecord) -> Run:
        return rebuilt(self._source, record, orjson.loads(record.line), _is_needed)


def _is_needed(name: str) -> bool:
    return name in NEEDED or "loss" in name


def _compared(runs: Sequence[Run], measure: Measure, growing: Set[str]) -> bytes:
    try:
        told = comparison.compare(runs, measure)
    except UsageError as error:
        raise Refusal(refused(422, str(error))) from error
    answer = {**told.to_dict(), "trials": [_by_id(trial) for trial in told.trials]}
    return orjson.dumps({**answer, "stop": _to_stop(runs, growing, told.metric)})


def _to_stop(runs: Sequence[Run], growing: Set[str], metric: str) -> list[dict[str, Json]]:
    """Of the runs that grow, those that ``lrdoctor sweep prune`` would stop now, and why."""
    if not growing:
        return []
    study = study_of(runs, lambda run: run.path in growing, metric=metric)
    try:
        found = standings(study, plan(study))
    except UsageError:
        return []  # how long a run lasts is not known yet, so there are no rungs
    return [
        {"id": runs[one.number].path, "reason": one.reason, "source": one.source,
         "saved_steps": one.saved}
        for one in found if one.decision is Decision.STOP
    ]  # fmt: skip


def _by_id(trial: Trial) -> dict[str, Json]:
    """The trial with ``id`` for ``path``: no answer names a place on the server's disk."""
    told = trial.to_dict()
    return {"id": told.pop("path"), **told}


def _swept(run: Run) -> bytes:
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
