"""Freed memory, handed back to the system or kept for what is read next."""

from __future__ import annotations

import ctypes
import sys

# glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT, _LARGEST = 64 << 20, 32 << 20
"""Bytes: what is kept at most, and of what size each. 32 MiB is the most that glibc goes up to by
itself, with twice that kept (mallopt(3), M_MMAP_THRESHOLD)."""


def keep() -> None:
    """Have the C library keep freed memory for the next piece of a log, where it can be asked to.

    For a process that only reads and ends: to ask the system for each piece anew, and have it
    cleared, takes as long as to read an event file.
    """
    _ask("mallopt", _TRIM_THRESHOLD, _KEPT)
    _ask("mallopt", _MMAP_THRESHOLD, _LARGEST)


def give_back() -> None:
    """Have the C library return what it keeps of freed memory, where it can be asked to.

    The points of a run that is let go of lie between those of others: glibc keeps the gaps, which
    after a thousand runs are more than what is in use. Takes some milliseconds.
    """
    _ask("malloc_trim", 0)


def _ask(name: str, *told: int) -> None:
    """Call glibc's own function; another library may lack it."""
    if sys.platform != "linux":
        return  # other systems may have no library of this process to ask
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*told)
