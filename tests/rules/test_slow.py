from __future__ import annotations

import numpy as np
import pytest
from curves import noise, run_of

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.rules.slow import Slow

STEPS = 10 * np.arange(200)


def straight(seed: int = 0) -> np.ndarray:
    return np.linspace(2.3, 1.8, 200) + noise(200, 0.02, seed)


@pytest.mark.parametrize("seed", range(5))
def test_a_straight_fall_is_told(seed: int) -> None:
    run = run_of(straight(seed), steps=STEPS)
    (finding,) = Slow().examine(run)
    assert (finding.severity, finding.resolved) == (Severity.INFO, False)
    assert [a.action for a in Slow().advise(finding, run)] == [Action.RAISE_LR]


def test_it_tells_how_long_as_much_again_takes() -> None:
    losses = np.linspace(2.0, 1.0, 101) + noise(101, 1e-4)
    told = list(Slow().examine(run_of(losses, steps=10 * np.arange(101))))
    assert "another" in told[0].message
    steps = float(told[0].message.split("another ")[1].split()[0])
    assert steps == pytest.approx(told[0].fired_step, rel=0.1)


@pytest.mark.parametrize("exponent", [0.1, 0.3, 0.7])
def test_quiet_on_power_laws(exponent: float) -> None:
    losses = 2 * (1 + np.arange(600)) ** -exponent + noise(600, 0.01)
    assert list(Slow().examine(run_of(losses, steps=10 * np.arange(600)))) == []


def test_quiet_while_the_rate_warms_up() -> None:
    rates = 1e-3 * np.minimum(1, STEPS / 2500)
    assert list(Slow().examine(run_of(straight(), steps=STEPS, lr=rates))) == []


def test_quiet_once_the_rate_has_decayed() -> None:
    losses, steps = np.linspace(2.3, 1.3, 400) + noise(400, 0.005), 10 * np.arange(400)
    for last_high in (200, 390):
        rates = np.where(steps < last_high, 1e-2, 1e-4)
        assert list(Slow().examine(run_of(losses, steps=steps, lr=rates))) == []


def test_the_plan_counts_where_it_is_known() -> None:
    short, long = (run_of(straight(), steps=STEPS, planned_steps=p) for p in (2000, 100_000))
    assert len(list(Slow().examine(short))) == 1
    assert list(Slow().examine(long)) == []


def test_over_when_the_curve_levels_off() -> None:
    losses = np.concatenate([straight(), np.full(300, 1.8) + noise(300, 0.02)])
    assert all(f.resolved for f in Slow().examine(run_of(losses, steps=10 * np.arange(500))))
