"""File events as Linux tells them: inotify(7), read by whoever waits for them.

No thread and no queue lies between a written line and its reader, and each of those may have to
wait for a core. Events are hints: where it is unclear what happened, that is told.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
from collections.abc import Iterator
from contextlib import suppress

from lrdoctor.follow.source import Seen

# linux/inotify.h.
_MODIFY, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _UNMOUNT, _OVERFLOW, _IGNORED = 0x400, 0x2000, 0x4000, 0x8000
_ONLY_FOLDERS, _NO_LINKS, _FOLDER = 0x01000000, 0x02000000, 0x40000000
# No opening and closing: the owner's own reading would wake it again.
_WATCHED = (_MODIFY | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF
            | _ONLY_FOLDERS | _NO_LINKS)  # fmt: skip
_EVENT = struct.Struct("iIII")
_ROOM = 1 << 16
"""Bytes of events read at once."""
_READS = 16
"""And so often at most, some 20,000 events: they may come faster than they are read."""
_LIMITS = (errno.ENOSPC, errno.ENOMEM)


class Inotify:
    """One instance of inotify; see ``Source``."""

    def __init__(self, seen: Seen) -> None:
        """
        Raises:
            OSError: the limit of such instances is reached.
        """
        self.refused: OSError | None = None
        self._seen = seen
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise _error()
        self._woken = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll = select.poll()
        for file in (self._file, self._woken):
            self._poll.register(file, select.POLLIN)
        self._roots: dict[str, bool] = {}
        """What was asked for, and whether with all below it."""
        self._paths: dict[int, str] = {}
        """By number of the watch."""
        self._left_out: set[str] = set()
        """Folders below that are not watched for want of watches."""

    def add(self, folder: str, *, recursive: bool) -> None:
        self._watch(folder)
        self._roots[folder] = recursive
        if recursive:
            self._add_below(folder)

    def remove(self, folder: str) -> None:
        self._roots.pop(folder, None)
        self._drop(folder)
        for root, recursive in list(self._roots.items()):  # they may overlap
            if _within(root, folder):
                self._try(root, recursive=recursive)
            elif recursive and _within(folder, root):
                self._try(folder, recursive=True)

    def retry(self) -> None:
        waiting, self._left_out, self.refused = self._left_out, set(), None
        for folder in waiting:
            if self.refused is None:
                self._try(folder, recursive=True)
            else:
                self._left_out.add(folder)

    def gather(self) -> None:
        for _ in range(_READS):
            try:
                data = os.read(self._file, _ROOM)
            except BlockingIOError:
                return
            for event in _events(data):
                self._take(*event)

    def wait(self, seconds: float) -> None:
        if self._poll.poll(1e3 * seconds):
            with suppress(BlockingIOError):  # it was an event
                os.eventfd_read(self._woken)

    def wake(self) -> None:
        os.eventfd_write(self._woken, 1)

    def close(self) -> None:
        os.close(self._file)
        os.close(self._woken)

    def _take(self, watch: int, mask: int, name: str) -> None:
        if mask & _OVERFLOW:
            for root, recursive in list(self._roots.items()):
                self._try(root, recursive=recursive)
            self._seen.lost()
            return
        if mask & _IGNORED:
            folder = self._paths.pop(watch, None)
            if folder in self._roots:
                self._seen.ended(folder)
            return
        folder = self._paths.get(watch)
        if folder is None:
            return  # of a watch that was given up
        if mask & (_DELETE_SELF | _UNMOUNT):
            return  # the watch ends by it, which is told next
        path = os.path.join(folder, name)
        if mask & _MODIFY:
            self._seen.grew(path)
            return
        if mask & _FOLDER:
            if mask & _MOVED_FROM:
                self._drop(path)
                for root in self._roots:
                    if root == path or _within(root, path):
                        self._seen.ended(root)
            elif mask & (_CREATE | _MOVED_TO) and self._recursive(folder):
                self._try(path, recursive=True)
        self._seen.stirred(path, folder=bool(mask & _FOLDER))

    def _recursive(self, folder: str) -> bool:
        return any(
            recursive and (root == folder or _within(folder, root))
            for root, recursive in self._roots.items()
        )

    def _try(self, folder: str, *, recursive: bool) -> None:
        """Watch it if that can be done; what has gone meanwhile is told by the folder above."""
        try:
            self._watch(folder)
        except OSError as error:
            if error.errno in _LIMITS:
                self.refused = error
                self._left_out.add(folder)
            return
        if recursive:
            self._add_below(folder)

    def _add_below(self, folder: str) -> None:
        for below in _folders(folder):
            self._try(below, recursive=True)

    def _watch(self, folder: str) -> None:
        """
        Raises:
            OSError: it is no folder, or cannot be watched.
        """
        watch = self._libc.inotify_add_watch(self._file, os.fsencode(folder), _WATCHED)
        if watch < 0:
            raise _error()
        self._paths[watch] = folder  # a folder that was renamed keeps its number

    def _drop(self, folder: str) -> None:
        """Give up what is watched of a folder and below it."""
        gone = [w for w, path in self._paths.items() if path == folder or _within(path, folder)]
        for watch in gone:
            del self._paths[watch]
            self._libc.inotify_rm_watch(self._file, watch)
        self._left_out = {path for path in self._left_out if not _within(path, folder)}


def _folders(folder: str) -> Iterator[str]:
    """Those right below; links lead elsewhere and are not followed."""
    try:
        with os.scandir(folder) as entries:
            yield from [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return  # gone meanwhile, or not for us


def _events(data: bytes) -> Iterator[tuple[int, int, str]]:
    """The watch, the mask and the name of each event."""
    at = 0
    while at < len(data):
        watch, mask, _, length = _EVENT.unpack_from(data, at)
        at += _EVENT.size
        name = data[at : at + length].rstrip(b"\0")
        at += length
        yield watch, mask, os.fsdecode(name)


def _within(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
