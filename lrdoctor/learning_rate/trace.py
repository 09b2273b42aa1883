"""A run as the verdict looks at it: a few hundred rows of loss and rate, whatever its length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrdoctor.learning_rate.cells import cells, finite_points, median, peak_and_newest
from lrdoctor.learning_rate.optimizers import canonical
from lrdoctor.run import Floats, Run, Series

CELLS = 400
"""A longer loss is averaged into so many cells: what the coefficients were fitted on."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One log so far. Rows are the finite losses; all arrays over them have shape (n,)."""

    loss: Floats
    done: Floats
    """Share of the cumulative learning rate that each row had seen, in (0, 1], last 1."""
    time: Floats
    """Share of the steps so far, in (0, 1], last 1."""
    rate: float
    """The base rate, the peak so far; NaN where none is known."""
    now: float
    """The newest rate as a share of the peak; NaN where none is logged."""
    optimizer: str | None
    progress: float
    """Share of the planned steps that is done; NaN where no plan is known."""
    grad_norm: Floats
    """Finite gradient norms in order, shape (g,); empty where none was logged."""
    val_loss: Floats
    """Finite validation losses in order, shape (v,); empty where none was logged."""
    non_finite: float
    """Share of the logged losses that were not finite."""
    broken: bool
    """The newest logged loss is not finite."""

    def __len__(self) -> int:
        return len(self.loss)


def trace(run: Run) -> Trace:
    """The run's trace; it has no rows where the run has no finite loss.

    The training loss leads; where none was logged, the loss that stands for it.
    """
    name, series = run.main_loss or ("", Series(""))
    loss, at = cells(series, CELLS)
    rates = _rates_at(run, at)
    time, done = _shares(at, rates)
    val = run.get("val/loss")
    base, current = base_rate(run)
    return Trace(
        loss=_tamed(loss),
        done=done,
        time=time,
        rate=base if base is not None and base > 0 else np.nan,
        now=current / base if rates is not None and base and current is not None else np.nan,
        optimizer=optimizer(run),
        progress=_progress(run),
        grad_norm=_finite(run.get("grad_norm")),
        val_loss=_finite(val if name != "val/loss" else None),
        non_finite=series.non_finite / max(len(series), 1),
        broken=bool(len(series) and not np.isfinite(series.values[-1])),
    )


def optimizer(run: Run) -> str | None:
    """The optimizer's canonical name, None where it is not told or not known."""
    told = run.settings
    nesterov = str(told.hyper_parameters.get("nesterov", "")).lower() in ("true", "1", "1.0")
    return canonical(told.optimizer, momentum=told.momentum, nesterov=nesterov)


def base_rate(run: Run) -> tuple[float | None, float | None]:
    """The base rate (the peak of what was logged, or as configured) and the newest logged one.

    Where the log is still in its warmup, the configured rate is the peak to come.
    """
    series = run.get("lr")
    logged = None if series is None else peak_and_newest(series)
    configured = run.settings.learning_rate
    if logged is None:
        return configured, configured
    peak, current = logged
    if configured is not None and peak < configured <= 100 * peak and current == peak:
        return configured, current
    return peak, current


def _tamed(loss: Floats) -> Floats:
    """Values so large that their squares overflow say no more than "diverged"."""
    if not len(loss):
        return loss
    largest = max(float(np.maximum.reduce(loss)), -float(np.minimum.reduce(loss)))
    if largest <= min(1e60, 1e6 * max(abs(float(loss[0])), 1e-12)):
        return loss
    loss = np.minimum(np.maximum(loss, -1e60), 1e60)
    reach = 1e6 * max(abs(float(loss[0])), median(np.abs(loss)), 1e-12)
    return np.minimum(np.maximum(loss, -reach), reach)


def _rates_at(run: Run, steps: Floats) -> Floats | None:
    """The logged rate at each row; None where none was logged or it is always zero."""
    series = run.get("lr")
    if series is None or not len(steps):
        return None
    rates, known, _ = finite_points(series)
    if len(rates) and np.minimum.reduce(rates) < 0:
        known, rates = known[rates >= 0], rates[rates >= 0]
    if not len(rates) or np.maximum.reduce(rates) <= 0:
        return None
    return np.interp(steps, known, rates)


def _shares(steps: Floats, rates: Floats | None) -> tuple[Floats, Floats]:
    """Shares of the steps and of the cumulative learning rate done at each row."""
    n = len(steps)
    if not n:
        return steps, steps
    gaps = steps[1:] - steps[:-1]
    usual = median(gaps) if n > 1 else 1.0
    first = min(steps[0], usual) if steps[0] > 0 else usual
    widths = np.empty(n)
    widths[0] = max(first, 1e-9)
    np.maximum(gaps, 0.0, out=widths[1:])
    time = widths.cumsum()
    if rates is None:
        return time / time[-1], time / time[-1]
    rates = rates / np.maximum.reduce(rates)
    done = (widths * np.maximum(rates, 1e-9, out=rates)).cumsum()
    return time / time[-1], done / done[-1]


def _progress(run: Run) -> float:
    planned, last = run.settings.planned_steps, run.last_step
    if not planned or last is None or last <= 0:
        return np.nan
    return float(min(1.0, last / planned))


def _finite(series: Series | None) -> Floats:
    return np.empty(0) if series is None else cells(series, CELLS)[0]
