"""One metric's points in a JSON document, each told with its own step."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from lrdoctor import metrics
from lrdoctor.readers._records import Json, figure
from lrdoctor.run import Floats

_VALUES = frozenset({"value", "values", "val", "y"})
_NAMES = ("name", "tag", "metric", "key", "metric_name")
_WHOLE = re.compile(r"\d{1,15}")

_Row = tuple[Json, Json, Json]
"""Wall time (None: not told), step and value (None: not logged)."""


def points(name: str, value: Json) -> Floats | None:
    """Wall time (NaN: not told), step and value of each point of a curve, shape (n, 3).

    ``[[wall time, step, value], …]``, ``[[step, value], …]``, ``[{"step": …, "value": …}, …]``,
    ``{"steps": […], "values": […]}`` and ``{"100": 2.5, "200": 2.4}``. None for anything else.

    Args:
        name: what the document calls it. Bare pairs are a curve where that names a metric; they
            may be anything else.
    """
    rows = _rows(value, named=metrics.kind(name) != "other")
    found = None if rows is None else _figures(rows)
    if not found:
        return None
    told: Floats = np.array(found, np.float64)
    walls, steps = told[:, 0], told[:, 1]
    whole = np.isfinite(steps).all() and np.all(steps == np.floor(steps))
    return told if whole and (np.isnan(walls).all() or np.all(np.diff(walls) >= 0)) else None


def by_name(rows: Sequence[Json]) -> dict[str, list[Mapping[str, Json]]]:
    """The rows of ``[{"name": "loss", "step": …, "value": …}, …]`` by what they name; else none."""
    first = rows[0] if rows else None
    if not isinstance(first, dict) or keys(first) is None:
        return {}
    told = next((key for key in _NAMES if isinstance(first.get(key), str)), "")
    found: dict[str, list[Mapping[str, Json]]] = {}
    for row in rows:
        if not isinstance(row, dict) or not isinstance(name := row.get(told), str):
            return {}
        found.setdefault(name, []).append({key: row[key] for key in row if key != told})
    return found


def _rows(value: Json, *, named: bool) -> list[_Row] | None:
    if isinstance(value, dict):
        return _of_lists(value) or (_by_step(value) if named else None)
    if not isinstance(value, list) or not value:
        return None
    first = value[0]
    if isinstance(first, dict):
        told = keys(first)
        if told is None or not all(isinstance(row, dict) and told[1] in row for row in value):
            return None
        wall, step, name = told
        return [(row.get(wall), row.get(step), row.get(name)) for row in value]
    width = len(first) if isinstance(first, list) else 0
    if not all(isinstance(row, list) and len(row) == width for row in value):
        return None
    if width == 3:
        return [(wall, step, figure) for wall, step, figure in value]
    return _paired(value) if width == 2 and named and len(value) > 1 else None


def _of_lists(lists: Mapping[str, Json]) -> list[_Row] | None:
    """The rows of ``{"steps": […], "values": […]}``."""
    walls, steps, values = (lists.get(key) for key in keys(lists) or ("", "", ""))
    if not isinstance(steps, list) or not isinstance(values, list) or len(steps) != len(values):
        return None
    timed = isinstance(walls, list) and len(walls) == len(steps)
    times: Sequence[Json] = walls if timed else [None] * len(steps)  # type: ignore[assignment]
    return list(zip(times, steps, values, strict=True))


def _by_step(cells: Mapping[str, Json]) -> list[_Row] | None:
    """The rows of ``{"100": 2.5, "200": 2.4}``."""
    numbered = len(cells) > 1 and all(_WHOLE.fullmatch(str(key)) for key in cells)
    return _paired([int(key), cell] for key, cell in cells.items()) if numbered else None


def _paired(rows: Iterable[Sequence[Json]]) -> list[_Row] | None:
    """Rows of a step and a value; None where the former does not rise, so that it counts none."""
    told: list[_Row] = [(None, step, value) for step, value in rows]
    steps = [figure(step) for _, step, _ in told]
    rise = all(a is not None and b is not None and a < b for a, b in pairwise(steps))
    return told if rise else None


def keys(row: Mapping[str, Json]) -> tuple[str, str, str] | None:
    """The keys of the time of day ("" for none), of the step and of the value."""
    values = [key for key in row if key.lower() in _VALUES]
    steps = [key for key, _ in metrics.axes(row)] or ["x"] * ("x" in row and values == ["y"])
    if len(values) != 1 or not steps:
        return None
    return next(filter(metrics.is_wall_time, row), ""), steps[0], values[0]


def _figures(rows: Iterable[_Row]) -> list[tuple[float, float, float]] | None:
    """The rows that tell a value; None where one is no point."""
    found = []
    for wall, step, value in rows:
        at, number, time = figure(step), figure(value), figure(wall)
        if at is None or (number is None and value is not None):
            return None
        if number is not None:
            found.append((math.nan if time is None else time, at, number))
    return found
