"""Keeps a set of logs diagnosed: files to runs to words, and to the store. Never sleeps."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis
from lrdoctor.errors import StoreError, UsageError
from lrdoctor.monitor.diagnosing import Diagnosing
from lrdoctor.monitor.growth import Growth, Growths, joined
from lrdoctor.monitor.log import QUIET, Log
from lrdoctor.monitor.logs import Logs
from lrdoctor.monitor.renewal import Renewal, outdated
from lrdoctor.run import Run

if TYPE_CHECKING:
    from lrdoctor.monitor.keeping import Keeper
    from lrdoctor.store import Store

BETWEEN = 100
"""After so many logs of a look at everything, about a millisecond, those that grew meanwhile are
seen to."""


class Monitor:
    """Follows the logs under some paths; each ``poll`` takes up what changed since the last."""

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        store: Store | None = None,
        *,
        config: Config | None = None,
        clock: Callable[[], float] = time.time,
        growing: bool = True,
        until: int | None = None,
        keep_runs: bool = False,
    ) -> None:
        """
        Args:
            paths: log files and folders that hold some; they need not exist yet.
            store: where everything is kept, and goes on from after a restart.
            config: columns, rules and what to pass over; None: the defaults.
            clock: UTC seconds.
            growing: False: every log is taken as it stands, as if nothing came after it.
            until: say of every run what was to be said when this step had been logged.
            keep_runs: keep the points of such logs in memory, for ``runs``.

        Raises:
            UsageError: no path was given.
            ConfigError: a rule refuses its thresholds.
            StoreError: the store cannot be read.
        """
        if not paths:
            raise UsageError("name at least one log file, or a folder that holds some")
        config = config or Config()
        self._clock = clock
        self._growing = growing
        self._runs_wanted = keep_runs
        self._diagnosing = Diagnosing(config, growing=growing, until=until)
        self._logs = Logs(paths, config, None if store is None else store.path, self.beat)
        self._looked = False
        """At everything, once."""
        self._renewal = Renewal()
        self._diagnoses: dict[tuple[str, str], Diagnosis] = {}
        self._keeper: Keeper | None = None
        if store is not None:
            from lrdoctor.monitor.keeping import Keeper

            self._keeper = self._logs.keeper = Keeper(store, self._logs.roots, config, clock())

    @property
    def diagnoses(self) -> list[Diagnosis]:
        """Of every run, and of the paths that are not there. With a store only of the latter: the
        store has the others."""
        return [*self._diagnoses.values(), *self._logs.missing.values()]

    @property
    def trouble(self) -> str | None:
        """Why the store does not take what was read; None while it does."""
        return None if self._keeper is None else self._keeper.trouble

    def wanted(self, path: str) -> bool:
        """Whether a file of this path may be one of the logs."""
        return self.follows(path) or self._logs.is_candidate(path)

    def follows(self, path: str) -> bool:
        """Whether a file of this path is one of the logs, as far as was looked."""
        return path in self._logs.by_file

    def runs(self) -> list[Run]:
        """The runs in memory that hold points, in the order they were found."""
        return [run for log in self._logs for run in (log.runs or {}).values()]

    def notice(self, notices: Iterable[str]) -> None:
        """What the readers of the store should know of the watching itself."""
        if self._keeper is not None:
            self._keeper.notices = (*notices, *self._logs.notices())

    def beat(self) -> None:
        """A sign of life to the readers of the store, at most once a second."""
        if self._keeper is not None:
            self._keeper.beat(self._clock())

    def poll(
        self,
        touched: Collection[str] | None = None,
        meanwhile: Callable[[Container[str]], Collection[str]] | None = None,
    ) -> list[Diagnosis]:
        """Take up what changed. Returns the diagnoses that are new.

        Args:
            touched: look at these files only; None: look at everything, also for new logs.
            meanwhile: asked now and then which of the known files have been touched since; they do
                not wait until everything has been looked at.
        """
        if self._keeper is not None and not self._keeper.flush(self._clock()):
            return []  # nothing more is read until what was read is safe
        everything = touched is None or not self._logs.by_file.keys() >= set(touched)
        if everything:
            self._search()
            logs = list(self._logs)
            if not self._looked:
                # New ones first, then those that grew last: after an upgrade all are read again.
                logs.sort(key=lambda log: -log.known_at)
        else:
            logs = self._logs.of(touched or ())
        self._diagnosing.look_again(everything=everything)
        changed: list[Diagnosis] = []
        for log in self._in_turn(logs, meanwhile):
            changed += self._attend(log)
            if self.trouble is not None:
                break  # what is not read yet is found again by the next look
            self.beat()
        self._looked |= everything
        if self._keeper is not None:
            self._keeper.done(self._clock(), everything=everything)
        return changed

    def renew(self) -> bool:
        """Diagnose one log anew of which an older lrdoctor's word stands; for when there is nothing
        else to do. False: there is none."""
        keeper = self._keeper
        if keeper is None or self.trouble is not None:
            return False
        log = self._renewal.take(self._logs)
        if log is None:
            self._flush()
            return False
        held = log.runs is not None
        self._diagnosing.look_again(everything=False)
        self._restore(log)
        if not log.points:
            log.begin_anew()  # why nothing could be read of it, only its files tell
        else:
            now = self._clock()
            told = {run: self._diagnosing.of(log, run, now) for run in outdated(log)}
            self._keep(keeper, log, told, {}, {}, now)
        if not held:
            keeper.release(log)  # those that grow stay
        return True

    def close(self) -> None:
        """Let go of everything; the store stays open."""
        self._logs.clear()

    def _search(self) -> None:
        """Find new logs and those that are gone."""
        if self._logs.search(self._clock(), growing=self._growing):
            self._renewal.look_again()

    # What one log says.

    def _in_turn(
        self,
        logs: Iterable[Log],
        meanwhile: Callable[[Container[str]], Collection[str]] | None,
    ) -> Iterator[Log]:
        """The logs about which there is something to do: those that grew before those that only
        fell quiet, of which there may be thousands at once after a restart."""
        quiet: list[Log] = []
        for at, log in enumerate(logs):
            if meanwhile is not None and at % BETWEEN == 0:
                yield from self._urgent(meanwhile(self._logs.by_file))
            if log.stirs():
                yield log
                if meanwhile is not None:
                    yield from self._urgent(meanwhile(self._logs.by_file))
            elif log.is_due(self._clock()):
                quiet.append(log)
        for at, log in enumerate(quiet):
            if at % BETWEEN == 0:
                self._flush()  # thousands in one commit would hold up a log that grows
                if meanwhile is not None:
                    yield from self._urgent(meanwhile(self._logs.by_file))
            yield log

    def _urgent(self, files: Collection[str]) -> Iterator[Log]:
        """The logs of these files; what they say is committed before anything else is done."""
        yield from self._logs.of(files)
        if files:
            self._flush()

    def _flush(self) -> None:
        if self._keeper is not None:
            self._keeper.flush(self._clock())

    def _attend(self, log: Log) -> Collection[Diagnosis]:
        """The new diagnoses of the log's runs of which anything changed."""
        if log.gone or not log.is_shown:
            return ()
        now = self._clock()
        growths = self._read(log, now)
        ended = self._logs.name_inside(log)
        everything = not log.told or log.renamed
        if growths is None and not everything and not self._diagnosing.is_due(log, now):
            return ()
        self._restore(log)
        chosen = log.names if growths is None or everything else growths
        diagnoses = {run: self._diagnosing.of(log, run, now) for run in chosen}
        log.look_again_at = self._diagnosing.next_look(log, now)
        log.renamed = False
        if self._keeper is not None:
            diagnoses = self._keep(self._keeper, log, diagnoses, growths or {}, ended, now)
        else:
            for run in ended:
                self._diagnoses.pop((log.place.key, run), None)
            self._diagnoses |= {(log.place.key, run): told for run, told in diagnoses.items()}
            if not self._growing and not self._runs_wanted:
                log.let_go()
        log.told = True
        return diagnoses.values()

    def _keep(
        self,
        keeper: Keeper,
        log: Log,
        diagnoses: dict[str, Diagnosis],
        growths: Growths,
        ended: Mapping[str, str],
        now: float,
    ) -> dict[str, Diagnosis]:
        """Hand the log's change on. Returns what is said of its runs."""
        try:
            keeper.keep(log, diagnoses, growths, ended, now)
            return diagnoses
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a reader's defect must not end the other logs
            log.give_up(now, error)
        unread = {run: self._diagnosing.of(log, run, now) for run in log.names}
        keeper.keep(log, unread, dict.fromkeys(unread, Growth(fresh=True)), ended, now)
        return unread

    def _read(self, log: Log, now: float) -> Growths | None:
        """What the log gained, with its unfinished end once it is quiet."""
        former = log.defect
        try:
            growths = self._grown(log, now) if log.look() else None
            if not log.finished and (not self._growing or now >= log.quiet_at):
                if not log.settled:
                    self._restore(log)
                ending = log.finish(now)
                log.finished = True
                growths = joined(growths, ending)
                if (growths is None or len(log.names) > 1) and self._keeper is not None:
                    self._keeper.rest(log, now)
            return growths
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a reader's defect must not end the other logs
            log.give_up(now, error)
            return None if log.defect == former else dict.fromkeys(log.names, Growth(fresh=True))

    def _grown(self, log: Log, now: float) -> Growths | None:
        if log.runs is None and log.grown_at is not None and log.unchanged(now):
            return None  # its points may stay where they are
        self._restore(log)
        growth = log.advance(now)
        if log.grown_at is None:
            log.grown_at = min(log.modified_at, now)
            log.quiet_at = log.grown_at + QUIET
        elif growth is not None:
            log.grown_at, log.quiet_at, log.finished = now, now + QUIET, False
        elif log.finished and log.waits:  # for bytes that may never come: a power cut leaves zeros
            log.quiet_at, log.finished = now + QUIET, False
        return growth

    def _restore(self, log: Log) -> None:
        if self._keeper is not None and log.runs is None and log.begun:
            self._keeper.restore(log)
