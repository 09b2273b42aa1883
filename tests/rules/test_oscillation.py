from __future__ import annotations

import numpy as np
import pytest
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Severity
from lrdoctor.rules.oscillation import Oscillation


def swinging(size: int = 600, period: float = 60, growth: bool = False) -> np.ndarray:  # type: ignore[type-arg]
    index = np.arange(size)
    swing = 0.6 * (index / size if growth else 1) * np.sin(2 * np.pi * index / period)
    return 1 + np.exp(-index / 40) + swing + noise(size)


def test_a_swinging_loss_is_told_with_its_period() -> None:
    (finding,) = Oscillation().examine(run_of(swinging()))
    assert finding.severity is Severity.WARNING
    assert not finding.resolved
    assert "every 60" in finding.message or "every 59" in finding.message


def test_a_growing_swing_is_told() -> None:
    (finding,) = Oscillation().examine(run_of(swinging(growth=True)))
    assert finding.onset_step > 200


@pytest.mark.parametrize("seed", range(10))
def test_quiet_on_noise_of_any_tail(seed: int) -> None:
    random = np.random.default_rng(seed)
    for ragged in (random.normal(size=2000), random.standard_t(3, 2000)):
        assert list(Oscillation().examine(run_of(falling(2000, 0) + 0.1 * ragged))) == []
        assert list(Oscillation().examine(run_of(2.3 + 0.1 * ragged))) == []


def test_swings_of_a_cyclic_rate_are_only_worth_knowing() -> None:
    rates = 1 + np.sin(2 * np.pi * np.arange(600) / 60)
    (finding,) = Oscillation().examine(run_of(swinging(), lr=rates))
    assert finding.severity is Severity.INFO
    assert "as the learning rate does" in finding.message


def test_it_is_over_when_no_further_swing_comes() -> None:
    losses = np.concatenate([swinging(400), 0.5 + noise(1600, seed=1)])
    (finding,) = Oscillation().examine(run_of(losses))
    assert finding.resolved
    assert 400 < finding.last_step < 900
