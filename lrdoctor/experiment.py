"""A learning rate from logs on disk: what to try after several runs, or after a range test."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lrdoctor import config as settings
from lrdoctor import doctor, learning_rate, monitor, schedules
from lrdoctor.config import Config
from lrdoctor.diagnosis import Json, Suggestion
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import Examine, Measure, comparison, on_plateau, proposals, situation
from lrdoctor.learning_rate.comparison import Comparison
from lrdoctor.learning_rate.kinship import (
    Setting,
    apart,
    is_range_test,
    of_one_experiment,
    rated_experiments,
    setting_json,
)
from lrdoctor.learning_rate.optimizers import canonical, refuse_unknown
from lrdoctor.learning_rate.situation import Situation
from lrdoctor.run import Run

MOST_OTHERS = 8
"""So many further experiments are told of beside the largest."""


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
        UsageError: no run tells both a loss and its learning rate, or all are range tests.
        LogUnreadable: not one log could be read.
    """
    return _next(_attempts(paths, config), _examine(config))


@dataclass(frozen=True, slots=True)
class Other:
    """A smaller experiment among the runs, and what to try next in it."""

    settings: Mapping[str, Setting]
    """In what it differs from the largest one, with its own values."""
    runs: int
    suggestion: Suggestion

    def to_dict(self) -> dict[str, Json]:
        return {
            "settings": {name: setting_json(value) for name, value in self.settings.items()},
            "runs": self.runs,
            "suggestion": self.suggestion.to_dict(),
        }


def next_of_each(
    paths: Sequence[str | os.PathLike[str]], *, config: Config | None = None
) -> tuple[Suggestion, tuple[Other, ...]]:
    """``next_learning_rate`` of the largest experiment, and of the others, the larger ones first.

    Others of a single run are left to ``check``, and so are those beyond ``MOST_OTHERS``.
    """
    found = _attempts(paths, config)
    examine = _examine(config)
    kept, *rest = rated_experiments(found)
    others = tuple(
        Other(apart(runs, kept), len(runs), learning_rate.next_learning_rate(runs, examine))
        for runs in rest[:MOST_OTHERS] if len(runs) > 1
    )  # fmt: skip
    return _next(found, examine), others


def _attempts(paths: Sequence[str | os.PathLike[str]], config: Config | None) -> list[Run]:
    found = monitor.read(paths, config=config)
    if found and all(map(is_range_test, found)):
        raise UsageError(f"{found[0].path}: {comparison.NO_ATTEMPT}")
    return found


def _examine(config: Config | None) -> Examine:
    """What ``check`` would see in a run, by its own rules."""
    return partial(doctor.alarms, rules=(config or settings.load(None)).build_rules())


def _next(found: Sequence[Run], examine: Examine) -> Suggestion:
    runs, left = of_one_experiment(found)
    answer = learning_rate.next_learning_rate(runs, examine)
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
        UsageError: no run tells both a loss and its learning rate, or all are range tests.
        LogUnreadable: not one log could be read.
    """
    return comparison.compare(monitor.read(paths, config=config), measure, _examine(config))


def range_test(
    path: str | os.PathLike[str], *, optimizer: str | None = None, config: Config | None = None
) -> Suggestion:
    """The base rate that the log of a learning-rate range test speaks for.

    Args:
        path: the log.
        optimizer: its name, however spelled; None: as the log tells.
        config: settings; None: those of ``./lrdoctor.toml``, where it exists.

    Raises:
        UsageError: the log is no range test, is too short or too coarse, or holds several runs, or
            the optimizer is not known.
        LogUnreadable: it cannot be read.
    """
    return learning_rate.range_test(_one_run(path, config, optimizer))


@dataclass(frozen=True, slots=True)
class Outlook:
    """A run's schedule as it is, and those that it might be trained on."""

    now: str
    """The recognised schedule in a sentence; "" where no rate was logged."""
    proposals: tuple[proposals.Proposal, ...]


def schedule(
    path: str | os.PathLike[str] | None,
    *,
    base: float | None = None,
    steps: int | None = None,
    optimizer: str | None = None,
    config: Config | None = None,
) -> Outlook:
    """Schedules for the run that a log tells of: to go on from where it is, and to start anew.

    Args:
        path: the log; None for a training that has none yet, which needs ``base`` and ``steps``.
        base: the peak rate; None: the one that is advised, else the run's own.
        steps: how long training shall be; None: as planned, else as long as the run.
        optimizer: its name, however spelled; None: as the log tells.

    Raises:
        UsageError: no rate or no step is known, the log holds several runs, or the optimizer is
            not known.
        LogUnreadable: it cannot be read.
    """
    if path is None:
        refuse_unknown(optimizer)
        if base is None or steps is None:
            raise UsageError("without a log the rate and the number of steps are needed")
        return Outlook(
            "", proposals.propose(Situation(base, steps, optimizer=canonical(optimizer)))
        )
    run = _one_run(path, config, optimizer)
    told = doctor.diagnose(run, None if config is None else config.build_rules())
    place = situation.of_line(run, told.to_dict(), base=base, steps=steps)
    return Outlook(schedules.sentence(run), proposals.propose(place))


def plateau(
    path: str | os.PathLike[str],
    options: on_plateau.Options | None = None,
    *,
    config: Config | None = None,
) -> on_plateau.Simulation:
    """What reduce-on-plateau would have done in the run that a log tells of.

    Raises:
        UsageError: the log tells no loss, or holds several runs.
        LogUnreadable: it cannot be read.
    """
    return on_plateau.simulate(_one_run(path, config), options)


def _one_run(
    path: str | os.PathLike[str], config: Config | None, optimizer: str | None = None
) -> Run:
    """The run of the log, with this optimizer where one is named."""
    refuse_unknown(optimizer)
    runs = monitor.read([path], config=config)
    if len(runs) > 1:
        names = ", ".join(run.name for run in runs[:3])
        more = ", ..." if len(runs) > 3 else ""
        one = f"name one, like {runs[0].path}" if runs[0].path != runs[1].path else "one is needed"
        raise UsageError(f"{os.fspath(path)} holds {len(runs)} runs ({names}{more}): {one}")
    (run,) = runs
    if optimizer is not None:
        run.settings = replace(run.settings, optimizer=optimizer)
    return run
