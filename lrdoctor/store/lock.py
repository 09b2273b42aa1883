"""The right to write a store: one process at a time, freed by the system when it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from lrdoctor.errors import StoreError


class WriterLock:
    """An exclusive lock on a side file that holds its owner's process id.

    The file stays when the lock goes: deleting it would let two processes lock two files.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock at once.

        Raises:
            StoreError: another process holds it; the message names that process.
        """
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise StoreError(
                f"the store {path.with_suffix('')} is being written by process {holder}: "
                "end it, or name another file with --store"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process write. Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
