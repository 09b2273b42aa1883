"""A learning rate from logs on disk: what to try after several runs, or after a range test."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from lrdoctor import learning_rate, monitor
from lrdoctor.config import Config
from lrdoctor.diagnosis import Suggestion
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import comparison
from lrdoctor.learning_rate.comparison import Comparison, Measure
from lrdoctor.learning_rate.kinship import differences, experiments, is_range_test
from lrdoctor.learning_rate.trace import base_rate
from lrdoctor.run import Run


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
    runs, left = of_one_experiment(monitor.read(paths, config=config))
    answer = learning_rate.next_learning_rate(runs)
    return replace(answer, reason=f"{answer.reason} {left}") if left else answer


def compare(
    paths: Sequence[str | os.PathLike[str]],
    measure: Measure = "final",
    *,
    config: Config | None = None,
) -> Comparison:
    """The runs of one experiment side by side: how low each ended, and which rates are as good.

    All runs under the paths are compared, also where they differ in more than their rates: the
    answer's ``unclean`` says in what.

    Raises:
        UsageError: no run tells both a loss and its learning rate.
        LogUnreadable: not one log could be read.
    """
    return comparison.compare(monitor.read(paths, config=config), measure)


def of_one_experiment(runs: Sequence[Run]) -> tuple[list[Run], str]:
    """The runs of the largest experiment among these, and a sentence on those left out, or "".

    Range tests are attempts at nothing and go without a word.
    """
    runs = [run for run in runs if not is_range_test(run)] or runs
    rated = [run for run in runs if (base_rate(run)[0] or 0.0) > 0]
    groups = experiments(rated or runs)
    if len(groups) < 2:
        return list(runs), ""
    kept = groups[0]
    names = list(dict.fromkeys(
        one.name
        for group in groups[1:]
        for one in differences([kept[0], group[0]])
        if one.matters
    ))  # fmt: skip
    others = sum(map(len, groups[1:]))
    left = "1 run is" if others == 1 else f"{others} runs are"
    return kept, (f"{left} of another experiment, differing in {', '.join(names[:4])}"
                  f"{', ...' if len(names) > 4 else ''}: left out.")  # fmt: skip


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
