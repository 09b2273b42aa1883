"""Tables in console output: boxes of ``| loss | 0.3 |`` rows, and columns under a header row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from lrdoctor import metrics
from lrdoctor.readers._cells import number
from lrdoctor.readers._console_plan import prefixed

_RULE = re.compile(r"[-=─━+:|\s]{5,}")
_BAR = re.compile(r"[|│║┃]")
_APART = re.compile(r"\s{2,}|\t")
"""Between columns whose names hold spaces."""
_FIGURE = re.compile(r"[:=]\s*[-+]?\d")
"""In a name with its own figure: no column's."""
_DECIMAL = re.compile(r"(?<![\w.@])\d+\.\d+(?!\S)")
_PART = re.compile(
    r"\s*(?:!\s+(?P<row>train|validation)|(?P<head>train|validation)\s+#)\s", re.IGNORECASE
)
"""In front of NequIP's tables: ``Train  #  Epoch  LR  loss`` above ``! Train  1  0.005  2.5``."""
_SHORT = {"E": "epoch", "#": "step"}
"""spaCy's names of its first columns."""
_YOLO = frozenset({"box", "obj", "cls"})
"""YOLOv5's names of its losses."""
_MOST_ROWS = 500
_MOST_COLUMNS = 64


class TableState(msgspec.Struct):
    """What must be known to go on in another process."""

    box: dict[str, float] = {}
    """The rows of the box that is being printed."""
    section: str = ""
    """The box's last row without a figure, such as ``train/``: its rows stand below it."""
    header: list[str] = []
    """The names of the columns that were last announced."""
    above: list[str] = []
    """The words of the last row: MATLAB parts a column's name between two."""


class Tables:
    """Follows the tables of one log, line by line."""

    def __init__(self, state: TableState | None = None) -> None:
        self.state = state or TableState()

    def feed(self, text: str) -> tuple[bool, dict[str, float] | None]:
        """Whether the line belongs to a table, and the figures that it completes."""
        state = self.state
        part = _PART.match(text)
        if part is not None:
            text = text[part.end() :]
        cells = _cells(text)
        if len(cells) == 2 and len(state.header) != 2 and not _is_header(cells):
            return True, self._row(*cells, indented=_is_indented(text))
        box = self._closed()
        if _RULE.fullmatch(text.strip()):
            return True, box
        fields = cells or _fields(text)
        # Most lines are no header, and most of those end in a figure.
        if fields and number(fields[-1]) is None:
            header = _header(cells or _APART.split(text.strip())) or _header(fields)
            header = header or _header(_joined(state.above, cells))
            state.above = cells
            if header:
                state.header = header
                return True, box
        if state.header and len(fields) == len(state.header):
            figures = _under(state.header, fields)
            if part is not None and part["row"]:
                figures = _of_part(part["row"], figures)
            if figures:
                return True, {**(box or {}), **figures}
        if cells:
            state.header = []
        return bool(cells), box

    def _row(self, name: str, cell: str, *, indented: bool) -> dict[str, float] | None:
        """One row of a box; a name that comes again begins another box."""
        state = self.state
        if not cell:
            state.section = name if name.endswith("/") else ""
            return None
        if not indented:
            state.section = ""
        name = state.section + name
        box = self._closed() if name in state.box else None
        value = number(cell)
        if value is not None and len(state.box) < _MOST_ROWS:
            state.box[name] = value
        return box

    def _closed(self) -> dict[str, float] | None:
        box, self.state.box = self.state.box, {}
        self.state.section = ""
        return box or None


def _of_part(part: str, figures: Mapping[str, float]) -> Mapping[str, float]:
    """The figures of a row that says which part of the data it is of, a rate with the training."""
    split = metrics.split_of(part) or part
    axis = metrics.axis(list(figures))[0]
    return {
        name if name == axis else prefixed(split, name): at
        for name, at in figures.items()
        if split == "train" or not metrics.is_rate(name)
    }


def _cells(text: str) -> list[str]:
    """The cells of a row between bars; none where the line is no such row."""
    stripped = text.strip()
    if len(stripped) < 3 or not _BAR.match(stripped) or not _BAR.match(stripped[-1]):
        return []
    cells = [cell.strip() for cell in _BAR.split(stripped[1:-1])]
    # Ray's boxes have no bar between a name and its figure.
    apart = _APART.split(cells[0]) if len(cells) == 1 else ()
    return apart if len(apart) == 2 else cells


def _fields(text: str) -> list[str]:
    """What stands between tabs, else between bars, else between spaces."""
    mark = "\t" if "\t" in text else "|" if " | " in text else None
    return [cell.strip() for cell in text.split(mark)]


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """The names of columns that two rows of cells tell together; none where they do not match."""
    if len(above) != len(below):
        return []
    return [f"{first} {second}".strip() for first, second in zip(above, below, strict=True)]


def _is_indented(text: str) -> bool:
    return _BAR.split(text.strip()[1:])[0].startswith("  ")


def _header(fields: Sequence[str]) -> list[str]:
    """The names of columns, if fields are such; none else."""
    named = [_SHORT.get(field, field) for field in fields]
    if "gpu_mem" in named:
        named = [f"{name}_loss" if name in _YOLO else name for name in named]
    return named if 2 <= len(named) <= _MOST_COLUMNS and _is_header(named) else []


def _is_header(fields: Sequence[str]) -> bool:
    """Whether fields name columns: all words, one of them an axis, one a loss or an accuracy."""
    if any(number(f) is not None or f[-1:] in ":=,." or _FIGURE.search(f) for f in fields):
        return False
    if sum(len(_DECIMAL.findall(field)) for field in fields) > 1:
        return False  # "| epoch   1 |   200/ 2983 batches | lr 20.00 | loss 12.28 | ppl 216359.45"
    axis, _ = metrics.axis(fields[:2])
    return axis is not None and any(metrics.kind(field) in ("loss", "accuracy") for field in fields)


def _under(header: Sequence[str], fields: Sequence[str]) -> Mapping[str, float]:
    axis = metrics.axis(header)[0]
    values = {
        # "3/299" is the epoch and the last one
        name: number(field.partition("/")[0] if name == axis else field)
        for name, field in zip(header, fields, strict=True)
    }
    figures = {name: value for name, value in values.items() if value is not None}
    return figures if axis in figures else {}
