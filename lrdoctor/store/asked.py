"""One figure that is asked for again and again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping

from lrdoctor.store.sqlite import Database, told


class Asked:
    """A question with one number for its answer, put on a connection of its own: dozens of times a
    second a transaction around one row costs more than the row does."""

    def __init__(self, database: Database, question: str, of: Mapping[str, object]) -> None:
        self._database = database
        self._question = question, of
        self._asking = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def answer(self) -> int:
        """The figure now; 0 where there is none.

        Raises:
            StoreError: as ``lrdoctor.store.sqlite.Database.transaction``.
        """
        try:
            with self._asking:
                if self._connection is None:
                    self._connection = self._database.connection()
                # All of it, so that nothing of the store is held from here on.
                rows = self._connection.execute(*self._question).fetchall()
        except sqlite3.Error as error:
            raise told(self._database.path, str(error)) from error
        return int(rows[0][0]) if rows else 0

    def close(self) -> None:
        """Let go of the file."""
        with self._asking:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
