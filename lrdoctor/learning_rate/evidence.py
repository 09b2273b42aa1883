"""The facts of one log that decided its verdict, in plain words with their numbers.

A fact is a group of figures. Its weight is how much the verdict's log-odds fall when the group is
replaced by what is usual.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lrdoctor.diagnosis import Verdict
from lrdoctor.learning_rate.figures import NAMES
from lrdoctor.learning_rate.model import Model
from lrdoctor.learning_rate.verdict import VERDICTS
from lrdoctor.learning_rate.view import View
from lrdoctor.rate import format_rate
from lrdoctor.run import Floats

MOST = 3
"""Facts that are told, the weightiest first."""
_ROWS = NAMES.index("rows")
LEAST_WEIGHT = 0.15
"""Log-odds: a fact that weighs less decided nothing."""
_LOST = "the loss is no longer a number"
_CALM = "nothing in the losses before the break speaks against it"
Told = Callable[[dict[str, float], View, Verdict], str | None]
"""Figures by name, the view, the verdict to support; None where the fact, told in words, would
seem to speak against it."""


def evidence(view: View, verdict: Verdict, fitted: Model) -> tuple[str, ...]:
    """The two or three weightiest facts for ``verdict``, weightiest first."""
    if verdict is Verdict.UNKNOWN or not math.isfinite(view.figures[_ROWS]):
        return (_LOST,) if view.end == np.inf and view.told else ()
    told = dict(zip(NAMES, view.figures.tolist(), strict=True))
    weights = _weights(view, VERDICTS.index(verdict), fitted)
    phrases: list[str] = []
    said: set[Told] = set()
    if not math.isfinite(view.end):
        phrases.append(_LOST if verdict is Verdict.TOO_HIGH else _CALM)
    heavy = weights.tolist()
    for k in (-weights).argsort().tolist():
        if heavy[k] < LEAST_WEIGHT or len(phrases) == MOST:
            break
        fact = _FACTS[k][1]
        phrase = None if fact in _ALIKE and said & _ALIKE else fact(told, view, verdict)
        if phrase:
            phrases.append(phrase)
            said.add(fact)
    return tuple(phrases)


def _weights(view: View, wanted: int, fitted: Model) -> Floats:
    """Shape (facts,): the loss of log-odds when a fact's figures are at their mean."""
    table = _LEFT * view.standardised
    p = np.minimum(np.maximum(fitted.probabilities(table)[:, wanted], 1e-6), 1 - 1e-6)
    odds = np.log(p / (1 - p))
    out: Floats = odds[0] - odds[1:]
    return out


def percent(share: float) -> str:
    """A share below one in words."""
    value = 100 * share
    if value < 0.1:
        return "less than 0.1 %"
    return f"{value:.1f} %" if value < 3 else f"{value:.0f} %"


def of(share: float, whole: str) -> str:
    """A share in words: "4 % of the progress", and beyond the whole "3.8 times the progress"."""
    return f"{times(share)} {whole}" if share > 1.2 else f"{percent(share)} of {whole}"


def times(factor: float) -> str:
    if factor >= 1000:
        return "over a thousand times"
    return f"{factor:.1f} times" if factor < 10 else f"{factor:.0f} times"


def _rate(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    away = f["rate_to_usual"]
    if not math.isfinite(away):
        return (
            f"the base rate is {format_rate(10 ** min(view.rate, 300.0))}"
            if math.isfinite(f["rate"])
            else None
        )
    if abs(away) < 0.5:
        usual = "the rate is of the size that is usual for its optimizer"
        return usual if verdict is Verdict.OK else None
    word = "below" if away < 0 else "above"
    if verdict is not (Verdict.TOO_LOW if away < 0 else Verdict.TOO_HIGH):
        return None
    return f"the rate is {times(10 ** abs(away))} {word} the usual for its optimizer"


def _won(f: dict[str, float], view: View, verdict: Verdict) -> str:
    rise = np.sinh(-f["won_to_noise"])
    if rise > 3:
        return f"the loss ends {times(rise)} its noise above where it began"
    return f"the loss fell by {times(max(float(np.sinh(f['won_to_noise'])), 0.0))} its noise"


def _speed(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    share = 10 ** f["won_50"]
    if share > 0.995:
        return None  # there was none, or it came all at once: "in the first 100 %" tells neither
    return f"half of the progress was made in the first {percent(share)} of the way"


def _ending(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    gain = f["late_gain"]
    if gain <= 0:
        return "the loss no longer falls in the last third"
    if verdict is Verdict.TOO_HIGH:
        return None
    return f"{of(gain, 'the progress')} came in the last third"


def _noise(f: dict[str, float], view: View, verdict: Verdict) -> str:
    return f"the noise is {of(10 ** f['noise_share'], 'the progress')}"


def _jumps(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    share = 10 ** f["late_jump_share"]
    if share > 0.5:
        jumps = f"the loss jumps late by {of(share, 'its whole progress')}"
        return jumps if verdict is Verdict.TOO_HIGH else None
    if verdict is Verdict.TOO_HIGH:
        return None
    return f"no late jump above {of(share, 'the progress')}"


def _back(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    share = 10 ** f["given_back"]
    if share > 0.05:
        back = f"{of(share, 'the progress')} was given back by the end"
        return back if verdict is Verdict.TOO_HIGH else None
    return None if verdict is Verdict.TOO_HIGH else "the end is the lowest part of the curve"


def _overshoot(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    over = 10 ** f["overshoot"]
    if over <= 0.05:
        return None
    return f"the loss rose above its start by {of(over, 'its progress')}"


def _left(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    if verdict is Verdict.TOO_HIGH:
        return None
    left = 10 ** f["exponential_left"]
    return f"its trend leaves about {percent(min(left, 1.0))} of the way to go"


def _level(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    if f["near_zero"] <= 0 or verdict is not Verdict.OK:
        return None
    return f"the loss is down to {percent(10 ** -(f['near_zero'] + 0.5))} of its start"


def _size(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    """How far the loss came, against where it began."""
    if verdict is Verdict.TOO_HIGH:
        over = 10 ** f["top_of_start"]
        return f"the loss rose by {of(over, 'its start')}" if over > 0.05 else None
    won = 10 ** f["drop_of_start"]
    if verdict is Verdict.TOO_LOW and won > 0.5:
        return None
    return f"the loss fell by {of(won, 'its start')}"


def _gradient(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    if not math.isfinite(f["grad_late"]):
        return None
    ratio = 10 ** f["grad_late"]
    if 0.8 < ratio < 1.25:
        return None if verdict is Verdict.TOO_HIGH else "the gradient norm is what it was at first"
    return f"the late gradient norm is {ratio:.2g} times the first"


def _validation(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    if not math.isfinite(f["val_late_gain"]):
        return None
    gain = 10 ** f["val_late_gain"]
    if gain > 0.02:
        if verdict is Verdict.TOO_HIGH:
            return None
        return f"the validation loss made {percent(min(gain, 1.0))} of its fall in the second half"
    return "the validation loss no longer falls"


def _progress(f: dict[str, float], view: View, verdict: Verdict) -> str | None:
    if not math.isfinite(f["progress"]) or f["progress"] > -0.02:
        return None
    return f"{percent(10 ** f['progress'])} of the planned steps are done"


_FACTS: tuple[tuple[tuple[str, ...], Told], ...] = (
    (("rate", "rate_to_usual", "rate_known", "usual_known"), _rate),
    (("progress", "decayed", "rows"), _progress),
    (("won_to_noise", "best_to_noise", "end_level"), _won),
    (("won_10", "won_30", "won_50", "won_70", "won_90", "won_30_time", "won_70_time",
      "won_90_time", "best_at"), _speed),
    (("late_gain", "last_gain", "late_gain_log", "last_gain_log", "slowing",
      "late_gain_to_noise", "last_gain_to_noise", "falling", "falling_coarse", "log_slope",
      "log_certainty", "memory"), _ending),
    (("noise_share", "noise_growth", "noise_end", "log_rest", "log_rest_to_noise",
      "late_spread"), _noise),
    (("jump", "jump_share", "late_jump_share", "late_high", "late_q90"), _jumps),
    (("given_back",), _back),
    (("overshoot", "overshoot_late"), _overshoot),
    (("exponential_misfit", "exponential_left", "exponential_pace", "power_misfit",
      "power_left", "power_pace"), _left),
    (("near_zero", "at_zero", "quite_zero"), _level),
    (("fall_of_start", "fall_certainty", "noise_of_start", "drop_of_start", "top_of_start",
      "end_of_start", "blown_at"), _size),
    (("grad_early_peak", "grad_end", "grad_late", "grad_peak", "grad_spread",
      "gradient_known"), _gradient),
    (("val_won", "val_given_back", "val_late_gain", "val_roughness", "val_fall",
      "validation_known"),
     _validation),
    (("non_finite", "broken"), lambda f, view, verdict: None),
)  # fmt: skip
_ALIKE: frozenset[Told] = frozenset({_level, _size})
"""Both tell how far the loss came, of its end and of its lowest part: 96 % beside 6 % puzzles."""
_LEFT = np.array(
    [[float(name not in names) for name in NAMES] for names in ((), *(n for n, _ in _FACTS))]
)
"""Shape (facts + 1, figures), 1 or 0: all figures, then those without each fact's."""
