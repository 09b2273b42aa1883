"""The writer's few statements as the driver itself takes them: compiled once, executed often.

A live point is a handful of statements.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection as Lent
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.sql import Delete, Insert, Select, Update

from lrdoctor.store.sqlite import driver

Connection = Lent | sqlite3.Connection
"""SQLAlchemy's, or the driver's own."""

_DIALECT = dialect(paramstyle="named")


class Statement:
    """One statement, its parameters by name."""

    __slots__ = ("sql",)

    def __init__(
        self, clause: Select[Any] | Insert | Update | Delete, columns: Iterable[str] | None = None
    ) -> None:
        """
        Args:
            columns: which ones an insert or an update sets; None: those that the clause names.
        """
        keys = None if columns is None else list(columns)
        self.sql = str(clause.compile(dialect=_DIALECT, column_keys=keys))

    def run(self, connection: Connection, parameters: Mapping[str, object]) -> sqlite3.Cursor:
        """Execute it within the connection's transaction.

        Raises:
            sqlite3.Error: the database refuses.
        """
        return _driver(connection).execute(self.sql, parameters)

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Execute it once a row.

        Raises:
            sqlite3.Error: the database refuses.
        """
        _driver(connection).executemany(self.sql, rows)


def _driver(connection: Connection) -> sqlite3.Connection:
    return connection if isinstance(connection, sqlite3.Connection) else driver(connection)
