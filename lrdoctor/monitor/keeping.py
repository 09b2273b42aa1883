"""Between the monitor and the store: what was read goes there in batches, and comes back."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import orjson
from msgspec import structs

from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis
from lrdoctor.edition import edition
from lrdoctor.errors import StoreDamaged, StoreError
from lrdoctor.follow.remote import is_url
from lrdoctor.follow.shown import shown
from lrdoctor.metrics import PLACES
from lrdoctor.monitor.growth import Growths
from lrdoctor.monitor.kept import file_of, joined, state_of
from lrdoctor.monitor.log import QUIET, Log
from lrdoctor.monitor.memory import give_back
from lrdoctor.store import FileState, IngestStatus, KnownRun, RunChange, Store

BATCH = 0.25
"""Seconds of reading after which what was read is committed, so that the screen fills up."""

HEARTBEAT = 1.0
"""Seconds between two signs of life."""

READS = 2
"""What readers tell of one log; grows where known logs are to be read anew within a release. With 2
they tell how a training ended."""

FORGET = 3_600.0
"""Seconds between two looks for runs whose logs have been gone for long enough."""

IN_MEMORY = 2_000_000
"""Points kept in memory (16 to 24 bytes each, and a quarter more to grow into); runs that grew
longest ago are let go of first. With the screen's process that stays below 300 MB."""


class Keeper:
    """Commits the changes of logs, and brings back logs that another process began."""

    def __init__(self, store: Store, roots: Sequence[str], config: Config, now: float) -> None:
        """
        Raises:
            StoreError: the store cannot be read or written.
        """
        self.notices: tuple[str, ...] = ()
        self.trouble: str | None = None
        """Why the store does not take what was read; None while it does."""
        self._store = store
        self._roots = tuple(roots)
        placing = {c: name for c, name in config.columns.items() if name in PLACES}
        self._read_by = " ".join(
            [version("lrdoctor"), str(READS), *(f"{c}={placing[c]}" for c in sorted(placing))]
        )
        told = orjson.dumps(
            [dict(config.columns), dict(config.rules), sorted(config.disabled)],
            option=orjson.OPT_SORT_KEYS,
            default=str,
        )
        self._config = f"{zlib.crc32(told):08x}"
        self._started_at = self._committed_at = self._beaten_at = now
        self._files = self._files_read = 0
        self._done = False
        self._pending: dict[tuple[str, str], RunChange] = {}
        self._in_memory: dict[Log, int] = {}
        self._points = 0
        self._let_go = False
        self._keep_gone, self._forgot_at = config.keep_gone, -FORGET
        self._known: dict[str, list[KnownRun]] = {}
        below = tuple(
            (root if is_url(root) else os.path.abspath(root)).rstrip("/") + "/"
            for root in self._roots
        )
        listed = True  # as they shall be: mostly they are, and are not all read once more for it
        for run in store.known():
            own = f"{run.key}/".startswith(below)
            listed &= run.listed == own
            if own:
                self._known.setdefault(run.key, []).append(run)
        if not listed:
            store.list_only(self._known.keys())
        store.commit([], self._status(now))
        self._told = self._standing

    def recall(self, log: Log) -> None:
        """Let a log that was just found go on where another process stopped."""
        known = self._known.pop(log.place.key, None)
        if known is None:
            log.take_files()
            return
        files = [file_of(state, log.columns) for state in known[0].files]
        log.name = known[0].name
        log.known_at = max(run.updated_at for run in known)
        known = [run for run in known if not run.gone]
        log.names = {run.run: run.name for run in known}
        if not known or not files or any(f.notes.read_by != self._read_by for f in files):
            return  # from its beginning: the store's points may not be what is read today
        log.files = files
        log.grown_at = max(run.updated_at for run in known)
        log.finished = not any(run.growing for run in known)
        log.quiet_at = max(run.observed_at for run in known) + QUIET
        log.editions = {run.run: run.edition for run in known}
        log.told = all(file.notes.told_as == self._told_as(log) for file in files)
        log.look_again_at = float("inf")
        self._files_read += len(files)

    def restore(self, log: Log) -> None:
        """Bring back a log's points and readers; where they are damaged, it begins anew."""
        try:
            log.restore(*self._store.restore(log.place.key))
        except StoreDamaged:
            raise
        except StoreError:
            log.files = []  # one block of it is damaged
        self._hold(log)

    def follow(self, files: int) -> None:
        """So many files are followed; runs that were not recalled for one of them are gone."""
        self._files = files
        for key, known in self._known.items():
            for at, run in enumerate(known):
                if not run.gone:
                    known[at] = structs.replace(run, gone=True)
                    self._pending[key, run.run] = RunChange(
                        key, run.name, None, run.observed_at, run.updated_at,
                        growing=False, gone=True, run=run.run,
                    )  # fmt: skip

    def keep(
        self,
        log: Log,
        diagnoses: Mapping[str, Diagnosis],
        growths: Growths,
        ended: Mapping[str, str],
        now: float,
    ) -> None:
        """Take one log's change; commit where the last commit is some time ago.

        Args:
            diagnoses: the new ones, by run inside the log.
            growths: what came of these runs, where anything did.
            ended: runs that the log tells of no longer, and what they were shown as.
        """
        if not log.told:
            self._files_read += len(log.files)
        told_as = self._told_as(log)
        for file in log.files:
            file.note(self._read_by, told_as)
        files: list[FileState] | None = [state_of(file) for file in log.files]
        # What could not be told apart yet, or had no point, becomes the first of the runs.
        formerly = "" if "" in ended else None
        for run, diagnosis in diagnoses.items():
            growth = growths.get(run)
            log.editions.pop(run, None)
            self._take(
                RunChange(
                    key=log.place.key,
                    name=log.names[run],
                    line=orjson.dumps(diagnosis.to_dict()),
                    observed_at=now,
                    updated_at=_updated(log, now) if growth or not log.told else None,
                    growing=not (log.finished or log.ended(run)),
                    fresh=bool(growth and growth.fresh),
                    blocks=growth.blocks if growth else (),
                    files=files,
                    run=run,
                    formerly=formerly,
                    edition=edition(),
                )
            )
            files = formerly = None
        for run, name in ended.items():
            if run:
                self._take(RunChange(log.place.key, name, None, now, None, False, True, run=run))
        self._hold(log)
        if now - self._committed_at >= BATCH:
            self.flush(now)

    def rest(self, log: Log, now: float) -> None:
        """Take that a log no longer grows; what was said of it stands."""
        if log.told:
            for run, name in log.names.items():
                self._take(RunChange(log.place.key, name, None, now, None, False, run=run))

    def lose(self, log: Log, now: float) -> None:
        """Take that a log is no longer on disk."""
        if not log.told:
            return
        self.release(log)
        for run, name in log.names.items():
            self._take(RunChange(log.place.key, name, None, now, None, False, True, run=run))

    def flush(self, now: float) -> bool:
        """Commit all that was taken. False: the store refuses now; nothing is lost by it."""
        if self._pending and self._commit(now):
            self._pending.clear()
        if not self._pending:
            while self._points > IN_MEMORY and len(self._in_memory) > 1:
                self.release(next(iter(self._in_memory)))
        return not self._pending

    def done(self, now: float, *, everything: bool) -> None:
        """A look has ended."""
        first = everything and not self._done
        self._done = self._done or everything
        self.flush(now)
        if first:
            self._commit(now)
        if everything and self._let_go:
            give_back()
            self._let_go = False
        if everything and now - self._forgot_at >= FORGET and self.trouble is None:
            self._forget_gone(now)

    def _forget_gone(self, now: float) -> None:
        try:
            self._store.forget_gone(now - self._keep_gone)
        except StoreDamaged:
            raise
        except StoreError:
            return  # tried again at the next look; what is wrong, the next commit tells
        self._forgot_at = now

    def beat(self, now: float) -> None:
        """Give a sign of life, unless the last one is fresh."""
        if not 0 <= now - self._beaten_at < HEARTBEAT and not self._pending:
            self._commit(now)

    def _take(self, change: RunChange) -> None:
        this = change.key, change.run
        former = self._pending.get(this)
        self._pending[this] = change if former is None else joined(former, change)

    def _commit(self, now: float) -> bool:
        # Of a live point's few milliseconds, telling that one is alive would be a good part.
        beaten = 0 <= now - self._beaten_at < HEARTBEAT  # not where the clock was set back
        standing = self._standing
        status = None if beaten and standing == self._told else self._status(now)
        try:
            self._store.commit(list(self._pending.values()), status)
        except StoreDamaged:
            raise
        except StoreError as error:
            self.trouble = str(error)
            self._store.complain(self.trouble)
            return False
        if self.trouble is not None:
            self.trouble = None
            self._store.complain("")
        self._committed_at = now
        if status is not None:
            self._told, self._beaten_at = standing, now
        return True

    @property
    def _standing(self) -> tuple[object, ...]:
        """All of ``_status`` that changes, but for the time."""
        return self._files, self._files_read, self.notices, self._done

    def _status(self, now: float) -> IngestStatus:
        return IngestStatus(
            alive_at=now,
            started_at=self._started_at,
            roots=tuple(map(shown, self._roots)),
            files=self._files,
            files_read=min(self._files_read, self._files),
            notices=tuple(map(shown, self.notices)),
            done=self._done,
        )

    def _hold(self, log: Log) -> None:
        """The log's points are in memory, used just now."""
        points = log.points
        self._points += points - self._in_memory.pop(log, 0)
        self._in_memory[log] = points

    def release(self, log: Log) -> None:
        """Let go of the log's points; ``restore`` brings them back."""
        self._points -= self._in_memory.pop(log, 0)
        self._let_go = True
        log.let_go()

    def _told_as(self, log: Log) -> str:
        names = zlib.crc32("\n".join(log.names.values()).encode(errors="surrogatepass"))
        return f"{self._config} {names:08x} {log.place.shown}"


def _updated(log: Log, now: float) -> float:
    """When the log last grew, as far as its files tell."""
    return min(log.modified_at or now, now)
