"""How a training ended, where its log says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST = 240
"""Characters of a log's words that are kept."""


class End(StrEnum):
    """What ended a training."""

    OUT_OF_MEMORY = "out-of-memory"
    """Of an accelerator's memory."""
    HOST_MEMORY = "host-memory"
    SHARED_MEMORY = "shared-memory"
    DISK_FULL = "disk-full"
    NOT_FINITE = "not-finite"
    """The training itself gave up on a loss or gradient that was no number."""
    TIME_LIMIT = "time-limit"
    PREEMPTED = "preempted"
    NODE_FAILURE = "node-failure"
    CANCELLED = "cancelled"
    """By whoever owns the job, or the cluster's operator."""
    INTERRUPTED = "interrupted"
    """By hand, with Ctrl-C."""
    DEVICE = "device"
    """An error of the accelerator or its libraries."""
    SIGNAL = "signal"
    """A segmentation fault, an abort and their like."""
    EXCEPTION = "exception"
    COMMUNICATION = "communication"
    """Between the ranks: one was waited for in vain."""
    KILLED = "killed"
    TERMINATED = "terminated"
    CHILD = "child"
    """A launcher tells that a process failed, and not why."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended a training, in the log's own words."""

    kind: End
    said: str
    """Plain text on one line, at most ``LONGEST`` characters; never markup."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """What looked like the end of a training until further figures followed."""

    ending: Ending
    at: tuple[float | None, float | None]
    """Step and epoch of the last figures before it."""


def one_line(text: str) -> str:
    """Words of a log as an ending has them: without control characters, cut where too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST]).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
