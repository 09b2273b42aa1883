"""Freed memory, handed back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Have the C library return what it keeps of freed memory, where it can be asked to.

    The points of a run that is let go of lie between those of others: glibc keeps the gaps, which
    after a thousand runs are more than what is in use. Takes some milliseconds.
    """
    if sys.platform != "linux":
        return  # the call is glibc's own; other systems may have no library of this process to ask
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
