"""Trials as a table: CSV and JSON, written and read back.

The CSV has Optuna's columns (``Study.trials_dataframe``): ``number``, ``value``, ``state`` and a
``params_`` column for each parameter; what was reported on the way is a JSON object in
``intermediate_values``. Tables that ``trials_dataframe().to_csv()`` made are read as well.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

from lrdoctor.errors import LogUnreadable
from lrdoctor.sweep._builder import StudyBuilder
from lrdoctor.sweep.trial import Plain, State, Study, Trial, thinned

SUFFIXES = (".csv", ".json")
LARGEST = 256 << 20
_FIELD = 16 << 20
_REPORTS = "intermediate_values"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""How a text begins that a spreadsheet runs, unless an apostrophe stands before it."""
_DOCUMENT = re.compile(rb'\A\s*\{.*"trials"\s*:\s*\[\s*(\]|\{\s*"number"\s*:)', re.S)


def text(study: Study, *, as_json: bool) -> str:
    """The study's trials as a JSON document, or as CSV with a row a trial."""
    if study.dense:
        study = replace(study, trials=tuple(map(thinned, study.trials)), dense=False)
    if as_json:
        return json.dumps(document(study), allow_nan=False, indent=1) + "\n"
    rows = list(_rows(study))
    file = StringIO(newline="")
    names = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def document(study: Study) -> dict[str, object]:
    """The study as one JSON object. Non-finite numbers are the strings "nan", "inf", "-inf"."""
    return {
        "schema": 1, "study": study.name, "metric": study.metric,
        "direction": "minimize" if study.minimise else "maximize",
        "trials": [trial.to_dict() for trial in study.trials],
    }  # fmt: skip


def _rows(study: Study) -> Iterable[dict[str, object]]:
    names = dict.fromkeys(name for trial in study.trials for name in trial.params)
    for trial in study.trials:
        pairs = zip(trial.steps.tolist(), trial.values.tolist(), strict=True)
        reports = {str(step): v if math.isfinite(v) else str(v) for step, v in pairs}
        yield {
            "number": trial.number, "name": _cell(trial.name),
            "value": "" if trial.value is None else repr(trial.value),
            "state": trial.state.name,
            **{f"params_{name}": _cell(trial.params.get(name, "")) for name in names},
            _REPORTS: json.dumps(reports, allow_nan=False),
        }  # fmt: skip


def _cell(value: Plain) -> Plain:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _text(cell: str) -> str:
    """A text as it was before ``_cell``."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell[1:]) else cell


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a table of trials, and no log."""
    if path.suffix.lower() == ".csv":
        header = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[0].decode(errors="replace")
        names = {name.strip().strip('"') for name in header.split(",")}
        return {"number", "value", "state"} <= names
    return path.suffix.lower() == ".json" and _DOCUMENT.search(head) is not None


def read(path: Path, *, minimise: bool = True) -> Study:
    """The study that a table holds.

    Args:
        minimise: which way a CSV's values are good; JSON says so itself.

    Raises:
        LogUnreadable: it is no table of trials, or a cell is broken; says which.
        OSError: it cannot be read.
    """
    if path.stat().st_size > LARGEST:
        raise LogUnreadable(f"{path}: a table of more than {LARGEST >> 20} MiB")
    try:
        if path.suffix.lower() == ".json":
            return _of_document(json.loads(path.read_text("utf-8")), path)
        return _of_rows(path, minimise)
    except (ValueError, csv.Error, RecursionError) as error:  # also of a number of 5,000 digits
        raise LogUnreadable(f"{path}: {error}") from error


def _of_document(told: object, path: Path) -> Study:
    trials = told.get("trials") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(trials, list):
        raise LogUnreadable(f"{path}: no table of trials: it has no list of trials")
    builder = StudyBuilder(str(told.get("study", path.stem)), told.get("direction") != "maximize",
                           str(told.get("metric", "objective")))  # fmt: skip
    names = []
    for n, row in enumerate(trials):
        if not isinstance(row, dict):
            raise LogUnreadable(f"{path}: trial {n} is no object")
        params, reports = row.get("params"), row.get(_REPORTS)
        trial = builder.add(_state(row.get("state"), f"{path}: trial {n}"),
                            params if isinstance(params, dict) else {})  # fmt: skip
        value = row.get("value")
        trial.value = None if value is None else _number(value, f"{path}: value of trial {n}")
        for step, figure in _pairs(reports, f"{path}: trial {n}"):
            trial.report(_step(step, f"{path}: trial {n}"), _number(figure, f"{path}: trial {n}"))
        names.append(row.get("name"))
    return _named(builder.study(str(path)), names)


def _pairs(reports: object, where: str) -> list[tuple[object, object]]:
    """Steps and values, listed or by step."""
    if isinstance(reports, dict):
        return list(reports.items())
    pairs = reports if isinstance(reports, list) else []
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise LogUnreadable(f"{where}: {str(pair)[:40]!r} is no pair of a step and a value")
    return [(step, value) for step, value in pairs]


def _of_rows(path: Path, minimise: bool) -> Study:
    builder, names = StudyBuilder(path.stem, minimise), []
    limit = csv.field_size_limit(_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            if not {"value", "state"} <= set(table.fieldnames or ()):
                raise LogUnreadable(f"{path}: no table of trials: it has no value and no state")
            for row in table:
                where = f"{path}: line {table.line_num}"
                if None in row:
                    raise LogUnreadable(f"{where}: more cells than the header has columns")
                _add(builder, row, where)
                names.append(_text(row.get("name") or ""))
    finally:
        csv.field_size_limit(limit)
    return _named(builder.study(str(path)), names)


def _add(builder: StudyBuilder, row: Mapping[str, str | None], where: str) -> None:
    trial = builder.add(_state(row.get("state"), where))
    if row.get("value"):
        trial.value = _number(row["value"], f"{where}, value")
    for name, cell in row.items():
        if not cell:
            continue
        if name.startswith("params_"):
            trial.set(name.removeprefix("params_"), _param(cell))
        elif name == _REPORTS:
            reports = json.loads(cell)
            for step, value in reports.items() if isinstance(reports, dict) else ():
                trial.report(_step(step, where), _number(value, f"{where}, {_REPORTS}"))
        elif name.startswith(f"{_REPORTS}_"):  # a column a step, by trials_dataframe
            step = _step(name.removeprefix(f"{_REPORTS}_"), where)
            trial.report(step, _number(cell, f"{where}, {name}"))


def _named(study: Study, names: Sequence[object]) -> Study:
    """With the names that the table gives its trials, so that none is added twice to a study."""
    trials = (replace(trial, name=name) if isinstance(name, str) and name else trial
              for trial, name in zip(study.trials, names, strict=True))  # fmt: skip
    return replace(study, trials=tuple[Trial, ...](trials))


def _param(cell: str) -> object:
    if cell in ("True", "False"):
        return cell == "True"
    try:
        return float(cell)
    except ValueError:
        return _text(cell)


def _state(told: object, where: str) -> State:
    try:
        return State(str(told).lower())
    except ValueError:
        known = ", ".join(State)
        raise LogUnreadable(f"{where}: {str(told)[:40]!r} is no state; known: {known}") from None


def _number(told: object, where: str) -> float:
    try:
        return float(told)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise LogUnreadable(f"{where}: {str(told)[:40]!r} is no number") from None


def _step(told: object, where: str) -> int:
    try:
        return int(told)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        raise LogUnreadable(f"{where}: {str(told)[:40]!r} is no step") from None
