"""JSON objects into rows: nested names joined by ``/``, words left out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import orjson
from numpy.typing import NDArray

from lrdoctor import metrics
from lrdoctor.readers._cells import number
from lrdoctor.readers._live import LiveRow
from lrdoctor.readers._rows import Column, Rows
from lrdoctor.run import Block, Ints

_DEEPEST = 8
# As C and Python print them, where a value stands; Python's reader takes NaN and Infinity only.
_NO_NUMBER = re.compile(r"(?<=[:,\[\s])([+-]?)(nan|inf(?:inity)?)(?=\s*[,\]}])", re.IGNORECASE)
_LONGEST_LIST = 16
"""A list of more figures is no handful of parameter groups, nor COCO's twelve, but data."""

CLOSING = "train_runtime"
"""A name in Hugging Face's last record alone."""

_ESCAPE = re.compile(
    r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})", re.DOTALL
)
"""A backslash, a character spelt as two halves, or half a one: no text that could be kept."""

Json = object


def parse(text: bytes) -> Json:
    """A JSON value, bare ``NaN`` and ``Infinity`` included.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return _with_nan(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def record(line: bytes) -> Mapping[str, Json] | None:
    """The JSON object that a line is; None for anything else."""
    try:
        value = parse(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _with_nan(text: bytes) -> Json:
    shown = _ESCAPE.sub(_whole, text.decode(errors="replace"))
    try:
        value: Json = json.loads(shown)
    except json.JSONDecodeError:
        spelt, found = _NO_NUMBER.subn(_as_json, shown)
        if not found:
            raise
        value = json.loads(spelt)
    return value


def _whole(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]


def _as_json(told: re.Match[str]) -> str:
    sign, word = told[1], told[2].lower()
    return "NaN" if word == "nan" else f"{'-' if sign == '-' else ''}Infinity"


def figure(cell: Json) -> float | None:
    """The number in a JSON value; numbers that were written as strings count."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, float):
        return cell
    if isinstance(cell, int):
        try:
            return float(cell)
        except OverflowError:
            return math.inf if cell > 0 else -math.inf
    return number(cell.strip()) if isinstance(cell, str) and len(cell) < 64 else None


def plain(record: Json, names: Sequence[str]) -> list[float] | None:
    """The figures of a record of just these names; None where it has others, or any cell is no
    bare number."""
    if not isinstance(record, dict) or list(record) != names:
        return None
    cells = record.values()
    try:
        return list(map(float, cells)) if set(map(type, cells)) <= {float, int} else None
    except OverflowError:
        return None


def live_row(rows: Rows, run: str, record: Mapping[str, Json]) -> LiveRow | None:
    """What takes further records like one; None where those may tell more than a step and figures.

    Args:
        run: which run inside the log goes on.
    """
    names = list(record)
    if plain(record, names) is None or not {"", CLOSING}.isdisjoint(names):
        return None
    row = LiveRow(names, rows, run)
    return row if row.possible else None


def leaves(name: str, cell: Json, depth: int = 0) -> Iterator[tuple[str, float]]:
    """The figures below a name. Objects in a list are rows of their own, such as skorch's batches
    of an epoch: no metrics of the row that holds them."""
    if isinstance(cell, dict) and depth < _DEEPEST:
        for key, inner in cell.items():
            yield from leaves(f"{name}/{key}" if name else str(key), inner, depth + 1)
    elif isinstance(cell, list) and len(cell) <= _LONGEST_LIST and depth < _DEEPEST:
        for place, inner in enumerate(cell):
            one = name if len(cell) == 1 else f"{name}/{place}"
            if not isinstance(inner, dict):
                yield from leaves(one, inner, depth + 1)
    else:
        value = figure(cell)
        if value is not None:
            yield name, value


def tells_metrics(record: Mapping[str, Json], own: Mapping[str, str] | None = None) -> bool:
    """Whether a record belongs to the log proper, rather than to a preamble of settings.

    Args:
        own: what the user says that columns are.
    """
    names = [name for name, _ in leaves("", record)]
    return bool(metrics.axes(names, own)) or any(
        metrics.kind(name) in ("loss", "accuracy") or name in (own or {}) for name in names
    )


def blocks(rows: Rows, records: Sequence[Mapping[str, Json]]) -> Iterator[Block]:
    """The blocks of consecutive records."""
    start = 0
    while start < len(records) and not rows.axis.decided:
        # Records before the first that names an axis or a metric are settings, not rows.
        if tells_metrics(records[start], rows.own):
            yield from _blocks(rows, records[start : start + 1])
        start += 1
    yield from _blocks(rows, records[start:] if start else records)


def _blocks(rows: Rows, records: Sequence[Mapping[str, Json]]) -> Iterator[Block]:
    """Records of the same keys are turned into columns together."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, record in enumerate(records):
        groups.setdefault(tuple(record), []).append(index)
    validation: NDArray[np.bool_] | None = None
    parts: dict[str, list[Column]] = {}
    for keys, members in groups.items():
        at = None if len(groups) == 1 else np.array(members, np.int64)
        cells_of = zip(*(records[i].values() for i in members), strict=True)
        last = CLOSING in keys
        for key, cells in zip(keys, cells_of, strict=True):
            if last and key == "train_loss":
                continue  # of Hugging Face's last record, the mean over the whole run
            if metrics.is_phase(key):
                validation = np.zeros(len(records), bool) if validation is None else validation
                validation[members] |= [_is_validation(cell) for cell in cells]
            for name, column in _column(key, cells, at):
                parts.setdefault(name, []).append(column)
    columns = {name: joined(found) for name, found in parts.items()}

    @cache
    def places(row: int) -> dict[str, int]:
        record = records[row]
        names = (name for key, cell in record.items() for name, _ in leaves(key, cell))
        return {name: place for place, name in enumerate(names)}

    yield from rows.blocks(columns, len(records), validation, places)


def _is_validation(cell: Json) -> bool:
    """Whether a word such as ``"val"`` says that a record holds validation figures."""
    return isinstance(cell, str) and metrics.split_of(cell) == "val"


def _column(key: str, cells: Sequence[Json], at: Ints | None) -> Iterator[tuple[str, Column]]:
    """The figures below one key; ``at``: in which rows the cells are, None: in every one."""
    if set(map(type, cells)) <= {float, int}:
        try:
            yield key, Column(at, np.array(cells, np.float64))
            return
        except OverflowError:
            pass
    found: dict[str, tuple[list[int], list[float]]] = {}
    rows_of = range(len(cells)) if at is None else at.tolist()
    for index, cell in zip(rows_of, cells, strict=True):
        for name, value in leaves(key, cell):
            rows, values = found.setdefault(name, ([], []))
            rows.append(index)
            values.append(value)
    for name, (rows, values) in found.items():
        yield name, Column(np.array(rows, np.int64), np.array(values))


def joined(columns: list[Column]) -> Column:
    if len(columns) == 1:
        return columns[0]
    rows = np.concatenate([np.arange(len(c.values)) if c.rows is None else c.rows for c in columns])
    order = np.argsort(rows, kind="stable")
    return Column(rows[order], np.concatenate([c.values for c in columns])[order])
