"""The store as a web process sees it: read only, opened late, shared by all requests."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import orjson

from lrdoctor.diagnosis import Json
from lrdoctor.errors import StoreError
from lrdoctor.run import Block, Cells
from lrdoctor.server.standing import UNREMARKED, standing
from lrdoctor.store import IngestStatus, Remark, Remarks, RunEntry, RunRecord, Store

STALE = 10.0
"""Seconds without a sign of life after which the ingest process counts as gone."""

KEPT = 4_000_000
"""Points of whole series that are kept unpacked: up to 100 MB. Unpacking a million takes 150 ms,
and whoever looks at a series as a whole zooms into it next."""

PAGE = 128
"""Runs that are read at once where all are asked for: half a megabyte where each has twenty
metrics, which stays in a core's cache. The first are on their way while the next are read."""

logger = logging.getLogger("lrdoctor.server")


class Source:
    """Reads the store at ``path``. Every method may raise StoreError and may block for a moment.

    The ingest process makes the store, perhaps after the first request, and a user may delete a
    damaged one while it runs: a store is opened late, and again when its file is another one.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.remarks = Remarks(path)
        """What people said of the runs: the one thing that a web process writes."""
        self._unreadable = ""
        self._path = path
        self._clock = clock
        self._born = clock()
        self._opening = threading.Lock()
        self._open: tuple[tuple[int, int], Store] | None = None
        self._kept = _Kept(KEPT)

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

    def pages(self) -> Iterator[list[RunEntry]]:
        """All runs whose log is still there, some at a time; see ``Store.pages``."""
        return self._store().pages(PAGE)

    def record(self, id: str) -> RunRecord | None:
        """One run; None where there is none of this id."""
        return self._store().record(id)

    def points(self, run: RunRecord, tag: str, first: int | None, last: int | None) -> Block | None:
        """Points of one tag of ``run``, inclusive steps; None for an unknown tag."""
        whole = self._kept.get(run, tag)
        if whole is not None:
            return whole.window(first, last)
        found = self._store().points(run.id, tag, first, last)
        if found is not None and first is None and last is None:
            self._kept.put(run, found)
        return found

    def cells(
        self, run: RunRecord, tag: str, first: int | None, last: int | None, points: int,
        wanted: Sequence[int],
    ) -> Cells | None:  # fmt: skip
        """The same points in cells, where they are many beside ``points``; see ``Store.cells``."""
        return self._store().cells(run.id, tag, first, last, points, wanted)

    def status(self) -> dict[str, Json]:
        """What the ingest process says of itself, whether it still says anything, and the number
        of the newest remark."""
        status = self._store().status()
        newest, _ = self._remarked()
        return {**asdict(status), "stale": self._is_stale(status), "remarks": newest}

    def standings(self, records: Iterable[RunEntry]) -> dict[str, dict[str, Json]]:
        """What people said of each of these runs, by id; those of whom nothing was said are out."""
        _, said = self._remarked()
        now = self._clock()
        return {
            record.id: standing(orjson.loads(record.line), said[record.id], now)
            for record in records
            if record.id in said
        }

    def standing(self, record: RunEntry) -> dict[str, Json]:
        """What people said of this run."""
        return self.standings([record]).get(record.id, UNREMARKED)

    def remarked(self, since: int) -> list[RunRecord] | None:
        """The runs of which something was said after this number; None: of any, or the number is
        another file's."""
        newest, _ = self._remarked()
        if newest == since:
            return []
        if newest < since:
            return None
        ids = dict.fromkeys(one.run for one in self.remarks.since(since))
        return [record for id in ids if (record := self.record(id)) is not None]

    def _remarked(self) -> tuple[int, Mapping[str, tuple[Remark, ...]]]:
        """The remarks; none where they cannot be read: the runs are to be seen all the same."""
        try:
            found = self.remarks.standing()
        except StoreError as error:
            if self._unreadable != str(error):
                self._unreadable = str(error)
                logger.error("the remarks cannot be read: %s", error)
            return 0, {}
        self._unreadable = ""
        return found

    def heartbeat_age(self) -> float:
        """Seconds since the ingest process last said anything."""
        return max(0.0, self._clock() - self._store().status().alive_at)

    def close(self) -> None:
        """Let go of the files."""
        self.remarks.close()
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


class _Kept:
    """Whole series as of a run's version, the most recently used, up to a number of points."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._blocks: OrderedDict[tuple[str, str], tuple[int, Block]] = OrderedDict()

    def get(self, run: RunRecord, tag: str) -> Block | None:
        with self._lock:
            version, block = self._blocks.get((run.id, tag), (-1, None))
            if version != run.version:
                return None
            self._blocks.move_to_end((run.id, tag))
            return block

    def put(self, run: RunRecord, block: Block) -> None:
        if len(block) > self._most:
            return
        with self._lock:
            self._blocks[run.id, block.tag] = (run.version, block)
            self._blocks.move_to_end((run.id, block.tag))
            while sum(len(kept) for _, kept in self._blocks.values()) > self._most:
                self._blocks.popitem(last=False)
