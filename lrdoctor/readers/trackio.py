"""Trackio's SQLite database, one a project: the runs with a JSON object a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath

from msgspec.structs import replace

from lrdoctor.readers import _records, _side, _sqlite
from lrdoctor.readers._records import Json
from lrdoctor.readers._rows import Rows
from lrdoctor.readers._sqlite import Cell, Tables
from lrdoctor.run import Block

_OWN = frozenset({"_step", "_timestamp"})
_WORDS = frozenset({"NaN", "Infinity", "-Infinity"})
"""How Trackio spells what is no JSON number; all other words are texts."""


class Trackio(_sqlite.Database):
    """Trackio's SQLite database: every run of a project, with its config.

    Nested names are joined by ``/``; pictures and tables are no points.
    """

    patterns = ("*.db", "*.sqlite", "*.sqlite3")

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return 0.98 if _sqlite.recognised(head, "metrics", "configs") else 0.0

    def _runs(self, tables: Tables) -> Iterator[Block]:
        rows: dict[str, list[dict[str, Json]]] = {}
        shown: dict[str, str] = {}
        for identity, name, wall, step, cell in tables.rows(
            "metrics", "run_id", "run_name", "timestamp", "step", "metrics"
        ):
            key = str(identity or name)
            shown.setdefault(key, str(name))
            figures = {k: v for k, v in _object(cell).items() if _tells(v)}
            told = {"_step": step, "_timestamp": _seconds(wall)}
            rows.setdefault(key, []).append({**told, **figures})
        names = self._named(shown.items())
        for key, run in names.items():
            # Each run has an axis of its own, which its first row decides.
            inside = Trackio()
            for block in _records.blocks(Rows(inside), rows[key]):
                if block.tag not in _OWN:
                    yield replace(block, run=run)
            self._facts[run].x_axis = inside.x_axis
            for fault in inside.take_faults():
                self.tell(fault.line, fault.what)
        for identity, name, cell in tables.rows("configs", "run_id", "run_name", "config"):
            known = names.get(str(identity or name))
            if known is not None:
                own = {k: v for k, v in _object(cell).items() if not k.startswith("_")}
                self._facts[known].settings = _side.settings_of(own)


def _object(cell: Cell) -> dict[str, Json]:
    """The JSON object in a cell, whether text or bytes; empty where it is none."""
    text = cell.encode() if isinstance(cell, str) else cell
    if not isinstance(text, bytes):
        return {}
    try:
        value = _records.parse(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _tells(value: Json) -> bool:
    """Whether a value may hold figures: texts and media (``{"_type": …}``) hold none."""
    if isinstance(value, str):
        return value in _WORDS
    return not (isinstance(value, dict) and "_type" in value)


def _seconds(stamp: Cell) -> float | None:
    try:
        return datetime.fromisoformat(str(stamp)).timestamp()
    except (ValueError, OverflowError):
        return None
