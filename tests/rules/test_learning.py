from __future__ import annotations

import numpy as np
from curves import noise, run_of

from lrdoctor.rules._learning import gradient_changed, gradient_idle


def test_a_clip_that_comes_later_does_not_change_what_was_known_of_the_gradient() -> None:
    idle = np.exp(0.002 * noise(400))
    idle[200:] = 1.0
    grown = np.exp(0.01 * noise(400) + np.minimum(np.arange(400) / 50, 4.0))
    grown[200:] = 50.0
    for norms, asked in ((idle, gradient_idle), (grown, gradient_changed)):
        run = run_of(2.3 + noise(400, 0.03), grad_norm=norms)
        steps = run["train/loss"].steps
        then = asked(run.until(150), steps[:151])
        assert then.any()
        assert np.array_equal(asked(run, steps)[:151], then)


def test_a_gradient_norm_of_any_size_that_stands_is_idle() -> None:
    for size in (1e-3, 7.0, 1e3):
        run = run_of(2.3 + noise(400, 0.03), grad_norm=size * np.exp(0.002 * noise(400)))
        steps = run["train/loss"].steps
        assert gradient_idle(run, steps)[-1]
        assert not gradient_changed(run, steps).any()


def test_a_clipped_gradient_tells_nothing() -> None:
    run = run_of(2.3 + noise(400, 0.03), grad_norm=np.ones(400))
    steps = run["train/loss"].steps
    assert not gradient_idle(run, steps).any()
    assert not gradient_changed(run, steps).any()
