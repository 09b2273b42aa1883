"""The store as a web process sees it: read only, opened late, shared by all requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from lrdoctor.diagnosis import Json
from lrdoctor.errors import StoreError
from lrdoctor.run import Block
from lrdoctor.store import IngestStatus, RunRecord, Store

STALE = 10.0
"""Seconds without a sign of life after which the ingest process counts as gone."""


class Source:
    """Reads the store at ``path``. Every method may raise StoreError and may block for a moment.

    The ingest process makes the store, perhaps after the first request, and a user may delete a
    damaged one while it runs: a store is opened late, and again when its file is another one.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._born = clock()
        self._opening = threading.Lock()
        self._open: tuple[tuple[int, int], Store] | None = None

    def version(self) -> int:
        """The store's version; grows with every change."""
        return self._store().version()

    def changed(self, since: int) -> tuple[int, bool, list[RunRecord]]:
        """The version, whether this is everything, and the runs that changed after ``since``.

        A ``since`` beyond the present version is another store's: then everything is new.
        """
        store = self._store()
        version, records = store.changed(since)
        if since > version:
            version, records = store.changed(0)
            since = 0
        return version, since == 0, records

    def record(self, id: str) -> RunRecord | None:
        """One run; None where there is none of this id."""
        return self._store().record(id)

    def points(self, id: str, tag: str, first: int | None, last: int | None) -> Block | None:
        """Points of one tag, inclusive steps; None for an unknown run or tag."""
        return self._store().points(id, tag, first, last)

    def status(self) -> dict[str, Json]:
        """What the ingest process says of itself, and whether it still says anything."""
        status = self._store().status()
        return {**asdict(status), "stale": self._is_stale(status)}

    def heartbeat_age(self) -> float:
        """Seconds since the ingest process last said anything."""
        return max(0.0, self._clock() - self._store().status().alive_at)

    def close(self) -> None:
        """Let go of the file."""
        with self._opening:
            if self._open is not None:
                self._open[1].close()
                self._open = None

    def _is_stale(self, status: IngestStatus) -> bool:
        # A process that has just been started has not had the time to say anything yet.
        return self._clock() - max(status.alive_at, self._born) > STALE

    def _store(self) -> Store:
        try:
            found = self._path.stat()
        except OSError as error:
            raise StoreError(f"the store {self._path}: {error.strerror}") from error
        file = (found.st_dev, found.st_ino)
        with self._opening:
            if self._open is None or self._open[0] != file:
                if self._open is not None:
                    self._open[1].close()
                    self._open = None
                self._open = (file, Store.open(self._path, read_only=True))
            return self._open[1]
