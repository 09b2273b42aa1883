"""Recognises, by its structure, what a whole JSON document holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lrdoctor import metrics
from lrdoctor.readers import _document_curve
from lrdoctor.readers._records import Json, figure, leaves
from lrdoctor.run import Floats

_DEEPEST = 6
_NUMBERED = re.compile(r"(?:(epoch|step|iter|iteration)[ _-]?)?(\d{1,15})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Records:
    """A list of objects, one a row."""

    rows: Sequence[Mapping[str, Json]]
    name: str = ""
    """Where in the document."""


@dataclass(frozen=True, slots=True)
class Lists:
    """One list of figures a metric; place n of each belongs to row n. None: not logged."""

    columns: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Triples:
    """``[wall time, step, value]`` of one metric, as TensorBoard exports it."""

    tag: str
    points: Floats
    """Shape (n, 3); NaN for no wall time."""
    x_axis: metrics.Axis = "step"


Part = Records | Lists | Triples


def tells_training(names: Sequence[str]) -> bool:
    """Whether names are those of a log's row: a loss, or an accuracy at some step. A list of models
    with their accuracies is no log."""
    kinds = {metrics.kind(name) for name in names}
    return "loss" in kinds or ("accuracy" in kinds and bool(metrics.axes(names)))


def tells_curve(names: Sequence[str]) -> bool:
    """Whether names are those of a point: a step and a value."""
    return _document_curve.keys(dict.fromkeys(names)) is not None


def parts(document: Json, called: str = "") -> Iterator[Part]:
    """Everything in a document that is a log; lists of the same parent stand together.

    Args:
        called: what the file is called: the name of what has none inside it.
    """
    bare = None
    if isinstance(document, list) and not _document_curve.by_name(document):
        bare = _document_curve.points(called, document)
    if bare is not None:
        yield Triples("", bare, _axis_of(document))
        return
    if isinstance(document, dict) and isinstance(document.get("iterations"), list):
        named = _catboost(document)
        if named is not None:
            yield named
            return
    found = list(_parts("", document, 0))
    several = sum(isinstance(part, Records) for part in found) > 1
    for part in found:
        yield _told_apart(part, several) if isinstance(part, Records) else part


def _parts(name: str, value: Json, depth: int) -> Iterator[Part]:
    if depth > _DEEPEST:
        return
    named = _document_curve.by_name(value) if isinstance(value, list) else {}
    if named:
        for key, rows in named.items():
            yield from _parts(key, rows, depth + 1)
        return
    points = _document_curve.points(name, value)
    if points is not None:
        yield Triples(name, points, _axis_of(value))
    elif isinstance(value, list):
        headed = _rows_under(value[0], value[1:]) if value else []
        yield from [Records(headed, name)] if headed else _list(name, value)
    elif isinstance(value, dict) and (found := _numbered(value) or _table(value)):
        yield Records(found, name)
    elif isinstance(value, dict):
        columns: dict[str, list[float | None]] = {}
        for key, inner in value.items():
            path = f"{name}/{key}" if name else str(key)
            path = path.removeprefix("history/").removeprefix("metrics/")
            figures = _figures(inner) if isinstance(inner, list) else _indexed(inner)
            if figures is None:
                yield from _parts(path, inner, depth + 1)
            elif figures:
                columns[path] = figures
        if columns:
            yield Lists(columns)


def _list(name: str, value: list[Json]) -> Iterator[Part]:
    rows = [row for row in value if isinstance(row, dict)]
    if rows and len(rows) == len(value):
        # Inside a document there are other lists of objects, too: layers, callbacks.
        if not name or any(map(_is_logged, rows)):
            yield Records(rows, name)
        return
    figures = _figures(value)
    if figures:
        yield Lists({name: figures})


def _figures(value: Json) -> list[float | None] | None:
    """A list of numbers; blank where ``null``; None for anything else."""
    if not isinstance(value, list):
        return None
    found = []
    for cell in value:
        number = figure(cell)
        if number is None and cell is not None:
            return None
        found.append(number)
    return found


def _numbered(value: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The rows of ``{"epoch_1": {"loss": 2.5}, "epoch_2": …}``, or of bare numbers; else none."""
    rows: list[dict[str, Json]] = []
    for key, inner in value.items():
        told = _NUMBERED.fullmatch(str(key))
        if told is None or not isinstance(inner, dict):
            return []
        rows.append({told[1]: int(told[2]), **inner} if told[1] else dict(inner))
    return rows if any(map(_is_logged, rows)) else []


def _table(value: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The rows of ``{"columns": ["step", "loss"], "data": [[0, 2.5], …]}``, as pandas and W&B save
    a table; else none."""
    return _rows_under(value.get("columns"), value.get("data"))


def _rows_under(names: Json, rows: Json) -> list[dict[str, Json]]:
    """The rows of a table under its columns' names; none where these are no log's."""
    if not isinstance(names, list) or not isinstance(rows, list):
        return []
    if not all(isinstance(name, str) for name in names):
        return []
    alike = all(isinstance(row, list) and len(row) == len(names) for row in rows)
    told = [dict(zip(names, row, strict=True)) for row in rows] if alike else []
    return told if any(map(_is_logged, told)) else []


def _axis_of(curve: Json) -> metrics.Axis:
    """What a curve's steps are, where its keys say so."""
    keys = curve if isinstance(curve, dict) else curve[0] if isinstance(curve, list) else ()
    return "epoch" if isinstance(keys, dict) and metrics.axis(keys)[1] == "epoch" else "step"


def _told_apart(records: Records, several: bool) -> Records:
    """Records whose metrics are called after their list, where that tells the part of the data, or
    where several lists would else be taken for one: ``{"train": [{"loss": 2.5}], "val": […]}``."""
    name = records.name
    if not name or not (several or metrics.split_of(name.rpartition("/")[2]) is not None):
        return records
    return Records([_prefixed(name, row) for row in records.rows], name)


def _prefixed(name: str, row: Mapping[str, Json]) -> dict[str, Json]:
    kept = {axis for axis, _ in metrics.axes(row)} | set(filter(metrics.is_wall_time, row))
    return {key if key in kept else f"{name}/{key}": cell for key, cell in row.items()}


def _is_logged(row: Mapping[str, Json]) -> bool:
    return tells_training([name for name, _ in leaves("", row)])


def _indexed(value: Json) -> list[float | None] | None:
    """The figures of ``{"0": 2.5, "1": 2.4}``, as pandas saves a column; None for anything else."""
    if not isinstance(value, dict) or not value:
        return None
    if any(str(at) != key for at, key in enumerate(value)):
        return None
    return _figures(list(value.values()))


def _catboost(document: Mapping[str, Json]) -> Records | None:
    """CatBoost lists its metrics' names once, in ``meta``, and their values by place."""
    meta, rows = document.get("meta"), document["iterations"]
    if not isinstance(meta, dict) or not isinstance(rows, list):
        return None
    named: list[dict[str, Json]] = []
    for row in rows:
        if not isinstance(row, dict):
            return None
        named.append({})
        for key, cell in row.items():
            names = meta.get(f"{key}_metrics")
            if isinstance(cell, list) and isinstance(names, list) and len(names) == len(cell):
                keys = (f"{key}/{_name(metric)}" for metric in names)
                named[-1].update(zip(keys, cell, strict=True))
            else:
                named[-1][key] = cell
    return Records(named)


def _name(metric: Json) -> str:
    return str(metric.get("name", "")) if isinstance(metric, dict) else str(metric)
