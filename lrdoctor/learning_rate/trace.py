"""A run as the verdict looks at it: a few hundred rows of loss and rate, whatever its length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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

    The training loss leads; where none was logged, the loss that stands for it. Cost: linear in
    the points, once a look.
    """
    name, series = run.main_loss or ("", Series(""))
    values, steps = series.values, series.steps
    finite = np.isfinite(values)
    loss, at = cells(values[finite], steps[finite].astype(np.float64), CELLS)
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
        optimizer=run.settings.optimizer,
        progress=_progress(run),
        grad_norm=_finite(run.get("grad_norm")),
        val_loss=_finite(val if name != "val/loss" else None),
        non_finite=1.0 - float(finite.mean()) if len(finite) else 0.0,
        broken=bool(len(finite) and not finite[-1]),
    )


def base_rate(run: Run) -> tuple[float | None, float | None]:
    """The base rate (the peak of what was logged, or as configured) and the newest logged one.

    Where the log is still in its warmup, the configured rate is the peak to come.
    """
    series = run.get("lr")
    logged = np.empty(0) if series is None else series.values[np.isfinite(series.values)]
    configured = run.settings.learning_rate
    if not len(logged):
        return configured, configured
    peak, current = float(logged.max()), float(logged[-1])
    if configured is not None and peak < configured <= 100 * peak and current == peak:
        return configured, current
    return peak, current


def cells(values: Floats, steps: Floats, most: int) -> tuple[Floats, Floats]:
    """Means over at most ``most`` equal groups of points, and each group's last step."""
    n = len(values)
    if n <= most:
        return values.astype(np.float64), steps
    borders = np.arange(most) * n // most
    sizes = np.diff(borders, append=n)
    scale = max(float(np.abs(values).max()), 1.0)
    means = np.add.reduceat(values / scale, borders) / sizes * scale
    return means, steps[np.append(borders[1:], n) - 1]


def _tamed(loss: Floats) -> Floats:
    """Values so large that their squares overflow say no more than "diverged"."""
    if not len(loss):
        return loss
    reach = 1e6 * max(abs(float(loss[0])), float(np.median(np.abs(loss))), 1e-12)
    return np.clip(loss, -min(reach, 1e60), min(reach, 1e60))


def _rates_at(run: Run, steps: Floats) -> Floats | None:
    """The logged rate at each row; None where none was logged or it is always zero."""
    series = run.get("lr")
    if series is None or not len(steps):
        return None
    finite = np.isfinite(series.values) & (series.values >= 0)
    if not finite.any() or series.values[finite].max() <= 0:
        return None
    known = series.steps[finite].astype(np.float64)
    return np.interp(steps, known, series.values[finite])


def _shares(steps: Floats, rates: Floats | None) -> tuple[Floats, Floats]:
    """Shares of the steps and of the cumulative learning rate done at each row."""
    n = len(steps)
    if not n:
        return steps, steps
    gaps = np.diff(steps)
    usual = float(np.median(gaps)) if n > 1 else 1.0
    first = min(steps[0], usual) if steps[0] > 0 else usual
    widths = np.concatenate([[max(first, 1e-9)], np.maximum(gaps, 0.0)])
    time = np.cumsum(widths)
    if rates is None:
        return time / time[-1], time / time[-1]
    done = np.cumsum(widths * np.maximum(rates / rates.max(), 1e-9))
    return time / time[-1], done / done[-1]


def _progress(run: Run) -> float:
    planned, last = run.settings.planned_steps, run.last_step
    if not planned or last is None or last <= 0:
        return np.nan
    return float(min(1.0, last / planned))


def _finite(series: Series | None) -> Floats:
    if series is None:
        return np.empty(0)
    kept = series.values[np.isfinite(series.values)]
    return cells(kept, kept, CELLS)[0]
