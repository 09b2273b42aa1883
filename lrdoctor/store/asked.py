"""One figure that is asked for again and again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from lrdoctor.store.sqlite import kept, told
from lrdoctor.store.statement import Statement


class Asked:
    """A question with one number for its answer, put on a connection of the driver's own: dozens of
    times a second SQLAlchemy's way to one row costs ten times what the row does."""

    def __init__(
        self, engine: Engine, path: Path, question: Statement, of: Mapping[str, object]
    ) -> None:
        self._engine = engine
        self._path = path
        self._question = question.sql, of
        self._asking = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def answer(self) -> int:
        """The figure now; 0 where there is none.

        Raises:
            StoreError: as ``lrdoctor.store.sqlite.transaction``.
        """
        try:
            with self._asking:
                if self._connection is None:
                    self._connection = kept(self._engine)
                # All of it, so that nothing of the store is held from here on.
                rows = self._connection.execute(*self._question).fetchall()
        except sqlite3.Error as error:
            raise told(self._path, str(error)) from error
        return int(rows[0][0]) if rows else 0

    def close(self) -> None:
        """Let go of the file."""
        with self._asking:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
