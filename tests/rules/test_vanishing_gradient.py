from __future__ import annotations

import numpy as np
from curves import falling, noise, run_of

from lrdoctor.rules.vanishing_gradient import VanishingGradient


def spread(size: int, seed: int = 0) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, 0.4, size))


def test_a_gradient_that_dies_at_the_start_is_told() -> None:
    norms = np.where(np.arange(100) < 20, 1.0, 0.0) * spread(100)
    (finding,) = VanishingGradient().examine(run_of(2.3 + noise(100), grad_norm=norms))
    assert finding.onset_step == 20
    assert finding.fired_step <= 30


def test_a_gradient_that_is_nothing_from_the_first_step_on_is_told() -> None:
    run = run_of(2.3 + noise(50), grad_norm=1e-9 * spread(50))
    assert [f.onset_step for f in VanishingGradient().examine(run)] == [0]


def test_quiet_where_the_loss_came_down_with_it() -> None:
    losses = np.exp(-np.arange(300) / 20)
    run = run_of(losses + noise(300, 1e-3), grad_norm=losses * spread(300))
    assert list(VanishingGradient().examine(run)) == []


def test_quiet_on_single_batches_that_are_learnt_already() -> None:
    random = np.random.default_rng(1)
    easy = random.random(300) < 0.3
    norms = np.where(easy, 1e-9, 1.0) * spread(300)
    run = run_of(np.where(easy, 0.0, 2 * random.random(300)), grad_norm=norms)
    assert list(VanishingGradient().examine(run)) == []


def test_over_when_the_gradient_is_back() -> None:
    norms = np.where((np.arange(200) < 50) | (np.arange(200) > 90), 1.0, 1e-8) * spread(200)
    losses = np.where(np.arange(200) < 90, 2.3 + noise(200), falling(200))
    (finding,) = VanishingGradient().examine(run_of(losses, grad_norm=norms))
    assert finding.resolved
    assert 90 <= finding.last_step <= 105
