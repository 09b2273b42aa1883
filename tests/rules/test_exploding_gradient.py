from __future__ import annotations

import numpy as np
import pytest
from curves import falling, noise, run_of

from lrdoctor.rules.exploding_gradient import ExplodingGradient


def norms(size: int = 200, seed: int = 0) -> np.ndarray:  # type: ignore[type-arg]
    return np.exp(noise(size, 0.5, seed))


@pytest.mark.parametrize("seed", range(10))
def test_quiet_on_a_ragged_norm(seed: int) -> None:
    assert (
        list(ExplodingGradient().examine(run_of(falling(1000), grad_norm=norms(1000, seed)))) == []
    )


def test_it_is_told_after_its_patience_and_over_when_it_falls() -> None:
    ragged = norms()
    ragged[100:130] *= 100
    (finding,) = ExplodingGradient().examine(run_of(falling(200), grad_norm=ragged))
    assert (finding.onset_step, finding.fired_step) == (100, 102)
    assert finding.resolved


def test_one_large_norm_is_passed_over() -> None:
    ragged = norms()
    ragged[100] *= 1000
    assert list(ExplodingGradient().examine(run_of(falling(200), grad_norm=ragged))) == []
