"""Freed memory, handed back to the system."""

from __future__ import annotations

import ctypes

_LIBRARY = ctypes.CDLL(None)


def give_back() -> None:
    """Have the C library return what it keeps of freed memory, where it can be asked to.

    The points of a run that is let go of lie between those of others: glibc keeps the gaps, which
    after a thousand runs are more than what is in use. Takes some milliseconds.
    """
    trim = getattr(_LIBRARY, "malloc_trim", None)
    if trim is not None:
        trim(0)
