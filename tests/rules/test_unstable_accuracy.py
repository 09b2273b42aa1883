from __future__ import annotations

import numpy as np
import pytest
from curves import falling, run_of

from lrdoctor.rules.unstable_accuracy import UnstableAccuracy


def scores(size: int, samples: int, seed: int, more: float = 0.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    share = np.clip(0.8 - 0.5 * np.exp(-np.arange(size) / 15) + random.normal(0, more, size), 0, 1)
    return random.binomial(samples, share) / samples


def test_wild_swings_are_told() -> None:
    run = run_of(falling(80), val_acc=scores(80, 5000, 0, more=0.1))
    (finding,) = UnstableAccuracy().examine(run)
    assert finding.metric == "val/accuracy"
    assert not finding.resolved


def test_told_alike_in_per_cent() -> None:
    run = run_of(falling(80), val_acc=100 * scores(80, 5000, 0, more=0.1))
    assert len(list(UnstableAccuracy().examine(run))) == 1


@pytest.mark.parametrize("samples", [20, 50, 100, 500, 10_000])
def test_quiet_on_what_few_samples_explain(samples: int) -> None:
    for seed in range(10):
        run = run_of(falling(200), val_acc=scores(200, samples, seed))
        assert list(UnstableAccuracy().examine(run)) == []


def test_quiet_on_the_accuracy_of_single_batches() -> None:
    run = run_of(falling(600), accuracy=scores(600, 16, 3))
    assert list(UnstableAccuracy().examine(run)) == []


def test_over_once_it_has_settled() -> None:
    swings = np.where(np.arange(300) < 60, 1.0, 0.02) * np.random.default_rng(0).normal(0, 0.1, 300)
    (finding,) = UnstableAccuracy().examine(run_of(falling(300), val_acc=(0.7 + swings).round(4)))
    assert finding.resolved
