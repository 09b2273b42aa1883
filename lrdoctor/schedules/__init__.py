"""Learning-rate schedules: recognised from the logged rates, and drawn beyond them.

``of`` and ``known`` are what others ask; each answer is found once a look, whoever asks. Closed
forms are in ``form``, and one file per family fits them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from lrdoctor.run import Run, Series
from lrdoctor.schedules.schedule import APART, KINDS, Schedule, recognise

__all__ = ["APART", "KINDS", "Schedule", "is_range_test", "known", "of", "recognise", "sentence"]

_PEAK = 0.9
"""Part of its highest rate that a range test's newest one must exceed to be looked at: it is the
highest, but for what is told of it by rounding."""
MOST = 4096
"""So many of a longer log's rates show its schedule as well as all of them."""
LOOKS = 3
"""What was known at a step is looked up at point counts of so many binary digits after the first:
8 of them in each doubling of the log."""


def of(run: Run) -> Schedule | None:
    """The schedule behind all rates logged so far; None where no rate was logged.

    Cost: independent of the run's length; nothing where no rate came since the last call.
    """
    series = run.get("lr")
    if series is None or not len(series):
        return None
    kept = _kept(run, series)
    n = len(series)
    if n not in kept.looks and kept.newest[0] != n:
        kept.newest = n, _look(run, series, n)
    return kept.looks[n] if n in kept.looks else kept.newest[1]


def sentence(run: Run) -> str:
    """The run's schedule so far in plain words; "" where no rate was logged."""
    schedule = of(run)
    return "" if schedule is None else schedule.describe(f"{run.x_axis.removesuffix('s')}s")


def known(run: Run, step: int) -> Schedule | None:
    """The schedule as it was known at ``step``: from rates logged up to there and no others.

    The log is looked at 8 times in each doubling of its points, so that asking at every step costs
    a number of looks that grows with the logarithm of the run's length; what is known is up to an
    eighth of the log old. None before the first rate.
    """
    series = run.get("lr")
    n = 0 if series is None else _looked_at(series, step)
    if series is None or not n:
        return None
    looks = _kept(run, series).looks
    if n not in looks:
        looks[n] = _look(run, series, n)
    return looks[n]


def is_range_test(run: Run, step: int) -> bool:
    """Whether the rates, as they were ``known`` at ``step``, are a range test's."""
    series = run.get("lr")
    n = 0 if series is None else _looked_at(series, step)
    if series is None or n < 2:
        return False
    rates = series.values[:n]
    if not rates[-1] > max(rates[0], _PEAK * np.fmax.reduce(rates)):
        return False  # its rate rises to the end; what ends lower need not be recognised
    plan = known(run, step)
    return plan is not None and plan.kind == "range-test"


def _looked_at(series: Series, step: int) -> int:
    """How many rates what is known at ``step`` is drawn from."""
    n = int(np.searchsorted(series.steps, step, side="right"))
    unit = 1 << max(0, n.bit_length() - 1 - LOOKS)
    return n - n % unit


@dataclass(eq=False)
class _Kept:
    """What was recognised in one run's rates, as long as those stand."""

    source: tuple[Series, int, int | None]
    newest: tuple[int, Schedule | None] = (0, None)
    looks: dict[int, Schedule] = field(default_factory=dict)
    """By the number of rates that were looked at."""


_KEPT: WeakKeyDictionary[Run, _Kept] = WeakKeyDictionary()


def _kept(run: Run, series: Series) -> _Kept:
    source = series, series.rewritten, run.settings.planned_steps
    kept = _KEPT.get(run)
    if kept is None or kept.source != source:
        kept = _KEPT[run] = _Kept(source)
    return kept


def _look(run: Run, series: Series, n: int) -> Schedule:
    steps, rates = series.steps[:n], series.values[:n]
    if n > MOST:
        some = np.linspace(0, n - 1, MOST).astype(np.int64)
        steps, rates = steps[some], rates[some]
    return recognise(steps, rates, run.settings.planned_steps)
