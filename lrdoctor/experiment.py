"""A learning rate from logs on disk: what to try after several runs, or after a range test."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lrdoctor import learning_rate, monitor
from lrdoctor.config import Config
from lrdoctor.diagnosis import Suggestion
from lrdoctor.errors import UsageError


def next_learning_rate(
    paths: Sequence[str | os.PathLike[str]], *, config: Config | None = None
) -> Suggestion:
    """The base rate to try next, from the runs made so far of one experiment.

    Args:
        paths: their logs, or folders that hold them.
        config: settings; None: those of ``./lrdoctor.toml``, where it exists.

    Returns:
        ``value`` None means enough: keep the run at the path ``best``.

    Raises:
        UsageError: no run tells both a loss and its learning rate.
        LogUnreadable: not one log could be read.
    """
    return learning_rate.next_learning_rate(monitor.read(paths, config=config))


def range_test(path: str | os.PathLike[str], *, config: Config | None = None) -> Suggestion:
    """The base rate that the log of a learning-rate range test speaks for.

    Raises:
        UsageError: the log is no range test, is too short or too coarse, or holds several runs.
        LogUnreadable: it cannot be read.
    """
    runs = monitor.read([path], config=config)
    if len(runs) > 1:
        names = ", ".join(run.name for run in runs[:3])
        raise UsageError(f"{os.fspath(path)} holds {len(runs)} runs ({names}, ...): name one")
    return learning_rate.range_test(runs[0])
