"""File events where there is no inotify: watchdog knows the ways of the other systems."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

from watchdog import observers
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
from watchdog.observers.api import EventQueue, ObservedWatch

# An event that meets a watch just ended is told as an error there, and is none: the terminal is
# the user's. Whoever sets up logging still has it.
logging.getLogger("watchdog").addHandler(logging.NullHandler())

# No opening and closing: the owner's own reading would wake it again.
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
    FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent,
]  # fmt: skip


class Observer(observers.Observer):  # type: ignore[misc, valid-type]
    """Hands events over where they are met. watchdog's own way leads through one thread more, and
    each may have to wait for a core."""

    def __init__(self, dispatch: Callable[[FileSystemEvent], None]) -> None:
        # A folder that comes while its parent is being watched is met twice: the second watch
        # takes the place of the first, which is the same.
        warnings.filterwarnings("ignore", "Callback with id .* already exists", RuntimeWarning)
        super().__init__()
        self._straight = _Hand(dispatch)

    @property
    def event_queue(self) -> EventQueue:
        return self._straight

    def schedule(self, folder: str, *, recursive: bool = False) -> ObservedWatch:
        """See ``inotify.Observer``."""
        watch: ObservedWatch = super().schedule(
            FileSystemEventHandler(), folder, recursive=recursive, event_filter=_EVENTS
        )
        return watch


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
