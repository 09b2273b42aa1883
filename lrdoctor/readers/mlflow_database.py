"""MLflow's SQLite store, ``mlflow.db``: the runs of all experiments."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import PurePath

from lrdoctor.readers import _side, _sqlite
from lrdoctor.readers._points import Points, seconds
from lrdoctor.readers._sqlite import Cell, Tables
from lrdoctor.run import Block

_DELETED = "deleted"
_RUNNING = ("RUNNING", "SCHEDULED")


class MlflowDatabase(_sqlite.Database):
    """MLflow's SQLite store: every run of every experiment, with its params.

    Runs are called ``experiment/run``. Deleted ones are passed over, as MLflow does. NaN is stored
    as 0 with a mark, infinity as the largest float.
    """

    patterns = ("*.db", "*.sqlite", "*.sqlite3")

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if _sqlite.recognised(head, "latest_metrics"):
            return 0.99
        # The first bytes of an MLflow database do not reach its tables' names.
        return 0.5 if path.name == "mlflow.db" and head.startswith(_sqlite.MAGIC) else 0.0

    def _runs(self, tables: Tables) -> Iterator[Block]:
        experiments = {
            identity: str(name)
            for identity, name, stage in tables.rows(
                "experiments", "experiment_id", "name", "lifecycle_stage"
            )
            if stage != _DELETED
        }
        found = [
            (str(identity), f"{experiments[experiment]}/{name or identity!s}", status)
            for identity, name, experiment, status, stage in tables.rows(
                "runs", "run_uuid", "name", "experiment_id", "status", "lifecycle_stage"
            )
            if stage != _DELETED and experiment in experiments
        ]
        names = self._named((identity, name) for identity, name, _ in found)
        self._settle(tables, names)
        for known, _, status in found:
            if known in names:
                self._facts[names[known]].ended = status not in _RUNNING
        points = Points()
        for key, value, wall, identity, step, is_nan in tables.rows(
            "metrics", "key", "value", "timestamp", "run_uuid", "step", "is_nan"
        ):
            run, figure = names.get(str(identity)), _figure(value, is_nan)
            if run is not None and figure is not None:
                at = int(step) if isinstance(step, int) else 0
                told = float(wall) if isinstance(wall, int | float) else 0.0
                points.add(str(key), at, figure, seconds(told), run)
        yield from self._counted(points)

    def _settle(self, tables: Tables, names: dict[str, str]) -> None:
        parameters: dict[str, dict[str, object]] = {}
        for key, value, identity in tables.rows("params", "key", "value", "run_uuid"):
            run = names.get(str(identity))
            if run is not None:
                parameters.setdefault(run, {})[str(key)] = value
        for run, told in parameters.items():
            self._facts[run].settings = _side.settings_of(told)


def _figure(value: Cell, is_nan: Cell) -> float | None:
    if is_nan:
        return math.nan
    figure = _sqlite.number(value)
    if figure is not None and abs(figure) == sys.float_info.max:
        return math.copysign(math.inf, figure)
    return figure
