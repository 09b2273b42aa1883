"""Which logs there are, where, and what they and the runs inside of them are called."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lrdoctor import doctor, readers
from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis, Problem
from lrdoctor.follow import naming
from lrdoctor.follow.copies import without_copies
from lrdoctor.follow.find import Finder
from lrdoctor.follow.place import Place
from lrdoctor.follow.remote import Remotes
from lrdoctor.follow.shown import shown
from lrdoctor.monitor import likely, reason
from lrdoctor.monitor.log import Log
from lrdoctor.readers._side import SIDE_FILES

if TYPE_CHECKING:
    from lrdoctor.monitor.keeping import Keeper

COPIES = ".copies"
"""What the folder with the copies of remote logs is called after the store's name."""


class Logs:
    """The logs under some paths, as of the last search, in the order they were found."""

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        config: Config,
        store: Path | None,
        beat: Callable[[], None],
    ) -> None:
        """
        Args:
            store: the store's file, which is no log, and beside which copies are kept.
            beat: called between two pieces of a long file.
        """
        self.keeper: Keeper | None = None
        """Who knows logs from before; None: nobody does."""
        self.by_file: dict[str, Log] = {}
        self.missing: dict[str, Diagnosis] = {}
        """What is said of paths that are not there, by path."""
        self._columns, self._strict, self._beat = config.columns, config.strict, beat
        patterns = {p for reader in readers.readers().values() for p in reader.patterns}
        own = () if store is None else (os.fspath(store),)
        self._finder = Finder([os.fspath(p) for p in paths], patterns, config.ignore, own=own)
        self._given = frozenset(self._finder.paths)
        copies = None if store is None else _beside(store.absolute())
        self._remotes = Remotes(self._finder.paths, copies, self._finder.is_candidate, SIDE_FILES)
        self._logs: dict[str, Log] = {}
        self._found: list[Place] | None = None
        self._waiting: list[Log] = []
        """Logs that no reader has begun on."""
        self._named: list[Place] = []
        self._names: set[str] = set()

    def __iter__(self) -> Iterator[Log]:
        return iter(self._logs.values())

    @property
    def roots(self) -> list[str]:
        """All the paths, as they may be shown and kept."""
        return self._remotes.shown

    def is_candidate(self, path: str) -> bool:
        """Whether a file of this name may be a log."""
        return self._finder.is_candidate(path)

    def of(self, files: Iterable[str]) -> list[Log]:
        """The logs of these files, each once."""
        return list(dict.fromkeys(self.by_file[file] for file in files))

    def notices(self) -> Iterator[str]:
        """What the user should know of where there may be logs: one line each."""
        yield from (f"{url}: {what}" for url, what in self._remotes.troubles().items())
        yield from self._unseen()

    def clear(self) -> None:
        """Let go of everything."""
        self._logs.clear()
        self.by_file.clear()

    def search(self, now: float, *, growing: bool) -> bool:
        """Find new logs and those that are gone. Returns whether any came.

        Args:
            now: UTC seconds.
            growing: False: every folder is listed anew, and every URL asked.
        """
        due = now if growing else 0.0
        self._finder.paths = self._remotes.look(due)
        found = self._finder.find(due)
        self.missing = dict(self._out_of_reach())
        came = False
        if found is not self._found:
            self._found = found
            places = map(self._remotes.outward, without_copies(found))
            came = self._arrange({place.key: place for place in places}, now)
        for log in [log for log in self._waiting if log.look()]:
            log.recognise(now)
        self._waiting = [log for log in self._waiting if not (log.begun or log.gone)]
        likely.mark(self)
        self._name()
        return came

    def name_inside(self, log: Log) -> dict[str, str]:
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

    def _arrange(self, places: dict[str, Place], now: float) -> bool:
        """Take up which logs there are now. Returns whether any came."""
        came = places.keys() - self._logs.keys()
        for key in self._logs.keys() - places.keys():
            self._lose(self._logs[key], now)
        for key, place in places.items():
            log = self._logs.get(key)
            if log is None:
                log = self._logs[key] = Log(place, self._columns, self._beat, self._strict)
                if self.keeper is None:
                    log.take_files()
                else:
                    self.keeper.recall(log)
            if log.gone:
                log.gone, log.told, log.files = False, False, []
            log.move(place)
        self._waiting = [log for log in self._logs.values() if not (log.begun or log.gone)]
        self.by_file = {
            file: log for log in self._logs.values() if not log.gone for file in log.place.files
        }
        if self.keeper is not None:
            self.keeper.follow(len(self.by_file))
        return bool(came)

    def _name(self, *, anew: bool = False) -> None:
        """Name the runs of the logs that are shown.

        Args:
            anew: also where all the places are as they were.
        """
        shown = [log for log in self._logs.values() if log.is_shown and not log.gone]
        places = [log.place for log in shown]
        if places == self._named and not anew:
            return
        self._named, self._names = places, set()
        named = naming.names_of_runs(places, [_inside(log) for log in shown])
        for log, (name, names) in zip(shown, named, strict=True):
            log.name = name
            log.rename(names)
            self._names.update((name, *names.values()))

    def _lose(self, log: Log, now: float) -> None:
        if log.gone:
            return
        log.gone = True
        if self.keeper is not None:
            self.keeper.lose(log, now)
        elif not log.name:
            del self._logs[log.place.key]

    def _unseen(self) -> Iterator[str]:
        """Where there may be logs that nobody can see."""
        for path in self._finder.missing:
            if path in self._given and not os.path.lexists(path):
                yield f"{path} is not there yet: it is looked for again and again"
        barred = self._finder.barred
        if barred:
            more = f" and {len(barred) - 1} more" if len(barred) > 1 else ""
            yield f"{barred[0]}{more} cannot be looked into: permission denied"

    def _out_of_reach(self) -> Iterator[tuple[str, Diagnosis]]:
        """The paths of which nothing can be read, and what is said of them."""
        for path in self._finder.missing:
            what = reason.missing(os.path.lexists(path))
            yield path, _out_of_reach(shown(path), what)
        for path in self._finder.barred:
            yield path, _out_of_reach(shown(path), "permission denied to look into it")
        for url, what in self._remotes.troubles().items():
            yield url, _out_of_reach(url, what)


def _beside(store: Path) -> Path:
    """The folder of a store's copies: its whole name, as ``lab.v1`` and ``lab.v2`` are two."""
    return store.with_name(store.name + COPIES)


def _inside(log: Log) -> Collection[str]:
    """What the log's runs are called inside of it, as far as it was ever read."""
    return log.runs or log.names or ("",)


def _out_of_reach(told: str, what: str) -> Diagnosis:
    return doctor.unreadable(told, told, "", [Problem(told, None, what)])
