"""The figures of one log that the verdict and the suggestion are drawn from.

Most are blind to the loss's scale and shift: they measure the curve against its own progress
``drop`` (first loss less the lowest smoothed one) and its own noise ``sigma``. A few measure it
against its first value: a loss that has hardly moved tells only so how far it has to go. A figure
that this log cannot give is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from lrdoctor.learning_rate.cells import deviation, mean, median
from lrdoctor.learning_rate.descent import Descent, descent
from lrdoctor.learning_rate.fits import DECAYS, PACES, curves, line, slowest
from lrdoctor.learning_rate.optimizers import OFTEN_GOOD
from lrdoctor.learning_rate.trace import Trace
from lrdoctor.run import Floats
from lrdoctor.signals import _native

LEAST_ROWS = 3
"""Finite losses under which a log says nothing of its rate: two have no trend and no noise."""


class _Curve:
    """A trace, and what several figures share of it."""

    def __init__(self, trace: Trace, did: Descent) -> None:
        self.trace, self.did = trace, did
        self.y, self.n = trace.loss, len(trace)
        # The way never goes back.
        begun = int(trace.done.searchsorted(0.5, side="right"))
        self.late = begun if self.n - begun >= 4 else self.n // 2
        """The row that the second half of the way begins with; of the rows where that has few."""


def figures(trace: Trace, did: Descent | None = None) -> Floats:
    """Every figure in the order of ``NAMES``, shape (figures,); NaN where the log has none.

    Args:
        did: the trace's descent, where that is known already.
    """
    if len(trace) < LEAST_ROWS:
        out = np.full(len(NAMES), np.nan)
        out[_KNOWN] = 0.0
        out[NAMES.index("non_finite")] = min(1.0, 10 * trace.non_finite)
        out[NAMES.index("broken")] = float(trace.broken)
        return out
    curve = _Curve(trace, did or descent(trace.loss, trace.done, trace.time))
    with np.errstate(all="ignore"):
        if _native.THERE:
            return _native.figures(
                curve.y, trace.done, trace.time, *slowest(trace.done),
                np.log(trace.done[curve.late :]), trace.grad_norm, trace.val_loss, curve.did,
                (trace.rate, OFTEN_GOOD.get(trace.optimizer or "", np.nan), trace.now,
                 trace.progress, trace.non_finite, trace.broken), len(NAMES),
            )  # fmt: skip
        told: list[float] = []
        for group in _GROUPS:
            told += group(curve).values()
    told += [float(math.isfinite(told[k])) for k in _TELLING]
    out = np.array(told)
    np.copyto(out, np.nan, where=np.isinf(out))
    return out


def _within(value: float, low: float, high: float) -> float:
    """``np.clip`` of one number, NaN included, many times faster."""
    return low if value < low else high if value > high else value


def _log(value: float, low: float = 1e-4, high: float = 1e4) -> float:
    return math.log10(low if value < low else high if value > high else value)


def _rate(c: _Curve) -> Mapping[str, float]:
    """The rate itself, and against the optimizer's usual one: weak priors, see ``OFTEN_GOOD``."""
    rate = math.log10(c.trace.rate) if c.trace.rate > 0 else np.nan
    usual = OFTEN_GOOD.get(c.trace.optimizer or "", np.nan)
    return {
        "rate": _within(rate, -9.0, 3.0),
        "rate_to_usual": _within(rate - usual, -5.0, 5.0),
        "decayed": _log(c.trace.now),
        "progress": _log(c.trace.progress, 1e-2, 1.0),
    }


def _progress(c: _Curve) -> Mapping[str, float]:
    """How much was won, against the noise, and how much was given back."""
    y0, d = float(c.y[0]), c.did
    return {
        "won_to_noise": math.asinh((y0 - d.tail) / d.sigma),
        "best_to_noise": math.asinh(d.drop / d.sigma),
        "noise_share": _log(d.sigma / d.drop),
        "given_back": _log((d.tail - d.low) / d.drop, 1e-3),
        "best_at": d.low_at,
        "end_level": _within((d.tail - y0) / d.drop, -1.0, 5.0),
        "overshoot": _log((d.top - y0) / d.drop, 1e-2),
        "overshoot_late": _log((d.late_top - y0) / d.drop, 1e-2),
    }


def _speed(c: _Curve) -> Mapping[str, float]:
    """When it was won, in cumulative learning rate and in steps."""
    d = c.did
    return {
        "won_10": _log(d.won_10),
        "won_30": _log(d.won_30),
        "won_50": _log(d.won_50),
        "won_70": _log(d.won_70),
        "won_90": _log(d.won_90),
        "won_30_time": _log(d.won_30_time),
        "won_70_time": _log(d.won_70_time),
        "won_90_time": _log(d.won_90_time),
    }


def _ending(c: _Curve) -> Mapping[str, float]:
    """Is it still falling: gains of the last parts of the run as shares of all that was won."""
    d = c.did
    late, last, early = d.middle - d.tail, d.last - d.tail, d.early - d.middle
    return {
        "late_gain": _within(late / d.drop, -1.0, 1.0),
        "last_gain": _within(last / d.drop, -1.0, 1.0),
        "late_gain_log": _log(late / d.drop, 1e-3),
        "last_gain_log": _log(last / d.drop, 1e-3),
        "slowing": _log(late / early if early > 0 and late > 0 else np.nan, 1e-2, 1e2),
        "late_gain_to_noise": math.asinh(late / d.sigma),
        "last_gain_to_noise": math.asinh(last / d.sigma),
    }


def _logarithm(c: _Curve) -> Mapping[str, float]:
    """The second half of the way against the logarithm of the cumulative learning rate."""
    slope, spread, left = line(np.log(c.trace.done[c.late :]), c.y[c.late :])
    deviation = math.sqrt(left / (c.n - c.late))
    return {
        "log_slope": _log(-slope / c.did.drop, 1e-3),
        "log_rest": _log(deviation / c.did.drop),
        "log_rest_to_noise": _log(deviation / c.did.sigma, 1e-1, 1e3),
        "log_certainty": math.asinh(-slope * math.sqrt(spread) / max(deviation, c.did.tiny)),
    }


def _roughness(c: _Curve) -> Mapping[str, float]:
    """Noise over the run, jumps, and how the smoothed curve falls."""
    d = c.did
    early = d.early_noise if d.early_noise > 0 else np.nan
    return {
        "noise_growth": _log(d.late_noise / early, 1e-2, 1e2),
        "noise_end": _log(d.end_noise / d.sigma, 1e-2, 1e2),
        "jump": _log(d.jump / d.sigma, 1e-1),
        "jump_share": _log(d.jump / d.drop, 1e-3),
        "late_jump_share": _log(d.late_jump / d.drop, 1e-3),
        "falling": d.falling,
        "falling_coarse": d.falling_coarse,
        "memory": d.late_memory / d.late_power if d.late_power > 0 else np.nan,
        "late_high": _log((d.late_top - d.low) / d.drop, 1e-3),
        "late_q90": _log((d.late_q90 - d.low) / d.drop, 1e-3),
        "late_spread": _log(math.sqrt(d.late_power / (c.n - c.n // 2)) / d.drop, 1e-4),
    }


_SHAPES = {"exponential": (0, len(DECAYS)), "power": (len(DECAYS), len(PACES))}


def _shape(c: _Curve) -> Mapping[str, float]:
    """Fits of exponentials and powers: how well they fit, and what they say is left."""
    out: dict[str, float] = {}
    d, y0 = c.did, float(c.y[0])
    means, heights, misfits = curves(c.trace.done, c.y - d.mean)
    for kind, (first, end) in _SHAPES.items():
        k = first + int(misfits[first:end].argmin())
        floor = d.mean - float(heights[k]) * float(means[k])
        out[f"{kind}_misfit"] = _log(float(misfits[k]) / d.drop)
        out[f"{kind}_left"] = _log((d.tail - floor) / max(y0 - floor, d.tiny), 1e-3, 10)
        out[f"{kind}_pace"] = math.log(PACES[k])
    return out


def _level(c: _Curve) -> Mapping[str, float]:
    """A loss that cannot be negative and is nearly zero has little left to win.

    The only figures that see the loss's zero. They are 0 where the end is above a third of the
    start, so a loss with a high floor says nothing here.
    """
    y0 = float(c.y[0])
    known = y0 > 0 and c.did.least >= 0
    level = _log(c.did.tail / y0, 1e-3) if known else 0.0
    return {
        "near_zero": max(0.0, -0.5 - level),
        "at_zero": max(0.0, -1.0 - level),
        "quite_zero": max(0.0, -1.6 - level),
    }


def _size(c: _Curve) -> Mapping[str, float]:
    """Falls and rises as shares of the first loss.

    Far below the good rates the loss falls in a straight line, in proportion to the rate, so the
    share that it fell says how many times higher the rate may be. The line is fitted by least
    squares over ``done``. Fitted on losses with all kinds of floors added, so that a share is a
    hint of the way to go and no measure of it.
    """
    y, u, d = c.y, c.trace.done, c.did
    size = max(abs(float(y[0])), d.tiny)
    slope, spread, left = line(u, y - d.mean)
    fall, deviation = -slope, math.sqrt(left / max(c.n - 2, 1))
    blown = d.top > y[0] + size
    v = c.trace.val_loss
    won = np.nan
    if len(v) >= LEAST_ROWS:
        won = (float(v[0]) - mean(v[-max(1, len(v) // 6) :])) / max(abs(float(v[0])), 1e-12)
    return {
        "fall_of_start": _log(fall / size, 1e-6, 10.0),
        "fall_certainty": math.asinh(fall * math.sqrt(spread) / max(deviation, 1e-9 * size)),
        "noise_of_start": _log(d.late_noise / size, 1e-6, 10.0),
        "drop_of_start": _log(d.drop / size, 1e-6, 10.0),
        "top_of_start": _log((d.top - float(y[0])) / size, 1e-3),
        "end_of_start": math.asinh(3 * (d.tail - float(y[0])) / size),
        "blown_at": _log(float(c.trace.time[int((y > y[0] + size).argmax())]), 1e-3)
        if blown
        else 0.0,
        "val_fall": math.asinh(1e5 * won),
    }


def _gradient(c: _Curve) -> Mapping[str, float]:
    """The gradient norm's way."""
    g = c.trace.grad_norm
    names = ("grad_early_peak", "grad_end", "grad_late", "grad_peak", "grad_spread")
    if len(g) < LEAST_ROWS or not g[0] > 0:
        return dict.fromkeys(names, np.nan)
    late = g[len(g) // 2 :]
    return {
        "grad_early_peak": _log(float(np.maximum.reduce(g[: max(2, len(g) // 10)]) / g[0])),
        "grad_end": _log(mean(g[-max(1, len(g) // 7) :]) / float(g[0])),
        "grad_late": _log(median(late) / float(g[0])),
        "grad_peak": _log(float(np.maximum.reduce(g) / max(median(g), 1e-30)), 1.0),
        "grad_spread": _log(deviation(late) / max(mean(late), 1e-30), 1e-2),
    }


def _validation(c: _Curve) -> Mapping[str, float]:
    """The validation loss, a calmer look at the same descent."""
    v = c.trace.val_loss
    names = ("val_won", "val_given_back", "val_late_gain", "val_roughness")
    if len(v) < LEAST_ROWS:
        return dict.fromkeys(names, np.nan)
    low = float(np.minimum.reduce(v))
    won = max(float(v[0]) - low, c.did.tiny)
    end = mean(v[-max(1, len(v) // 6) :])
    moves = v[1:] - v[:-1]
    return {
        "val_won": _log(won / c.did.drop, 1e-2, 1e2),
        "val_given_back": _log((end - low) / won, 1e-3),
        "val_late_gain": _log((float(v[len(v) // 2]) - end) / won, 1e-3),
        "val_roughness": _log(float(np.add.reduce(np.maximum(moves, 0.0))) / won, 1e-3),
    }


def _breakdown(c: _Curve) -> Mapping[str, float]:
    return {
        "non_finite": min(1.0, 10 * c.trace.non_finite),
        "broken": float(c.trace.broken),
        "rows": math.log10(c.n),
    }


# Together they give the figures in the order of ``NAMES``.
_GROUPS: tuple[Callable[[_Curve], Mapping[str, float]], ...] = (
    _rate, _progress, _speed, _ending, _logarithm, _roughness, _shape, _level, _size,
    _gradient, _validation, _breakdown,
)  # fmt: skip
NAMES: tuple[str, ...] = (
    "rate", "rate_to_usual", "decayed", "progress",
    "won_to_noise", "best_to_noise", "noise_share", "given_back", "best_at", "end_level",
    "overshoot", "overshoot_late",
    "won_10", "won_30", "won_50", "won_70", "won_90", "won_30_time", "won_70_time", "won_90_time",
    "late_gain", "last_gain", "late_gain_log", "last_gain_log", "slowing", "late_gain_to_noise",
    "last_gain_to_noise",
    "log_slope", "log_rest", "log_rest_to_noise", "log_certainty",
    "noise_growth", "noise_end", "jump", "jump_share", "late_jump_share", "falling",
    "falling_coarse", "memory", "late_high", "late_q90", "late_spread",
    "exponential_misfit", "exponential_left", "exponential_pace", "power_misfit", "power_left",
    "power_pace",
    "near_zero", "at_zero", "quite_zero",
    "fall_of_start", "fall_certainty", "noise_of_start", "drop_of_start", "top_of_start",
    "end_of_start", "blown_at", "val_fall",
    "grad_early_peak", "grad_end", "grad_late", "grad_peak", "grad_spread",
    "val_won", "val_given_back", "val_late_gain", "val_roughness",
    "non_finite", "broken", "rows",
    "rate_known", "usual_known", "gradient_known", "validation_known",
)  # fmt: skip
_KNOWN = slice(-4, None)
"""What the log has at all: without them a figure that is missing passes for a usual one."""
_TELLING = [NAMES.index(name) for name in ("rate", "rate_to_usual", "grad_late", "val_won")]
