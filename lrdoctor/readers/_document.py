"""Recognises, by its structure, what a whole JSON document holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor import metrics
from lrdoctor.readers._records import Json, figure, leaves
from lrdoctor.run import Floats

_DEEPEST = 6
_NUMBERED = re.compile(r"(?:(epoch|step|iter|iteration)[ _-]?)?(\d{1,15})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Records:
    """A list of objects, one a row."""

    rows: Sequence[Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class Lists:
    """One list of figures a metric; place n of each belongs to row n. None: not logged."""

    columns: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Triples:
    """``[wall time, step, value]`` of one metric, as TensorBoard exports it."""

    tag: str
    points: Floats
    """Shape (n, 3)."""


Part = Records | Lists | Triples


def tells_training(names: Sequence[str]) -> bool:
    """Whether names are those of a log's row: a loss, or an accuracy at some step. A list of models
    with their accuracies is no log."""
    kinds = {metrics.kind(name) for name in names}
    return "loss" in kinds or ("accuracy" in kinds and bool(metrics.axes(names)))


def parts(document: Json) -> Iterator[Part]:
    """Everything in a document that is a log; lists of the same parent stand together."""
    if isinstance(document, dict) and isinstance(document.get("iterations"), list):
        named = _catboost(document)
        if named is not None:
            yield named
            return
    yield from _parts("", document, 0)


def _parts(name: str, value: Json, depth: int) -> Iterator[Part]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        yield from _list(name, value)
    elif isinstance(value, dict) and (rows := _numbered(value)):
        yield Records(rows)
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
            yield Records(rows)
        return
    points = _triples(value)
    if points is not None:
        yield Triples(name, points)
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


def _is_logged(row: Mapping[str, Json]) -> bool:
    return tells_training([name for name, _ in leaves("", row)])


def _indexed(value: Json) -> list[float | None] | None:
    """The figures of ``{"0": 2.5, "1": 2.4}``, as pandas saves a column; None for anything else."""
    if not isinstance(value, dict) or not value:
        return None
    if any(str(at) != key for at, key in enumerate(value)):
        return None
    return _figures(list(value.values()))


def _triples(value: list[Json]) -> Floats | None:
    if not value or not all(isinstance(row, list) and len(row) == 3 for row in value):
        return None
    figures = [_figures(row) for row in value]
    if any(row is None or None in row for row in figures):
        return None
    points: Floats = np.array(figures, np.float64)
    whole = np.all(points[:, 1] == np.floor(points[:, 1]))
    return points if whole and np.all(np.diff(points[:, 0]) >= 0) else None


def _catboost(document: Mapping[str, Json]) -> Records | None:
    """CatBoost lists its metrics' names once, in ``meta``, and their values by place."""
    meta, rows = document.get("meta"), document["iterations"]
    if not isinstance(meta, dict) or not isinstance(rows, list):
        return None
    named = []
    for row in rows:
        if not isinstance(row, dict):
            return None
        flat: dict[str, Json] = {}
        for key, cell in row.items():
            names = meta.get(f"{key}_metrics")
            if isinstance(cell, list) and isinstance(names, list) and len(names) == len(cell):
                for metric, one in zip(names, cell, strict=True):
                    flat[f"{key}/{_name(metric)}"] = one
            else:
                flat[key] = cell
        named.append(flat)
    return Records(named)


def _name(metric: Json) -> str:
    return str(metric.get("name", "")) if isinstance(metric, dict) else str(metric)
