"""File events by watchdog, where the system is not Linux: FSEvents, kqueue, Windows' own."""

from __future__ import annotations

import logging
import os
import threading
import warnings

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
from watchdog.observers.api import ObservedWatch

from lrdoctor.follow.source import Seen

# An event that meets a watch just ended is told as an error there, and is none: the terminal is
# the user's. Whoever sets up logging still has it.
logging.getLogger("watchdog").addHandler(logging.NullHandler())

# No opening and closing: the owner's own reading would wake it again.
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
    FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent,
]  # fmt: skip


class Observed(FileSystemEventHandler):
    """watchdog's threads; see ``Source``."""

    def __init__(self, seen: Seen) -> None:
        # A folder that comes while its parent is being watched is met twice, as tests on Linux see:
        # the second watch takes the place of the first, which is the same.
        warnings.filterwarnings("ignore", "Callback with id .* already exists", RuntimeWarning)
        self.refused: OSError | None = None
        self._seen = seen
        self._woken = threading.Event()
        self._watches: dict[str, ObservedWatch] = {}
        self._observer = Observer()
        self._observer.start()

    def add(self, folder: str, *, recursive: bool) -> None:
        self._watches[folder] = self._observer.schedule(
            self, folder, recursive=recursive, event_filter=_EVENTS
        )

    def remove(self, folder: str) -> None:
        watch = self._watches.pop(folder, None)
        if watch is not None:
            self._observer.unschedule(watch)

    def retry(self) -> None:
        """It tells of no folder below that it could not watch."""

    def gather(self) -> None:
        """Its thread has told already."""
        self._woken.clear()

    def wait(self, seconds: float) -> None:
        self._woken.wait(seconds)

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog, in its thread."""
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
        gone = isinstance(event, DirDeletedEvent | FileDeletedEvent)
        for path in paths:
            if gone and path in self._watches:
                self._seen.ended(path)
            elif isinstance(event, FileModifiedEvent):
                self._seen.grew(path)
            else:
                self._seen.stirred(path, folder=event.is_directory)
        self._woken.set()
