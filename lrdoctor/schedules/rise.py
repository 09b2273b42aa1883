"""Rising rates: warmups, the first half of one-cycle, range tests, and what follows a rise."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from lrdoctor.run import Floats
from lrdoctor.schedules import decay
from lrdoctor.schedules.fitting import (
    Candidate,
    best,
    descend,
    error,
    line,
    missed,
    regress,
    regression,
)
from lrdoctor.schedules.form import Chain, Form, Leg, bounded
from lrdoctor.schedules.points import SAME, Points

RANGE_TEST = 3.0
"""A rate that grows in geometric progression by at least this factor is a range test."""
LONG = 0.18
"""A linear rise over this share of all steps that starts above 1 % of the peak is one-cycle's:
its usual rise is 30 % from 1/25 of the peak; usual warmups are shorter or start at 0."""
SHOWN = 0.005
"""A warmup that starts above this share of the peak is said to have started there."""
_BENT = 10.0
"""So many times what the digits allow a line misses rates that surely bend."""
_DIVISOR, _NEAR = 25.0, 0.05
"""By what one-cycle divides its peak to begin, in PyTorch and fastai, where it is not told
otherwise; a rise that begins so near to it is its own, however short."""
NOISE = 5.0
"""So many deviations below the highest rate logged, a rate may be the peak."""
_FEW = 4
"""Points from the peak on that do not tell the shape of a fall yet."""
_WARM_KINDS = {"constant": "warmup-constant", "cosine": "warmup-cosine", "linear": "warmup-linear"}


def top_of(p: Points) -> int:
    """Index of the first point at the peak, as far as noise tells; of the last, where the rates
    rise to the end."""
    y, near = p.rates, 1.0 - max(SAME / 2, NOISE * p.noise)
    top = int((y >= near).argmax())
    rises = p.noise and y[-1] != y[-2] and y[top:].min() >= near
    return len(y) - 1 if rises else top


def beginning(p: Points) -> float:
    """The step at which the schedule began: 0, unless the log starts far from it."""
    if p.origin is not None:
        return p.origin
    first = float(p.steps[0])
    return 0.0 if 0 <= first <= 0.5 * p.span else first


def only(p: Points) -> list[Candidate]:
    """Schedules that may explain rates which never fall and end at their peak."""
    leg, bend_error = _leg(p)
    if leg is None:
        return []
    bow = _bow(p) if bend_error > 3 * p.resolution and len(p) >= 5 else None
    bent = [] if bow is None else [Candidate("warmup-constant", bow, {"peak": 1.0}, 3, False)]
    if bend_error > 0.05:
        return bent
    last = float(p.steps[-1])
    low = max(float(p.rates[0]), 0.0)
    if leg.bend == "exponential":
        grown = 1.0 / low
        if grown < RANGE_TEST and not _surely_geometric(p, bend_error):
            return []
        span = {"initial": low, "peak": 1.0, "total_steps": last, "decades": np.log10(grown)}
        return [Candidate("range-test", leg, span, 2, determined=False)]
    if leg.bend == "cosine":
        parameters = {"initial": leg.first, "peak": leg.last, "warmup_steps": leg.end - leg.start}
        return [Candidate("one-cycle", leg, parameters, 3, determined=False)]
    if p.planned is not None and last - p.steps[0] >= 0.9 * (p.planned - p.steps[0]):
        return [Candidate("range-test", leg, {"initial": low, "peak": 1.0, "total_steps": last}, 2)]
    # The end of a warmup is not known before it is seen.
    return [Candidate("warmup-constant", leg, {"peak": 1.0}, 2, determined=False), *bent]


def _surely_geometric(p: Points, misfit: float) -> bool:
    """Whether the digits logged tell a little growth's bend from a line."""
    straight = _line(p, beginning(p))
    if misfit > 1.5 * p.resolution or straight is None:
        return False
    return error(p, straight) > _BENT * max(misfit, p.resolution)


def _bow(p: Points) -> Leg | None:
    """A rise that slows down: a line multiplied by a fall that began with it."""
    first, last = float(p.steps[0]), float(p.steps[-1])
    bent, slope, foot = np.polyfit(p.steps - first, p.rates, 2, w=p.weights).tolist()
    if bent >= 0 or -0.5 * slope / bent < last - first:
        return None
    top = -0.5 * slope / bent
    return Leg(first, first + top, foot, foot + 0.5 * slope * top, "polynomial", 2.0)


def then_fall(p: Points, top: int) -> list[Candidate]:
    """Schedules that may explain a rise up to point ``top`` and no rise after it."""
    rise, _ = _leg(p.take(slice(0, top + 1)), visible_end=True)
    if rise is None:
        return []
    found: list[Candidate] = []
    after = p.take(slice(top + 1, None)) if len(p) - top > 4 else p.take(slice(top, None))
    flat = float(after.rates.min()) >= 1.0 - SAME
    # Half a cosine is as good as flat around its top.
    crest = rise.bend == "cosine" and p.steps[-1] - rise.end < 0.05 * (rise.end - rise.start)
    early = len(p) - top <= _FEW and p.rates[-1] > 0.9  # too early to tell a line from a cosine
    if flat or crest or early or len(p) - top <= 3:
        border = _meeting(rise, p, top, None)
        settled = flat and not crest
        held = Candidate("constant", Leg(border, border, 1.0, 1.0), {"peak": 1.0}, 1, settled)
        found.append(_joined(p, rise, border, held))
        if flat or early:
            return found
    border = _meeting(rise, p, top, None)
    for _ in range(3):
        flat_first = p.rates[min(top + 2, len(p) - 1)] >= 1.0 - SAME
        fallen = p.take(slice(top, None)) if flat_first else after
        body, _ = best(fallen, decay.falls(fallen, border))
        if body is None:
            return found
        joined = _joined(p, rise, border, body)
        misfit = error(p, joined.form)
        found.append(joined.missing_by(misfit))
        if misfit <= p.resolution:
            break
        moved = _meeting(rise, p, top, body.form)
        if abs(moved - border) < 1e-4 * p.span:
            break
        border = moved
    return found


def _joined(p: Points, rise: Leg, border: float, body: Candidate) -> Candidate:
    start = beginning(p)
    level = float(body.form.rates(np.array([border]))[0])
    if rise.bend == "linear":
        slope = (rise.last - rise.first) / (rise.end - rise.start)
        foot = rise.first + slope * (start - rise.start)
        up = Leg(start, border, foot, foot + slope * (border - start))
        if border > start and foot < -0.02:  # it began later than the run
            up = replace(rise, last=level, end=border)
    else:
        up = replace(rise, end=max(border, rise.start + 1e-9), last=level)
    parameters = dict(body.parameters)
    parameters["warmup_steps"] = border - start
    parameters["peak"] = max(level, 1.0) if level < 1.5 else 1.0
    if up.first > SHOWN:
        parameters["initial"] = up.first
    kind = _kind(up, body, border - start, p)
    if kind == "one-cycle" and up.bend == "linear":
        parameters["linear_anneal"] = 1.0
    form = Chain((up, body.form), (border,))
    free = body.free + (3 if up.bend == "cosine" else 2)
    return Candidate(kind, form, parameters, free, body.determined)


def _kind(up: Leg, body: Candidate, rise: float, p: Points) -> str:
    if body.kind == "constant" and not body.determined and up.bend == "cosine":
        return "one-cycle"  # its first points on the way down
    if body.kind in ("cosine", "linear", "polynomial") and up.bend == "cosine":
        return "one-cycle"
    if body.kind == "linear" and up.first > 0.01:
        whole = max(body.parameters["total_steps"], float(p.steps[-1])) - beginning(p)
        usual = abs(up.first * _DIVISOR - 1.0) < _NEAR
        if rise >= LONG * whole or (usual and body.parameters["final"] < up.first):
            return "one-cycle"
    return warmed_kind(body.kind)


def warmed_kind(kind: str) -> str:
    """What a schedule is called after a warmup."""
    return _WARM_KINDS.get(kind, kind)


def _meeting(rise: Leg, p: Points, top: int, body: Form | None) -> float:
    """The step at which the rise meets what follows, between the points around the top."""
    if rise.bend == "cosine":
        return rise.end
    low = float(p.steps[top - 1])
    high = float(p.steps[min(top + 1, len(p) - 1)])
    slope = (rise.last - rise.first) / (rise.end - rise.start)
    if slope <= 0:
        return float(p.steps[top])
    if body is None:
        at = min(max(rise.start + (1.0 - rise.first) / slope, low), high)
    else:
        at = _crossing(rise, slope, body, low, high)
    return float(round(at)) if abs(at - round(at)) < 0.02 else at


_SIXTYFOURTHS = np.linspace(0.0, 1.0, 65)


def _crossing(rise: Leg, slope: float, body: Form, low: float, high: float) -> float:
    """Where the rise, prolonged, first reaches the body between two steps."""
    steps = low + _SIXTYFOURTHS * (high - low)
    above = rise.first + slope * (steps - rise.start) - body.rates(steps)
    if above[0] >= 0:
        return low
    if above[-1] < 0:
        return high
    i = int(np.argmax(above >= 0))
    share = -above[i - 1] / (above[i] - above[i - 1])
    return float(steps[i - 1] + share * (steps[i] - steps[i - 1]))


def _leg(p: Points, visible_end: bool = False) -> tuple[Leg | None, float]:
    """The rise through these points and its error: linear, cosine or exponential.

    Args:
        visible_end: the last point may lie beyond the rise's end, so that the line ignores it.
    """
    n = len(p)
    if n < 2:
        return None, np.inf
    inner = p.take(slice(0, n - 1)) if visible_end and n >= 3 else p
    straight = _line(inner, beginning(p))
    if straight is None:
        return None, np.inf
    line_error = error(inner, straight)
    candidates = [Candidate("linear", straight, {}, 2, misfit=line_error)]
    if n >= (4 if visible_end else 5):
        # A line that misses by less explains as much as a wave can, with a number less.
        wave = _wave(p) if line_error > 0.3 * p.resolution else None
        if wave is not None:
            candidates.append(Candidate("cosine", wave, {}, 3))
        if p.rates[0] > 0 and not visible_end:
            candidates.append(Candidate("exponential", _geometric(p), {}, 2))
    chosen, misfit = best(inner, candidates)
    if chosen is None:
        return straight, line_error
    return chosen.form, misfit  # type: ignore[return-value]


def _line(p: Points, start: float) -> Leg | None:
    """A straight rise; one point alone rises from 0 at the start."""
    if len(p) == 1:
        at, rate = float(p.steps[0]), float(p.rates[0])
        if at <= start or rate <= 0:
            return Leg(at, at + 1.0, rate, 1.0)
        return Leg(start, at, 0.0, rate)
    x = p.steps - p.steps[0]
    foot, slope = line(x, p.rates, p.weights)
    if slope <= 0:
        return None
    first, last = float(p.steps[0]), float(p.steps[-1])
    return Leg(first, last, foot, foot + slope * (last - first))


def _geometric(p: Points) -> Leg:
    first, last = float(p.steps[0]), float(p.steps[-1])
    foot, slope = line(p.steps - first, np.log(p.rates), np.ones(len(p)))
    low, high = np.exp(np.clip([foot, foot + slope * (last - first)], -700.0, 700.0))
    return Leg(first, last, float(low), float(high), "exponential")


def _wave(p: Points) -> Leg | None:
    """A rise along half a cosine, whose start and end are searched for."""
    start, last = beginning(p), float(p.steps[-1])
    unit = last - start
    lengths = unit * np.array([0.85, 0.92, 1.0, 1.02, 1.1, 1.3, 1.7, 2.5, 4.0])
    ways = bounded((p.steps - start)[None, :] / lengths[:, None])
    fits = regress(0.5 - 0.5 * np.cos(np.pi * ways), p)
    k = int(np.argmin(fits.error))

    def shape(theta: Floats) -> tuple[float, float, Floats]:
        begin = start + theta[1] * unit
        end = begin + float(np.exp(np.clip(theta[0], -30.0, 40.0)))
        way = bounded((p.steps - begin) / (end - begin))
        return begin, end, 0.5 - 0.5 * np.cos(np.pi * way)

    if fits.error[k] > 0.05:
        return None
    theta = np.array([np.log(lengths[k]), 0.0])
    if fits.error[k] > p.resolution:
        theta = descend(lambda t: missed(shape(t)[2], p), theta, enough=0.3 * p.resolution)
    begin, end, s = shape(theta)
    low, height = regression(s, p)
    if height <= 0 or low < -0.02 or low + height > 50.0:
        return None
    return Leg(begin, end, max(low, 0.0), low + height, "cosine")


def before(p: Points, warm: Candidate, body: Candidate) -> Candidate:
    """A warmup, recognised by itself, and the levels that came after it."""
    border = beginning(p) + warm.parameters["warmup_steps"]
    up = warm.form.parts[0] if isinstance(warm.form, Chain) else warm.form
    told = {k: warm.parameters[k] for k in ("warmup_steps", "initial") if k in warm.parameters}
    parameters = {**body.parameters, **told}
    return Candidate(body.kind, Chain((up, body.form), (border,)), parameters,
                     body.free + warm.free, body.determined)  # fmt: skip
