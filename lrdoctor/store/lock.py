"""The right to write a store: one process at a time, freed by the system when it dies.

The file beside the store that stands for it holds its owner's process id and, on a second line,
why the owner cannot write the store just now: where the disk is full, the store cannot say so.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from lrdoctor.errors import StoreHeld

SUFFIX = ".lock"

ROOM = 1000
"""Bytes of the file; written at once when the lock is taken, so that a full disk holds them."""


class WriterLock:
    """An exclusive lock on a side file.

    The file stays when the lock goes: deleting it would let two processes lock two files.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock at once.

        Raises:
            StoreHeld: another process holds it; the message names that process.
        """
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _lines(os.pread(self._file, ROOM, 0))[0] or "unknown"
            os.close(self._file)
            raise StoreHeld(
                f"the store {path.with_suffix('')} is being written by process {holder}: "
                "end it, or name another file with --store",
                holder,
            ) from error
        os.ftruncate(self._file, ROOM)
        self.say("")

    def say(self, trouble: str) -> None:
        """Why the store cannot be written just now; "" where it can.

        Raises:
            OSError: not even these bytes can be written.
        """
        said = f"{os.getpid()}\n{trouble}\n".encode(errors="backslashreplace")[:ROOM]
        os.pwrite(self._file, said.ljust(ROOM), 0)

    def release(self) -> None:
        """Let another process write. Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def trouble(path: Path) -> tuple[str, float]:
    """What the owner of this lock file said last, "" for nothing, and when: UTC seconds."""
    try:
        with path.open("rb") as file:
            said = _lines(file.read(ROOM))[1]
            return said, os.fstat(file.fileno()).st_mtime
    except OSError:
        return "", 0.0


def _lines(data: bytes) -> tuple[str, str]:
    lines = data.decode("utf-8", "replace").strip("\0 ").split("\n")
    return lines[0].strip(), lines[1].strip() if len(lines) > 1 else ""
