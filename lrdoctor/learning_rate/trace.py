"""A run as the verdict looks at it: a few hundred rows of loss and rate, whatever its length."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from lrdoctor import schedules
from lrdoctor.learning_rate.cells import cells, finite_points, median, peak_and_newest
from lrdoctor.learning_rate.jump import before_jump
from lrdoctor.learning_rate.optimizers import canonical
from lrdoctor.learning_rate.unmasked import unmasked
from lrdoctor.run import Floats, Run, Series, highest, last_finite
from lrdoctor.signals import _native

CELLS = 400
"""A longer loss is averaged into so many cells: what the coefficients were fitted on."""
SIMILAR = 0.5
"""A validation loss that is this share of its fall so far away from the training loss measures
something else, as with another unit or weight decay added."""
CLIMBED = 1.5
"""Times higher than any rate before it that the rate must be where the loss breaks: the losses
before it tell nothing of such a rate. Two rows of a warmup lie closer together, but at its very
beginning."""
MISSED = 0.05
"""Share of the steps before a log's first row beyond which it tells nothing of the rate. A piece
from the middle of any run looks like one of another rate. Of half the clinic's families, cut at
their beginning by 0, 2, 5, 10, 20 and 50 %, 0, 0.05, 0.07, 0.14, 0.24 and 0.67 of the fine runs
are called wrong, and 0.95, 0.75, 0.70, 0.78, 0.76 and 0.69 of those too high are called so."""
_NONE = np.empty(0)
MOST_STEPS = 2**53
"""Steps beyond this are no plan: no float counts them."""
Rates = tuple[float | None, float | None]
"""A base rate and the newest one; None where it is not known."""
LEAST, MOST = (float(x) for x in (np.finfo(np.float32).tiny, np.finfo(np.float32).max))


class Trace(msgspec.Struct, frozen=True, gc=False):
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
    missed: float = 0.0
    """Share of the steps that lies before the main loss's first row, over one row's own."""
    climbed: bool = False
    """It broke at a rate that the run had not been trained at before (``CLIMBED``)."""
    cut: bool = False
    """It ends where its rate jumped away from its schedule (``jump``)."""

    def __len__(self) -> int:
        return len(self.loss)


def trace(run: Run) -> Trace:
    """The run's trace; it has no rows where the run has no finite loss.

    The training loss leads; where none was logged, the loss that stands for it. A validation loss
    from before its first row goes before it. NaN that was logged as a number counts as NaN. Of a
    run whose rate jumped it is the part before.
    """
    part = before_jump(run)
    return trace_of(part, rates_of(part), cut=part is not run)


def trace_of(run: Run, known: Rates, *, cut: bool) -> Trace:
    """``trace`` of a run that ends before its rate jumped, or whose never did.

    Args:
        known: its ``rates_of``.
        cut: whether it is part of a longer one.
    """
    name, series = run.main_loss or ("", Series(""))
    series = unmasked(run, series)
    loss, at = cells(series, CELLS)
    missed = _missed(at)
    val = run.get("val/loss") if name != "val/loss" else None
    if val is not None and len(val) > 1 and len(loss) and val.steps[0] < series.steps[0]:
        loss, at = _begun(loss, at, val)
    rates = _rates(run)
    time, done = _shares(at, rates)
    base, current = known
    broken = bool(len(series) and not np.isfinite(series.values[-1]))
    return Trace(
        loss=_tamed(loss),
        done=done,
        time=time,
        rate=base if base is not None and base > 0 else np.nan,
        now=current / base if rates and len(at) and base and current is not None else np.nan,
        optimizer=optimizer(run),
        progress=_progress(run),
        grad_norm=_finite(run.get("grad_norm")),
        val_loss=_finite(val),
        non_finite=series.non_finite / max(len(series), 1),
        broken=broken,
        missed=missed,
        climbed=broken and _climbed(run, series),
        cut=cut,
    )


def _begun(loss: Floats, at: Floats, val: Series) -> tuple[Floats, Floats]:
    """The rows with one more before them: the loss where training began, as validation saw it.

    A log of means, over an epoch or so many steps, begins when good rates are far down already; how
    far they came, it cannot tell (``tests/evaluation/unseen.py`` says what that costs).
    """
    first, second = val.values[:2].tolist()
    beside = float(np.interp(val.steps[1], at, loss))
    fall = max(abs(first - beside), 0.1 * abs(first))
    if not math.isfinite(first) or not abs(second - beside) <= SIMILAR * fall:
        return loss, at
    step = max(float(val.steps[0]), 1e-9)  # at step 0 nothing was spent
    return np.append(first, loss), np.append(step, at)


def _missed(at: Floats) -> float:
    """The share of the steps up to the last of ``at``, non-decreasing, that no row stands for.

    Many rows of one epoch share its number.
    """
    apart = int(np.count_nonzero(at[1:] > at[:-1]))
    if not apart or not at[-1] > 0:
        return 0.0
    own = (at[-1] - at[0]) / apart
    return max(0.0, float((at[0] - own) / at[-1]))


def begins_late(run: Run) -> bool:
    """Whether the log's losses begin in the middle of the training, by ``MISSED``."""
    main, val = run.main_loss, run.get("val/loss")
    if main is None or not len(main[1]):
        return False
    at = main[1].curve.steps.astype(np.float64)
    if val is not None and len(val) and val.steps[0] < at[0]:
        at = np.append(float(val.steps[0]), at)
    return _missed(at) > MISSED


def _climbed(run: Run, losses: Series) -> bool:
    """Whether the loss, whose newest value is not finite, broke where the rate had climbed."""
    rates, newest = run.get("lr"), last_finite(losses)
    if rates is None or newest < 0:
        return False
    at = int(np.searchsorted(rates.steps, losses.steps[newest], side="right"))
    return climbed(rates, at, len(rates))


def climbed(rates: Series, at: int, until: int) -> bool:
    """Whether the rates [at, until), by index, climbed ``CLIMBED`` times above all before them."""
    before, after = highest(rates, 0, at), highest(rates, at, until)
    return math.isfinite(before) and after > CLIMBED * before


def optimizer(run: Run) -> str | None:
    """The optimizer's canonical name, None where it is not told or not known."""
    told = run.settings
    nesterov = str(told.hyper_parameters.get("nesterov", "")).lower() in ("true", "1", "1.0")
    return canonical(told.optimizer, momentum=told.momentum, nesterov=nesterov)


def base_rate(run: Run) -> Rates:
    """``rates_of`` the run; a peak that its rate jumped to is none of its schedule's."""
    part = before_jump(run)
    base, current = rates_of(part)
    return base, current if part is run else rates_of(run)[1]


def rates_of(run: Run) -> Rates:
    """The base rate (the peak of what was logged, or as configured) and the newest logged one.

    Where the log is still in its warmup, the configured rate is the peak to come. A rate that
    float32 does not hold has moved no weight: it is none; nor is a negative one, as where its
    logarithm was logged.
    """
    base, current = _told(run)
    held = base is None or base == 0 or LEAST <= base <= MOST
    return (base, current) if held else (None, None)


def _told(run: Run) -> Rates:
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


def _rates(run: Run) -> tuple[Floats, Floats] | None:
    """The steps and values of the logged rates; None where none was logged or all are zero."""
    series = run.get("lr")
    if series is None:
        return None
    rates, steps, _ = finite_points(series)
    if np.count_nonzero(rates < 0):
        steps, rates = steps[rates >= 0], rates[rates >= 0]
    return (steps, rates) if np.count_nonzero(rates > 0) else None


def _shares(at: Floats, known: tuple[Floats, Floats] | None) -> tuple[Floats, Floats]:
    """Shares of the steps, and of the cumulative learning rate, done at each row.

    Args:
        at: the rows' steps, non-decreasing.
        known: steps and values of the logged rates; None: as if the rate were constant.
    """
    n = len(at)
    if not n:
        return at, at
    if _native.THERE:
        steps, rates = known or (_NONE, _NONE)
        return _native.shares(at, np.ascontiguousarray(steps), np.ascontiguousarray(rates))
    gaps = at[1:] - at[:-1]
    usual = median(gaps) if n > 1 else 1.0
    first = min(at[0], usual) if at[0] > 0 else usual
    widths = np.empty(n)
    widths[0] = max(first, 1e-9)
    np.maximum(gaps, 0.0, out=widths[1:])
    time = widths.cumsum()
    rates = np.ones(n) if known is None else np.interp(at, *known)
    top = np.maximum.reduce(rates)
    if top > 0:
        rates = np.maximum(rates / top, 1e-9)
        widths *= rates
    done = widths.cumsum()
    return time / time[-1], done / done[-1]


def _progress(run: Run) -> float:
    """Of the plan that the log tells or, where it tells none, of the way to its schedule's end."""
    planned, last = run.settings.planned_steps or _scheduled(run), run.last_step
    if not planned or last is None or last <= 0:
        return np.nan
    return float(min(1.0, last / planned))


def _scheduled(run: Run) -> float:
    schedule = schedules.of(run)
    return 0.0 if schedule is None else schedule.parameters.get("total_steps", 0.0)


def _finite(series: Series | None) -> Floats:
    return np.empty(0) if series is None else cells(series, CELLS)[0]
