"""Wakes its owner when a log may have changed. Events are hints: they come late, twice or not.

The owner's own regular look at every file is the truth; where no events can be had, it is all.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from lrdoctor.follow import database, mount
from lrdoctor.follow.source import Seen, Source

NAP = 2e-3
"""Seconds of rest where files were written to that are no logs: a checkpoint is thousands of
events, of which the system makes one as long as nobody asks."""


@dataclass(frozen=True, slots=True)
class Wake:
    """What was seen since the last ``take``."""

    files: frozenset[str]
    """Real paths of files that may have grown."""
    anew: bool
    """Something came, went or moved: look at everything."""


def system_source(seen: Seen) -> Source:
    """What this system has.

    Raises:
        OSError: it refuses.
    """
    if sys.platform == "linux":
        from lrdoctor.follow.inotify import Inotify

        return Inotify(seen)
    from lrdoctor.follow.observed import Observed

    return Observed(seen)


class Watch:
    """Events below some paths, gathered until they are taken."""

    def __init__(
        self,
        paths: Sequence[str],
        wanted: Callable[[str], bool],
        *,
        events: bool = True,
        source: Callable[[Seen], Source] = system_source,
    ) -> None:
        """
        Args:
            paths: files and folders, which need not exist yet.
            wanted: whether a file of this path may be a log; others wake nobody.
            events: False: never ask for events; ``wait`` only sleeps.
            source: what tells of them.
        """
        self._paths = tuple(paths)
        self._wanted = wanted
        self._files: set[str] = set()
        self._anew = False
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._source: Source | None = None
        self._watched: dict[str, tuple[int, int]] = {}
        """What each watched folder is: device and inode."""
        self._ended: set[str] = set()
        self._refused: str | None = None
        self._remote: dict[str, str] = {}
        if events:
            try:
                self._source = source(self)
            except OSError as error:
                self._refused = _refusal(error)
            self.refresh()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know: one line each; empty while events come."""
        remote = (
            f"{folder} lies on a {kind} file system, which tells of no changes: "
            "it is looked at every few seconds"
            for folder, kind in self._remote.items()
        )
        return (*remote, *([self._refused] if self._refused else ()))

    def wait(self, timeout: float) -> bool:
        """Sleep until something happens, ``wake`` is called or so many seconds have passed."""
        if self._source is None:
            return self._woken.wait(timeout)
        end, vain = time.monotonic() + timeout, False
        while True:
            self._source.gather()
            left = end - time.monotonic()
            if self._woken.is_set() or left <= 0:
                return self._woken.is_set()
            if vain:
                time.sleep(min(NAP, left))
            self._source.wait(left)
            vain = True

    def wake(self) -> None:
        """End a ``wait`` from another thread or a signal handler."""
        self._woken.set()
        if self._source is not None:
            self._source.wake()

    def take(self) -> Wake:
        """Everything seen since the last call."""
        self._woken.clear()
        if self._source is not None:
            self._source.gather()
        with self._lock:
            wake = Wake(frozenset(self._files), self._anew)
            self._files.clear()
            self._anew = False
        return wake

    def grown(self, known: Container[str]) -> frozenset[str]:
        """Those of the ``known`` files that may have grown since the last call; for a long look at
        everything, which shall not keep them waiting. All else stays for ``take``."""
        if self._source is not None:
            self._source.gather()
        with self._lock:
            found = frozenset(path for path in self._files if path in known)
            self._files -= found
        return found

    def refresh(self) -> None:
        """Watch what has come, or come again, since: a path deleted and made anew is another."""
        if self._source is None:
            return
        self._source.gather()
        places = dict(map(_place, self._paths))
        with self._lock:
            ended, self._ended = self._ended, set()
        # A folder made anew may have the former one's inode: that its watch ended tells them apart.
        for folder in ended | (self._watched.keys() - places.keys()):
            self._forget(self._source, folder)
        self._refused = None
        for folder, recursive in places.items():
            self._attend(self._source, folder, recursive)
        if self._source.refused is not None:
            self._source.retry()
        if self._source.refused is not None:
            self._refused = _refusal(self._source.refused)

    def close(self) -> None:
        """Let go of the events. Safe to call twice."""
        source, self._source = self._source, None
        if source is not None:
            source.close()
        self._watched.clear()

    # What the source tells, in its own threads where it has some.

    def grew(self, path: str) -> None:
        """A file was written to."""
        self._note(database.owner(path) or path, grown=True)

    def stirred(self, path: str, *, folder: bool) -> None:
        """Something of this path came, went or moved."""
        owner = None if folder else database.owner(path)
        if owner is not None:
            self._note(owner, grown=True)
        elif folder:
            self.lost()
        else:
            self._note(path, grown=False)

    def ended(self, folder: str) -> None:
        """A folder that was to be watched is gone."""
        with self._lock:
            self._ended.add(folder)
        self.lost()

    def lost(self) -> None:
        """Whatever happened: look at everything."""
        with self._lock:
            self._anew = True
        self._woken.set()

    def _note(self, path: str, *, grown: bool) -> None:
        if not self._wanted(path):
            return
        with self._lock:
            if grown:
                self._files.add(path)
            else:
                self._anew = True
        self._woken.set()

    def _attend(self, source: Source, folder: str, recursive: bool) -> None:
        try:
            state = os.stat(folder)
        except OSError:
            self._forget(source, folder)
            return
        identity = (state.st_dev, state.st_ino)
        if self._watched.get(folder) == identity:
            return
        self._forget(source, folder)
        try:
            source.add(folder, recursive=recursive)
        except OSError as error:
            self._refused = _refusal(error)
            return
        self._watched[folder] = identity
        kind = mount.remote(folder)
        if kind is not None:
            self._remote[folder] = kind

    def _forget(self, source: Source, folder: str) -> None:
        self._remote.pop(folder, None)
        if self._watched.pop(folder, None) is not None:
            source.remove(folder)


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
