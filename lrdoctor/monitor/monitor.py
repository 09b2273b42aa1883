"""Keeps a set of logs diagnosed: files to runs to words, and to the store. Never sleeps."""

from __future__ import annotations

import os
import time
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from pathlib import Path
from typing import TYPE_CHECKING

from lrdoctor import doctor, readers
from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis, Problem
from lrdoctor.errors import StoreError, UsageError
from lrdoctor.follow import naming
from lrdoctor.follow.copies import without_copies
from lrdoctor.follow.find import Finder
from lrdoctor.follow.place import Place
from lrdoctor.follow.remote import Remotes
from lrdoctor.follow.shown import shown
from lrdoctor.monitor import reason
from lrdoctor.monitor.growth import Growth, Growths, joined
from lrdoctor.monitor.log import QUIET, Log
from lrdoctor.monitor.renewal import Renewal, outdated
from lrdoctor.monitor.side import SideFiles
from lrdoctor.readers._side import SIDE_FILES
from lrdoctor.run import Run

if TYPE_CHECKING:
    from lrdoctor.monitor.keeping import Keeper
    from lrdoctor.store import Store

LAST_LOOK = 86_400.0
"""Seconds of quiet after which a log that does not grow is no longer diagnosed again."""

BETWEEN = 100
"""After so many logs of a look at everything, about a millisecond, those that grew meanwhile are
seen to."""

COPIES = ".copies"
"""What the folder with the copies of remote logs is called after the store's name."""

LOOKS = 8
"""Logs that do not grow are diagnosed again at most so many at a time, so that a thousand runs
that fell quiet together do not hold up one that grows."""


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
        keep_runs: bool = False,
    ) -> None:
        """
        Args:
            paths: log files and folders that hold some; they need not exist yet.
            store: where everything is kept, and goes on from after a restart.
            config: columns, rules and what to pass over; None: the defaults.
            clock: UTC seconds.
            growing: False: every log is taken as it stands, as if nothing came after it.
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
        self._rules = config.build_rules()
        self._columns = config.columns
        self._strict = config.strict
        self._sides = SideFiles()
        patterns = {p for reader in readers.readers().values() for p in reader.patterns}
        own = () if store is None else (os.fspath(store.path),)
        self._finder = Finder([os.fspath(p) for p in paths], patterns, config.ignore, own=own)
        self._given = frozenset(self._finder.paths)
        copies = None if store is None else _beside(store.path.absolute())
        self._remotes = Remotes(self._finder.paths, copies, self._finder.is_candidate, SIDE_FILES)
        self._logs: dict[str, Log] = {}
        self._by_file: dict[str, Log] = {}
        self._found: list[Place] | None = None
        self._waiting: list[Log] = []
        """Logs that no reader has begun on."""
        self._named: list[Place] = []
        self._names: set[str] = set()
        self._looked = False
        """At everything, once."""
        self._looks_left = 0
        self._renewal = Renewal()
        self._diagnoses: dict[tuple[str, str], Diagnosis] = {}
        self._missing: dict[str, Diagnosis] = {}
        self._keeper: Keeper | None = None
        if store is not None:
            from lrdoctor.monitor.keeping import Keeper

            self._keeper = Keeper(store, self._remotes.shown, config, clock())

    @property
    def diagnoses(self) -> list[Diagnosis]:
        """Of every run, and of the paths that are not there. With a store only of the latter: the
        store has the others."""
        return [*self._diagnoses.values(), *self._missing.values()]

    @property
    def trouble(self) -> str | None:
        """Why the store does not take what was read; None while it does."""
        return None if self._keeper is None else self._keeper.trouble

    def wanted(self, path: str) -> bool:
        """Whether a file of this path may be one of the logs."""
        return self.follows(path) or self._finder.is_candidate(path)

    def follows(self, path: str) -> bool:
        """Whether a file of this path is one of the logs, as far as was looked."""
        return path in self._by_file

    def runs(self) -> list[Run]:
        """The runs in memory that hold points, in the order they were found."""
        return [run for log in self._logs.values() for run in (log.runs or {}).values()]

    def notice(self, notices: Iterable[str]) -> None:
        """What the readers of the store should know of the watching itself."""
        if self._keeper is not None:
            remote = (f"{url}: {what}" for url, what in self._remotes.troubles().items())
            self._keeper.notices = (*notices, *remote, *self._unseen())

    def _unseen(self) -> Iterator[str]:
        """Where there may be logs that nobody can see."""
        for path in self._finder.missing:
            if path in self._given and not os.path.lexists(path):
                yield f"{path} is not there yet: it is looked for again and again"
        barred = self._finder.barred
        if barred:
            more = f" and {len(barred) - 1} more" if len(barred) > 1 else ""
            yield f"{barred[0]}{more} cannot be looked into: permission denied"

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
        everything = touched is None or not self._by_file.keys() >= set(touched)
        if everything:
            self._search()
            logs = list(self._logs.values())
            if not self._looked:
                # New ones first, then those that grew last: after an upgrade all are read again.
                logs.sort(key=lambda log: -log.known_at)
            self._looks_left = LOOKS
        else:
            logs = list(dict.fromkeys(self._by_file[path] for path in touched or ()))
        self._sides.look_again()
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
        log = self._renewal.take(self._logs.values())
        if log is None:
            self._flush()
            return False
        held = log.runs is not None
        self._sides.look_again()
        self._restore(log)
        if not log.points:
            log.begin_anew()  # why nothing could be read of it, only its files tell
        else:
            now = self._clock()
            told = {run: self._diagnose(log, run, now) for run in outdated(log)}
            self._keep(keeper, log, told, {}, {}, now)
        if not held:
            keeper.release(log)  # those that grow stay
        return True

    def close(self) -> None:
        """Let go of everything; the store stays open."""
        self._logs.clear()
        self._by_file.clear()

    # Which logs there are.

    def _search(self) -> None:
        """Find new logs and those that are gone."""
        now = self._clock()
        due = now if self._growing else 0.0
        self._finder.paths = self._remotes.look(due)
        found = self._finder.find(due)
        self._missing = {path: self._absent(path) for path in self._finder.missing}
        for path in self._finder.barred:
            self._missing[path] = _out_of_reach(shown(path), "permission denied to look into it")
        for url, what in self._remotes.troubles().items():
            self._missing[url] = _out_of_reach(url, what)
        if found is not self._found:
            self._found = found
            places = map(self._remotes.outward, without_copies(found))
            self._arrange({place.key: place for place in places})
        for log in [log for log in self._waiting if log.look()]:
            log.recognise(now)
        self._waiting = [log for log in self._waiting if not (log.begun or log.gone)]
        self._name()

    def _arrange(self, places: dict[str, Place]) -> None:
        """Take up which logs there are now."""
        for key in self._logs.keys() - places.keys():
            self._lose(self._logs[key])
        for key, place in places.items():
            log = self._logs.get(key)
            if log is None:
                log = self._logs[key] = Log(place, self._columns, self.beat, self._strict)
                if self._keeper is None:
                    log.take_files()
                else:
                    self._keeper.recall(log)
                    self._renewal.look_again()
            if log.gone:
                log.gone, log.told, log.files = False, False, []
            log.move(place)
        self._waiting = [log for log in self._logs.values() if not (log.begun or log.gone)]
        self._by_file = {
            file: log for log in self._logs.values() if not log.gone for file in log.place.files
        }
        if self._keeper is not None:
            self._keeper.follow(len(self._by_file))

    def _name(self, *, anew: bool = False) -> None:
        """Name the runs of the logs that are shown.

        Args:
            anew: also where all the places are as they were.
        """
        shown = [log for log in self._logs.values() if _shown(log) and not log.gone]
        places = [log.place for log in shown]
        if places == self._named and not anew:
            return
        self._named, self._names = places, set()
        named = naming.names_of_runs(places, [_inside(log) for log in shown])
        for log, (name, names) in zip(shown, named, strict=True):
            log.name = name
            log.rename(names)
            self._names.update((name, *names.values()))

    def _name_inside(self, log: Log) -> dict[str, str]:
        """Name the runs that have come in a log. Returns those that it tells of no longer."""
        former, inside = log.names, _inside(log)
        if list(former) == list(inside):
            return {}
        names = naming.inside_of(log.name, inside, {log.name})
        self._names.difference_update((log.name, *former.values()))
        if self._names.isdisjoint(names.values()):
            log.rename(names)
            self._names.update((log.name, *names.values()))
        else:
            self._name(anew=True)
        return {run: name for run, name in former.items() if run not in log.names}

    def _lose(self, log: Log) -> None:
        if log.gone:
            return
        log.gone = True
        if self._keeper is not None:
            self._keeper.lose(log, self._clock())
        elif not log.name:
            del self._logs[log.place.key]

    def _absent(self, path: str) -> Diagnosis:
        return _out_of_reach(shown(path), reason.missing(path, os.path.lexists(path)))

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
                yield from self._urgent(meanwhile(self._by_file))
            if log.stirs():
                yield log
                if meanwhile is not None:
                    yield from self._urgent(meanwhile(self._by_file))
            elif log.is_due(self._clock()):
                quiet.append(log)
        for at, log in enumerate(quiet):
            if at % BETWEEN == 0:
                self._flush()  # thousands in one commit would hold up a log that grows
                if meanwhile is not None:
                    yield from self._urgent(meanwhile(self._by_file))
            yield log

    def _urgent(self, files: Collection[str]) -> Iterator[Log]:
        """The logs of these files; what they say is committed before anything else is done."""
        yield from dict.fromkeys(self._by_file[path] for path in files)
        if files:
            self._flush()

    def _flush(self) -> None:
        if self._keeper is not None:
            self._keeper.flush(self._clock())

    def _attend(self, log: Log) -> Collection[Diagnosis]:
        """The new diagnoses of the log's runs of which anything changed."""
        if log.gone or not _shown(log):
            return ()
        now = self._clock()
        growths = self._read(log, now)
        ended = self._name_inside(log)
        everything = not log.told or log.renamed
        if growths is None and not everything and not self._look_again(log, now):
            return ()
        self._restore(log)
        chosen = log.names if growths is None or everything else growths
        diagnoses = {run: self._diagnose(log, run, now) for run in chosen}
        log.look_again_at = self._next_look(log, now)
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
        unread = {run: self._diagnose(log, run, now) for run in log.names}
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

    def _diagnose(self, log: Log, name: str, now: float) -> Diagnosis:
        """Of one run inside the log."""
        problems = log.problems(name)
        try:
            run = log.settle(name, self._sides.of(log.place), now if self._growing else None)
            if run is not None:
                return doctor.diagnose(run, self._rules, problems)
        except Exception as error:  # noqa: BLE001 - a rule's defect must not end the other logs
            what = reason.defect(log.format, error)
            problems = [Problem(log.place.shown, None, what), *problems]
        return doctor.unreadable(log.names[name], log.place.shown, log.format, problems)

    def _look_again(self, log: Log, now: float) -> bool:
        """Whether it is time for another diagnosis of a log that does not grow."""
        if now < log.look_again_at or not self._looks_left:
            return False
        self._looks_left -= 1
        return True

    def _next_look(self, log: Log, now: float) -> float:
        """A log is diagnosed again after 2, 4, 8 … minutes of quiet: it may have stalled."""
        if not self._growing:
            return float("inf")
        since = now if log.grown_at is None else log.grown_at
        quiet = 2 * QUIET
        while since + quiet <= now:
            quiet *= 2
        return since + quiet if quiet <= LAST_LOOK else float("inf")


def _beside(store: Path) -> Path:
    """The folder of a store's copies: its whole name, as ``lab.v1`` and ``lab.v2`` are two."""
    return store.with_name(store.name + COPIES)


def _inside(log: Log) -> Collection[str]:
    """What the log's runs are called inside of it, as far as it was ever read."""
    return log.runs or log.names or ("",)


def _shown(log: Log) -> bool:
    return log.place.plain or bool(log.format or log.name or log.defect)


def _out_of_reach(told: str, what: str) -> Diagnosis:
    return doctor.unreadable(told, told, "", [Problem(told, None, what)])
