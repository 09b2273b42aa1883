"""A set of logs, diagnosed: once (``check``), or for as long as they grow (``Monitor``)."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lrdoctor import config as settings
from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis
from lrdoctor.errors import LogUnreadable
from lrdoctor.monitor.monitor import Monitor
from lrdoctor.run import Run

__all__ = ["Monitor", "check", "read"]

Paths = Sequence[str | os.PathLike[str]]


def check(
    paths: Paths, *, config: Config | None = None, until: int | None = None
) -> list[Diagnosis]:
    """Diagnose the logs under these paths as they stand, finished or still growing.

    Args:
        paths: log files, and folders that hold some.
        config: settings; None: those of ``./lrdoctor.toml``, where it exists.
        until: as if the logs ended at this step.

    Returns:
        One diagnosis a run, in the order of the paths, then by name. A log that cannot be read
        has status ``unreadable`` and says why, and so has a path that is not there.

    Raises:
        UsageError: no path was given.
        ConfigError: the settings cannot be meant.
    """
    chosen = config or settings.load(None)
    monitor = Monitor(_listed(paths), config=chosen, growing=False, until=until)
    monitor.poll()
    return monitor.diagnoses


def read(paths: Paths, *, config: Config | None = None) -> list[Run]:
    """The runs under these paths, with all their points, not diagnosed further.

    Raises:
        UsageError: no path was given.
        ConfigError: the settings cannot be meant.
        LogUnreadable: not one run could be read; the message says why, of the first path.
    """
    chosen = config or settings.load(None)
    monitor = Monitor(_listed(paths), config=chosen, growing=False, keep_runs=True)
    diagnoses = monitor.poll()
    runs = monitor.runs()
    if not runs:
        told = [p for d in (*diagnoses, *monitor.diagnoses) for p in d.problems]
        reason = f"{told[0].path}: {told[0].what}" if told else "no log under these paths"
        raise LogUnreadable(reason)
    return runs


def _listed(paths: Paths | str | os.PathLike[str]) -> Paths:
    """A single path is meant as a list of one: a text would be taken letter by letter."""
    return [paths] if isinstance(paths, str | os.PathLike) else paths
