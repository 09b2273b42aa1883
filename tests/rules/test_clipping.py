from __future__ import annotations

import numpy as np
from curves import falling, run_of

from lrdoctor.rules.clipping import Clipping
from lrdoctor.run import Block, Run, Settings


def norms(size: int = 200, seed: int = 0) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, 0.5, size))


def test_norms_cut_at_their_largest_are_told_without_knowing_the_clip() -> None:
    (finding,) = Clipping().examine(run_of(falling(200), grad_norm=np.minimum(norms(), 0.5)))
    assert finding.measured > 0.75
    assert not finding.resolved


def test_norms_from_before_a_known_clip_are_counted() -> None:
    run = Run("run", "run.csv", "csv", settings=Settings(gradient_clip=0.3))
    run.add(Block("grad_norm", np.arange(200), norms()))
    (finding,) = Clipping().examine(run)
    assert finding.measured > 0.9
    assert finding.limit == 0.75


def test_quiet_on_norms_of_any_size_that_nothing_cuts() -> None:
    for seed in range(20):
        assert list(Clipping().examine(run_of(falling(200), grad_norm=norms(seed=seed)))) == []


def test_quiet_where_bursts_alone_are_cut() -> None:
    assert list(Clipping().examine(run_of(falling(200), grad_norm=np.minimum(norms(), 2)))) == []


def test_over_when_the_norm_has_come_down() -> None:
    cut = np.where(np.arange(400) < 100, np.minimum(norms(400), 0.5), 0.1 * norms(400))
    (finding,) = Clipping().examine(run_of(falling(400), grad_norm=np.minimum(cut, 0.5)))
    assert finding.resolved
    assert finding.last_step < 300
