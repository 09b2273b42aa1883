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


class Clue(StrEnum):
    """What a rule saw beside its figures, where that tells one cause of its finding from another.

    The sentence of a finding says it in words; nothing reads it back from there.
    """

    METRIC_ROSE = "metric-rose"
    """Before it the metric itself grew,"""
    GRADIENT_ROSE = "gradient-rose"
    """or the gradient norm,"""
    RATE_ROSE = "rate-rose"
    """or only the learning rate."""
    EVERY_EPOCH = "every-epoch"
    """It comes back at the same place of each epoch."""
    SAME_BATCHES = "same-batches"
    """In each epoch it is a few batches alone that bring it."""
    STAYED_UP = "stayed-up"
    """It came from one point to the next, and has not come back."""
    THROWN_UP = "thrown-up"
    """The first steps did it, by orders of magnitude."""
    REPEATED_VALUE = "repeated-value"
    """What was logged is the same value in row after row."""
    LEARNT_FIRST = "learnt-first"
    """The loss had fallen before it stood still."""
    ONE_CLASS = "one-class"
    """Every example gets the same class."""
    AFTER_RESUME = "after-resume"
    """The schedule is another one since a resume."""
    NO_WARMUP = "no-warmup"
    """The first step was taken at the full rate."""
    PLAN_TOO_SHORT = "plan-too-short"
    """The planned steps end before the schedule does."""
    RATE_CLIMBS = "rate-climbs"
    """The rate is on its way up where it should have begun to fall."""


class Verdict(StrEnum):
    """The learning rate's judgement, against the best rate for the same training."""

    TOO_LOW = "too_low"
    OK = "ok"
    TOO_HIGH = "too_high"
    UNKNOWN = "unknown"
