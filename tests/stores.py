"""A small log to fill a store with, and a hand inside of the store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

POINTS = 40


def write_log(path: Path) -> None:
    """A loss that falls, ``POINTS`` of it, as CSV."""
    path.write_text("step,loss\n" + "".join(f"{s},{1 / (1 + s)}\n" for s in range(POINTS)))


def meddle(path: Path, statement: str) -> None:
    """Execute a statement in a store that nobody has open."""
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.close()
