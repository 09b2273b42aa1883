"""The runs of one experiment, read from their logs, as the trials of a study."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrdoctor import monitor
from lrdoctor.config import Config
from lrdoctor.follow.remote import is_url, without_secrets
from lrdoctor.learning_rate.kinship import differences, of_one_experiment, settings
from lrdoctor.learning_rate.trace import base_rate
from lrdoctor.rules.stalled import Stalled
from lrdoctor.run import Run
from lrdoctor.sweep.trial import Plain, State, Study, Trial

RATE = "learning_rate"
END = 0.15
"""The last share of a run whose mean loss is what it came to, as everywhere in lrdoctor."""


def study(
    paths: Sequence[str | os.PathLike[str]],
    *,
    metric: str | None = None,
    config: Config | None = None,
    now: float | None = None,
) -> Study:
    """The largest experiment under these paths, a trial a run.

    A run is running where its log grew in the last ten minutes (the least silence that the rule
    ``stalled`` calls one) and has not reached its planned steps; where no plan is known, the very
    step at which a run that fell silent ended. Parameters are the learning rate and whatever else
    the runs differ in, seeds and names apart.

    Args:
        paths: logs, or folders that hold some.
        metric: what the trials are judged by, by its canonical name or its tag; None: the
            validation loss where every run logs it, which is what is judged by in a sweep, or else
            the main loss.
        now: UTC seconds; None: the clock's.

    Raises:
        LogUnreadable: not one log could be read.
    """
    runs, left = of_one_experiment(monitor.read(paths, config=config))
    now = time.time() if now is None else now
    first = os.fspath(paths[0])
    first = without_secrets(first) if is_url(first) else first
    where = first if len(paths) == 1 else f"{len(paths)} paths"
    name = Path(first).resolve().name or "runs"
    young = {run.path for run in runs if now - _grown_at(run.path) < Stalled().least}
    # The last runs of a sweep that is over fell silent a moment ago, as far as those before them.
    ends = {run.last_step for run in runs if run.path not in young}

    def grows(run: Run) -> bool:
        done = run.settings.planned_steps is None and run.last_step in ends
        return run.path in young and not done

    whole = study_of(runs, grows, metric=metric)
    return replace(whole, name=name, path=where, left=left)


def study_of(
    runs: Sequence[Run], grows: Callable[[Run], bool], *, metric: str | None = None
) -> Study:
    """The study whose trials are these runs of one experiment.

    Args:
        grows: whether a run's log still does; one that has reached its planned steps has ended all
            the same.
        metric: as in ``study``.
    """
    names = [one.name for one in differences(runs) if one.matters]
    told = metric or _judged_by(runs)
    plans = [plan for run in runs if (plan := run.settings.planned_steps)]
    trials = (_trial(n, run, told, names, grows(run)) for n, run in enumerate(runs))
    planned = max(plans, default=None)
    return Study("runs", "runs", tuple(trials), True, told, planned, dense=True)


def _judged_by(runs: Sequence[Run]) -> str:
    if all(run.get("val/loss") is not None for run in runs):
        return "val/loss"
    return next((run.main_loss[0] for run in runs if run.main_loss), "train/loss")


def _trial(number: int, run: Run, metric: str, names: Sequence[str], grows: bool) -> Trial:
    series = run.get(metric)
    if series is None and run.main_loss is not None:
        series = run.main_loss[1]
    steps = np.empty(0, np.int64) if series is None else series.steps
    values = np.empty(0) if series is None else series.values
    state = _state(run, grows)
    told = settings(run)
    params: dict[str, Plain] = {name: told[name] for name in names if name in told}
    rate = base_rate(run)[0]
    if rate is not None:
        params = {RATE: float(rate), **params}
    last = values[-max(1, round(END * len(values))) :]
    done = state is State.COMPLETE and len(last) and bool(np.isfinite(last).all())
    return Trial(number, run.name, state, params, float(last.mean()) if done else None,
                 steps, values, run)  # fmt: skip


def _state(run: Run, grows: bool) -> State:
    planned, last = run.settings.planned_steps, run.last_step
    ended = planned is not None and last is not None and last >= planned - 1
    if grows and not ended:
        return State.RUNNING
    main = run.main_loss
    if main is not None and len(main[1]) and not np.isfinite(main[1].values[-1]):
        return State.FAIL
    return State.COMPLETE


def _grown_at(path: str) -> float:
    """When the log was last written to, UTC seconds; 0 where that cannot be told."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0  # at a URL, or gone meanwhile
