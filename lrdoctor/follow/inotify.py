"""File events as Linux tells them, by one thread: watchdog's own way leads through two, and each
may have to wait for a core. It has the few methods of watchdog's observer that ``watch`` uses.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileSystemEvent,
)

# <sys/inotify.h>, inotify(7)
_MODIFY, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _UNMOUNT, _OVERFLOW, _IGNORED = 0x400, 0x2000, 0x4000, 0x8000
_ONLY_DIR, _DONT_FOLLOW, _IS_DIR = 0x01000000, 0x02000000, 0x40000000
_CAME, _WENT = _CREATE | _MOVED_TO, _DELETE | _MOVED_FROM
_ENDED = _DELETE_SELF | _UNMOUNT
# No opening and closing: the owner's own reading would wake it again.
_ASKED = _MODIFY | _CAME | _WENT | _DELETE_SELF | _ONLY_DIR | _DONT_FOLLOW
_HEAD = struct.Struct("iIII")
"""An event up to its name: watch, mask, cookie, bytes of the name."""
_ROOM = 1 << 18
"""Bytes that are read at once."""


class Scheduled(NamedTuple):
    """One folder that was asked for."""

    folder: bytes
    recursive: bool


class Observer:
    """Tells what happens in folders, and below them, to ``dispatch``, in a thread of its own."""

    def __init__(self, dispatch: Callable[[FileSystemEvent], None]) -> None:
        """
        Raises:
            OSError: the system gives no more watchers.
        """
        self._dispatch = dispatch
        self._c = ctypes.CDLL(None, use_errno=True)
        self._fd = self._called(self._c.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._ending, self._end = os.pipe()
        self._lock = threading.Lock()
        """Of what follows: the owner's thread begins and ends watches as well."""
        self._asked: set[Scheduled] = set()
        self._paths: dict[int, bytes] = {}
        """Folders by the kernel's number of their watch."""
        self._thread = threading.Thread(target=self._run, name="inotify", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell nothing more."""
        os.write(self._end, b"!")

    def join(self) -> None:
        """Wait until the thread has ended, and let go of everything."""
        self._thread.join()
        for fd in (self._fd, self._ending, self._end):
            os.close(fd)

    def schedule(self, folder: str, *, recursive: bool = False) -> Scheduled:
        """Begin to tell of a folder.

        Raises:
            OSError: it cannot be watched. Folders below it that cannot are passed over.
        """
        asked = Scheduled(os.fsencode(folder), recursive)
        with self._lock:
            self._add(asked.folder)
            if recursive:
                self._add_below(asked.folder)
            self._asked.add(asked)
        return asked

    def unschedule(self, asked: Scheduled) -> None:
        """Tell no more of it, but for what others asked for."""
        with self._lock:
            self._asked.discard(asked)
            self._drop(asked.folder)

    # All below is called with the lock held, or by the thread alone.

    def _add(self, folder: bytes) -> None:
        watch = self._c.inotify_add_watch(self._fd, folder, _ASKED)
        self._paths[self._called(watch)] = folder

    def _add_below(self, folder: bytes) -> None:
        waiting = [folder]
        while waiting:
            try:
                with os.scandir(waiting.pop()) as entries:
                    found = [each.path for each in entries if each.is_dir(follow_symlinks=False)]
            except OSError:
                continue  # gone again, or not for us
            for path in found:
                try:
                    self._add(path)
                except OSError:
                    continue  # likewise, or too many: whoever looks at everything finds it
                waiting.append(path)

    def _drop(self, folder: bytes) -> None:
        """End the watches of a folder and of those below it that nobody else asked for."""
        for watch, path in list(self._paths.items()):
            if _lies_in(path, folder) and not self._is_asked(path):
                del self._paths[watch]
                self._c.inotify_rm_watch(self._fd, watch)  # perhaps it has ended by itself

    def _is_asked(self, path: bytes) -> bool:
        return any(
            path == asked.folder or (asked.recursive and _lies_in(path, asked.folder))
            for asked in self._asked
        )

    def _run(self) -> None:
        waiting = select.poll()
        for fd in (self._fd, self._ending):
            waiting.register(fd, select.POLLIN)
        while all(fd != self._ending for fd, _ in waiting.poll()):
            for watch, mask, name in _events(os.read(self._fd, _ROOM)):
                for event in self._told(watch, mask, name):
                    self._dispatch(event)

    def _told(self, watch: int, mask: int, name: bytes) -> Iterator[FileSystemEvent]:
        """What an event of the kernel's says; watches follow the folders that come and go."""
        if mask & _OVERFLOW:
            yield from self._overflown()
            return
        with self._lock:  # or it is of a watch that is just being noted
            folder = self._paths.get(watch)
        if folder is None:
            return  # of a watch just ended
        if mask & _IGNORED:
            with self._lock:
                self._paths.pop(watch, None)
            return
        path = os.path.join(folder, name) if name else folder
        shown = os.fsdecode(path)
        if mask & _ENDED:
            yield DirDeletedEvent(shown)
        elif mask & _MODIFY:
            yield FileModifiedEvent(shown)
        elif not mask & _IS_DIR:
            yield FileCreatedEvent(shown) if mask & _CAME else FileDeletedEvent(shown)
        else:
            with self._lock:
                if mask & _MOVED_FROM:  # watches of what was deleted end by themselves
                    self._moved(path)
                elif mask & _CAME and self._is_asked(path):
                    self._came(path)
            yield DirCreatedEvent(shown) if mask & _CAME else DirDeletedEvent(shown)

    def _came(self, folder: bytes) -> None:
        try:
            self._add(folder)
        except OSError:
            return  # as in ``_add_below``
        self._add_below(folder)

    def _moved(self, folder: bytes) -> None:
        """What lies below it is no longer where it was."""
        for watch, path in list(self._paths.items()):
            if _lies_in(path, folder):
                del self._paths[watch]
                self._c.inotify_rm_watch(self._fd, watch)

    def _overflown(self) -> Iterator[FileSystemEvent]:
        """Events were lost, of folders that came as well."""
        with self._lock:
            for asked in self._asked:
                if asked.recursive:
                    self._add_below(asked.folder)
            folders = [os.fsdecode(asked.folder) for asked in self._asked]
        yield from map(DirCreatedEvent, folders)

    @staticmethod
    def _called(answer: int) -> int:
        if answer < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return answer


def _events(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Watch, mask and name of each event."""
    at = 0
    while at < len(data):
        watch, mask, _, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size + length
        yield watch, mask, data[at - length : at].rstrip(b"\0")


def _lies_in(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")
