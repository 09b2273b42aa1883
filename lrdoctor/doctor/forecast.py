"""Where the main loss is going, out of its own curve, the plan, and the findings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lrdoctor.diagnosis import Action, Advice, Cut, Finding, Forecast, LearningRate, Severity
from lrdoctor.learning_rate.trace import MOST_STEPS
from lrdoctor.rules._ahead import FARTHEST, falls
from lrdoctor.rules._cut import TO, most_of_a_first
from lrdoctor.rules._left import still_to_come
from lrdoctor.rules._rate import rises, spent
from lrdoctor.rules._reading import Reading, read
from lrdoctor.run import Floats, Ints, Run

LEAST = 24
"""Blocks of the loss from which on it is foretold, as the fewest that a plateau takes."""
POINTS = 8
"""So many points draw it: along the logarithm of the steps it is a straight line."""
_EVEN = np.linspace(0, 1, POINTS)
DOWN = 0.5
"""Part of the rate now to which a schedule must come to need no cut beside it."""
NEAR = 0.5
"""Of where a loss stands that was never below 0: farther down its falls are bent. Of 0.3, 0.5, 0.7
and 1 the one with the least median error on the clinic and 18 other families (``foretold.py``)."""
_BESIDE = frozenset({"overfitting", "unstable-accuracy"})
"""Troubles of how well the model does on other data: the training loss goes on beside them."""


def forecast(
    run: Run, findings: Sequence[Finding], rate: LearningRate, advice: Sequence[Advice]
) -> Forecast | None:
    """Where the main loss will stand at the end of the training, or twice as far as it is where
    that is nearer or no plan is known; None where it is lost, too short, still warming up, or done.
    """
    main = run.main_loss
    if main is None or run.is_agent or run.is_game or rate.schedule == "range-test":
        return None
    ill = {f.metric if f.rule in _BESIDE else main[0] for f in findings
           if not f.resolved and f.severity is not Severity.INFO}  # fmt: skip
    reading = read(main[1].curve)
    if main[0] in ill or len(reading) < LEAST or rises(run, reading):
        return None
    first, last = int(reading.first_steps[0]), int(reading.steps[-1])
    planned = run.settings.planned_steps or rate.schedule_parameters.get("total_steps")
    if planned and planned <= last and spent(run, reading)[-1]:
        return None
    # Counted from one step's distance before the first, as points are.
    begun = first - max(1, round((last - first) / max(len(main[1]) - 1, 1)))
    end = 2 * last - begun
    is_planned = planned is not None and last < planned <= end
    if is_planned and planned is not None:
        end = round(planned)
    steps = _steps(begun, last, min(end, MOST_STEPS))
    if not len(steps):
        return None
    ways = np.log((steps - begun) / (last - begun))
    losses = _bent(reading, float(reading.level[-1]) - falls(reading, ways))
    stands = any(f.rule == "plateau" and not f.resolved for f in findings)
    losses = np.maximum(losses, _floor(reading, stands=stands))
    curve = tuple(
        (step, value, low, high)
        for step, (high, value, low) in zip(steps.tolist(), losses.tolist(), strict=True)
    )
    cut = _cut(run, reading, rate, advice) if stands else None
    return Forecast(main[0], float(reading.level[-1]), is_planned, curve, cut)


def _steps(begun: int, last: int, end: int) -> Ints:
    """From the newest step to the end, at even distances of their logarithms."""
    way = min(math.log((end - begun) / (last - begun)), FARTHEST)
    exact = begun + (last - begun) * np.exp(way * _EVEN)
    steps: Ints = np.rint(exact).astype(np.int64)
    if steps[-1] == last:
        return steps[:0]
    apart = np.ones(len(steps), bool)
    np.greater(steps[1:], steps[:-1], out=apart[1:])
    return steps[apart]


def _bent(reading: Reading, losses: Floats) -> Floats:
    """Shape (n, 3): highest, likeliest, lowest. A loss never below 0 comes down to it ever more
    slowly, however fast it fell: below ``NEAR`` the upper two go on at the same slope at first,
    then by the logarithm of the fall. The lowest stays a bound and may be 0."""
    near = NEAR * float(reading.level[-1])
    if near <= 0 or reading.values.min() < 0:
        return losses
    upper = losses[:, :2]
    beyond = np.maximum(near - upper, 0) / near
    upper[...] = np.maximum(upper, near) / (1 + np.log1p(beyond))
    return losses


def _floor(reading: Reading, *, stands: bool) -> float:
    """No loss that was never below 0 is foretold there, and none on a plateau below what the rule
    says may still be won: of 215 plateaus in the recorded families that held in 0.98, with a bound
    half as far as that of losses in general."""
    floor = _least(reading)
    if stands:
        again, _, unsure = still_to_come(reading, len(reading) - 1)
        left = (again + unsure) * float(reading.progress[-1])
        floor = max(floor, float(reading.level[-1]) - left)
    return floor


def _least(reading: Reading) -> float:
    return 0.0 if reading.values.min() >= 0 else -math.inf


def _cut(run: Run, reading: Reading, rate: LearningRate, advice: Sequence[Advice]) -> Cut | None:
    """None, too, where the rate is planned to come down by itself."""
    most = most_of_a_first(run, reading, len(reading) - 1)
    comes_down = rate.planned and rate.current and rate.planned[-1][1] < DOWN * rate.current
    if most is None or comes_down:
        return None
    won = min(most * float(reading.progress[-1]), float(reading.level[-1]) - _least(reading))
    advised = any((a.rule, a.action) == ("plateau", Action.DECAY_LR) for a in advice)
    return Cut(TO, won, advised)
