"""The words of a diagnosis that scripts rely on."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is: the run is lost or being lost, it costs, or it is worth knowing."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Status(StrEnum):
    """A run's state in one word, worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    WATCHING = "watching"
    HEALTHY = "healthy"
    TOO_SHORT = "too-short"
    UNREADABLE = "unreadable"

    @property
    def rank(self) -> int:
        """0 for the worst; sorts runs worst first."""
        return list(Status).index(self)


class Action(StrEnum):
    """What to do about a finding."""

    LOWER_LR = "lower-lr"
    RAISE_LR = "raise-lr"
    DECAY_LR = "decay-lr"
    LENGTHEN_WARMUP = "lengthen-warmup"
    CLIP_GRADIENTS = "clip-gradients"
    SMALLER_BATCH = "smaller-batch"
    RESTORE_CHECKPOINT = "restore-checkpoint"
    STOP = "stop"
    WAIT = "wait"
    FIX_DATA = "fix-data"
    REGULARISE = "regularise"


class Verdict(StrEnum):
    """The learning rate's judgement, against the best rate for the same training."""

    TOO_LOW = "too_low"
    OK = "ok"
    TOO_HIGH = "too_high"
    UNKNOWN = "unknown"
