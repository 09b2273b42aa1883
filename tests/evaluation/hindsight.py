"""Was a finding right? What is known once the run is over, and of its family's other runs.

None where neither can be said: such findings count neither for nor against their rule.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from symptoms import Case, row_of

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.run import Floats

HARMFUL = {"lr_jump", "lr_oscillate", "bad_labels", "grad_blowup", "nan_batch"}
Answer = Callable[[Case, Finding], "bool | None"]


def right(case: Case, finding: Finding) -> bool | None:
    """Whether the finding was right, by the answer for its rule; None: it cannot be said."""
    answer = ANSWERS.get(finding.rule)
    return None if answer is None else answer(case, finding)


def _fault(case: Case, finding: Finding) -> bool | None:
    """Whether a fault that did harm lies behind it; None where a fault did none, or lies ahead."""
    if case.event in (None, "control", "dead_init"):
        return False
    if case.onset is None or row_of(case, finding.fired_step) < case.onset - 1:
        return None
    return True if case.event in HARMFUL and case.counts else None


def _divergence(case: Case, finding: Finding) -> bool | None:
    if (fault := _fault(case, finding)) is not False:
        return fault
    if case.gap > 1.2 or "nan" in case.symptoms:
        return True
    return False if case.gap < 0.5 else None


def _flat(case: Case, finding: Finding) -> bool | None:
    if _fault(case, finding) is not False:
        return None
    if 0.97 <= case.gap <= 1.1:
        return True
    return False if case.gap < 0.5 else None


def _too_high(case: Case, finding: Finding) -> bool | None:
    """What a rate that is too high brings about."""
    if (fault := _fault(case, finding)) is not False:
        return fault
    return None if case.label is None else case.label == "too_high"


def _too_low(case: Case, finding: Finding) -> bool | None:
    if _fault(case, finding) is not False:
        return None
    return None if case.label is None else case.label == "too_low"


def _spike(case: Case, finding: Finding) -> bool | None:
    """Seen from both sides, the loss stands four deviations above its neighbours."""
    if _fault(case, finding):
        return True
    series = case.run.get(finding.metric)
    if series is None:
        return None
    at = int(np.searchsorted(series.steps, finding.onset_step))
    near = series.values[max(0, at - 15) : at + 16]
    near = near[np.isfinite(near)]
    if len(near) < 8 or at >= len(series):
        return None
    middle = float(np.median(near))
    ragged = 1.4826 * float(np.median(np.abs(near - middle)))
    top = float(np.nanmax(series.values[at : at + 3]))
    return bool(top - middle > 4 * ragged)


def _overfitting(case: Case, finding: Finding) -> bool | None:
    """The validation loss ends above its best by more than its noise.

    Of one that is only said to stand still while the training loss falls: it comes no more than its
    noise under its best so far, in a tenth of the run at least that is still to come.
    """
    series = case.run.get(finding.metric)
    if series is None or _fault(case, finding) is not False:
        return None
    finite = np.isfinite(series.values)
    values = series.values[finite]
    if len(values) < 8:
        return None
    calm = _smooth(values, 3)
    ragged = 1.4826 * float(np.median(np.abs(np.diff(values)))) / 2**0.5
    if finding.severity is Severity.INFO:
        at = int(np.searchsorted(series.steps[finite], finding.fired_step, side="right"))
        before, later = values[:at], values[at:]
        if len(before) < 3 or len(later) < max(3, 0.1 * len(values)):
            return None
        return bool(_smooth(before, 3).min() - _smooth(later, 3).min() < 2 * ragged)
    end = float(values[-max(2, len(values) // 10) :].mean())
    return bool(end - float(calm.min()) > 2 * ragged)


def _plateau(case: Case, finding: Finding) -> bool | None:
    """What was won afterwards is under a twentieth of all that was ever won."""
    series = case.run.get(finding.metric)
    if series is None:
        return None
    values = series.values[np.isfinite(series.values)]
    at = int(np.searchsorted(series.steps, finding.fired_step, side="right"))
    later = values[at:]
    if len(later) < max(10, 0.2 * len(values)):
        return None
    width = max(3, len(values) // 20)
    level = float(np.median(values[max(0, at - width) : at]))
    won = float(values[0]) - float(_smooth(values, width).min())
    return bool(level - float(_smooth(later, min(width, len(later))).min()) < 0.05 * won)


def _smooth(values: Floats, width: int) -> Floats:
    return np.convolve(values, np.ones(width) / width, "valid")


def _vanishing(case: Case, finding: Finding) -> bool | None:
    if case.event == "dead_init" or "flat" in case.symptoms:
        return True
    return False if case.label == "ok" else None


def _mismatch(case: Case, finding: Finding) -> bool | None:
    """A fault of the rate. A start without warmup broke by a rate too high, or by something else;
    of the others the rate itself is what is told, and whether it was meant cannot be said."""
    if case.event in ("lr_jump", "lr_oscillate", "lr_zero"):
        return True
    if "warmup" not in finding.unit:
        return None
    if case.event not in (None, "control"):
        return False
    return None if case.label is None else case.label == "too_high"


def _seen(case: Case, finding: Finding) -> bool | None:
    """Read off the log as it stands."""
    return True


ANSWERS: dict[str, Answer] = {
    "nan": _seen,
    "resume": _seen,
    "zero-learning-rate": _seen,
    "divergence": _divergence,
    "flat": _flat,
    "oscillation": _too_high,
    "exploding-gradient": _too_high,
    "unstable-accuracy": _too_high,
    "slow": _too_low,
    "spike": _spike,
    "overfitting": _overfitting,
    "plateau": _plateau,
    "vanishing-gradient": _vanishing,
    "schedule-mismatch": _mismatch,
}
