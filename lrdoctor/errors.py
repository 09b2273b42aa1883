"""Every exception that lrdoctor raises. Each message is one line that says what to do about it."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def in_one_line(error: Exception) -> str:
    """An exception of somebody else's, its kind first."""
    return " ".join(f"{type(error).__name__}: {error}".split())


class LrdoctorError(Exception):
    """The root of all: the terminal prints its message as one line and exits with 2."""


class UsageError(LrdoctorError):
    """A command or a function was called with something it cannot take."""


def not_known(name: str, known: Collection[str], kind: str) -> UsageError:
    """That nothing of this kind goes by this name, and what comes near."""
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return UsageError(f"there is no {kind} {name!r}; {hint}")


class LogUnreadable(LrdoctorError):
    """A log that no reader can take, or that holds no loss. The message is the reason."""


class ConfigError(LrdoctorError):
    """``lrdoctor.toml`` holds something that cannot be meant."""


class ExtensionError(LrdoctorError):
    """A module that should define one reader, rule or signal does not, or fails to import."""


class StoreError(LrdoctorError):
    """The store cannot be opened, is of a newer version, or is locked by another process."""


class StoreHeld(StoreError):
    """Another process writes the store just now; ``holder`` is its id, "unknown" before it says."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


class StoreDamaged(StoreError):
    """The store's file is no longer what SQLite wrote: it is set aside and made anew."""


class RemarkRefused(LrdoctorError):
    """A remark on a run cannot be kept: there are too many, or what it withdraws does not stand."""


class ServerError(LrdoctorError):
    """The web server cannot start: a taken port, a missing token."""
