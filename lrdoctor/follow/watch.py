"""Wakes its owner when a log may have changed. Events are hints: they come late, twice or not.

The owner's own regular look at every file is the truth; where no events can be had, it is all.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import warnings
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, EventQueue, ObservedWatch

from lrdoctor.follow import database, mount

# An event that meets a watch just ended is told as an error there, and is none: the terminal is
# the user's. Whoever sets up logging still has it.
logging.getLogger("watchdog").addHandler(logging.NullHandler())

# No opening and closing: the owner's own reading would wake it again.
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
    FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent,
]  # fmt: skip


PROBE = 15
"""So many looks lie between two tries whether one more folder could be watched."""


@dataclass(frozen=True, slots=True)
class Wake:
    """What was seen since the last ``take``."""

    files: frozenset[str]
    """Real paths of files that may have grown."""
    anew: bool
    """Something came, went or moved: look at everything."""


class Watch(FileSystemEventHandler):
    """Events below some paths, gathered until they are taken. Its threads are watchdog's."""

    def __init__(
        self, paths: Sequence[str], wanted: Callable[[str], bool], *, events: bool = True
    ) -> None:
        """
        Args:
            paths: files and folders, which need not exist yet.
            wanted: whether a file of this path may be a log; others wake nobody.
            events: False: never ask for events; ``wait`` only sleeps.
        """
        self._paths = tuple(paths)
        self._wanted = wanted
        self._files: set[str] = set()
        self._anew = False
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._observer: BaseObserver | None = None
        self._watched: dict[str, tuple[tuple[int, int], ObservedWatch]] = {}
        self._ended: set[str] = set()
        self._refused: str | None = None
        self._scarce: str | None = None
        self._probe_in = 0
        self._remote: dict[str, str] = {}
        if events:
            self._start()
            self.refresh()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know: one line each; empty while events come."""
        remote = (
            f"{folder} lies on a {kind} file system, which tells of no changes: "
            "it is looked at every few seconds"
            for folder, kind in self._remote.items()
        )
        refused = self._refused or self._scarce
        return (*remote, *([refused] if refused else ()))

    def wait(self, timeout: float) -> bool:
        """Sleep until something happens, ``wake`` is called or so many seconds have passed."""
        return self._woken.wait(timeout)

    def wake(self) -> None:
        """End a ``wait`` from another thread or a signal handler."""
        self._woken.set()

    def take(self) -> Wake:
        """Everything seen since the last call."""
        self._woken.clear()
        with self._lock:
            wake = Wake(frozenset(self._files), self._anew)
            self._files.clear()
            self._anew = False
        return wake

    def grown(self, known: Container[str]) -> frozenset[str]:
        """Those of the ``known`` files that may have grown since the last call; for a long look at
        everything, which shall not keep them waiting. All else stays for ``take``."""
        with self._lock:
            found = frozenset(path for path in self._files if path in known)
            self._files -= found
        return found

    def refresh(self) -> None:
        """Watch what has come, or come again, since: a path deleted and made anew is another."""
        if self._observer is None:
            return
        places = dict(map(_place, self._paths))
        with self._lock:
            ended, self._ended = self._ended, set()
        # A folder made anew may have the former one's inode: that its watch ended tells them apart.
        for folder in ended | (self._watched.keys() - places.keys()):
            self._forget(folder)
        self._refused = None
        for folder, recursive in places.items():
            self._attend(folder, recursive)
        self._probe_in -= 1
        if self._probe_in < 0 and self._watched:
            self._probe_in = PROBE
            self._probe()

    def close(self) -> None:
        """End the threads. Safe to call twice."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join()
        self._watched.clear()

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog, in its thread."""
        event = _as_growth(event)
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
        itself = isinstance(event, DirDeletedEvent | FileDeletedEvent) and paths[0] in self._watched
        if itself:
            with self._lock:
                self._ended.add(paths[0])
        elif not event.is_directory and not any(map(self._wanted, paths)):
            return
        with self._lock:
            if isinstance(event, FileModifiedEvent):
                self._files.update(paths)
            else:
                self._anew = True
        self._woken.set()

    def _start(self) -> None:
        # A folder that comes while its parent is being watched is met twice: the second watch
        # takes the place of the first, which is the same.
        warnings.filterwarnings("ignore", "Callback with id .* already exists", RuntimeWarning)
        try:
            self._observer = _Straight(self.dispatch)
            self._observer.start()
        except OSError as error:
            self._observer = None
            self._refused = _refusal(error)

    def _attend(self, folder: str, recursive: bool) -> None:
        assert self._observer is not None
        try:
            state = os.stat(folder)
        except OSError:
            self._forget(folder)
            return
        identity = (state.st_dev, state.st_ino)
        known = self._watched.get(folder)
        if known is not None and known[0] == identity:
            return
        self._forget(folder)
        try:
            watch = self._observer.schedule(self, folder, recursive=recursive, event_filter=_EVENTS)
        except OSError as error:
            self._refused = _refusal(error)
            return
        self._watched[folder] = (identity, watch)
        kind = mount.remote(folder)
        if kind is not None:
            self._remote[folder] = kind

    def _probe(self) -> None:
        """See whether one more folder could be watched: watchdog hides that it could not."""
        assert self._observer is not None
        try:
            folder = TemporaryDirectory(prefix="lrdoctor-")
        except OSError:
            return  # no room for an empty folder says nothing of watching
        with folder as path:
            try:
                watch = self._observer.schedule(self, path, event_filter=[])
                self._observer.unschedule(watch)
                self._scarce = None
            except OSError as error:
                self._scarce = _refusal(error)

    def _forget(self, folder: str) -> None:
        self._remote.pop(folder, None)
        known = self._watched.pop(folder, None)
        if known is not None and self._observer is not None:
            self._observer.unschedule(known[1])


class _Straight(Observer):  # type: ignore[misc, valid-type]
    """Hands events over where they are met. watchdog's own way leads through one thread more, and
    each may have to wait for a core."""

    def __init__(self, dispatch: Callable[[FileSystemEvent], None]) -> None:
        super().__init__()
        self._straight = _Hand(dispatch)

    @property
    def event_queue(self) -> EventQueue:
        return self._straight


class _Hand(EventQueue):
    """A queue in which no event stays."""

    def __init__(self, dispatch: Callable[[FileSystemEvent], None]) -> None:
        super().__init__()
        self._dispatch = dispatch

    def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
        if isinstance(item, tuple):
            self._dispatch(item[0])
        else:  # told to end
            super().put(item, block, timeout)


def _as_growth(event: FileSystemEvent) -> FileSystemEvent:
    """Whatever happens to the log or the journal of a database: that one may have grown."""
    owner = database.owner(os.fsdecode(event.src_path or event.dest_path))
    return event if owner is None else FileModifiedEvent(owner)


def _place(path: str) -> tuple[str, bool]:
    """The folder to watch for a path, and whether with everything below it."""
    real = os.path.realpath(path)
    if os.path.isdir(real):
        return real, True
    return os.path.dirname(real), False


def _refusal(error: OSError) -> str:
    hints = {
        errno.ENOSPC: "the system's limit of watched folders is reached "
        "(sysctl fs.inotify.max_user_watches)",
        errno.EMFILE: "the system's limit of watchers is reached "
        "(sysctl fs.inotify.max_user_instances)",
    }
    reason = hints.get(error.errno or 0, error.strerror or str(error))
    return f"no file events: {reason}; the logs are looked at every few seconds instead"
