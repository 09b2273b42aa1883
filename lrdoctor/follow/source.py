"""What tells of changed files: Linux itself, or watchdog where there is no Linux."""

from __future__ import annotations

from typing import Protocol


class Seen(Protocol):
    """Takes what is told. May be called from several threads."""

    def grew(self, path: str) -> None:
        """A file was written to."""

    def stirred(self, path: str, *, folder: bool) -> None:
        """Something of this path came, went or moved."""

    def ended(self, folder: str) -> None:
        """A folder that was to be watched is gone, and its watch with it."""

    def lost(self) -> None:
        """Nobody knows what else happened."""


class Source(Protocol):
    """Watches folders. Making one raises OSError where the system refuses."""

    refused: OSError | None
    """Why some folder below those that are watched is not."""

    def add(self, folder: str, *, recursive: bool) -> None:
        """Watch a folder, with all that are and will be below it where it is said so.

        Raises:
            OSError: it cannot be watched.
        """

    def remove(self, folder: str) -> None:
        """Watch it no longer. It need not be there."""

    def retry(self) -> None:
        """Try again where ``refused`` tells of a folder."""

    def gather(self) -> None:
        """Tell all that is known by now."""

    def wait(self, seconds: float) -> None:
        """Sleep until there is something to tell, or ``wake`` is called."""

    def wake(self) -> None:
        """End a ``wait``, from another thread or a signal handler."""

    def close(self) -> None:
        """Let go of everything."""
