from __future__ import annotations

import numpy as np

from lrdoctor.signals.rank import rank


def test_the_share_that_is_not_above_the_first() -> None:
    np.testing.assert_allclose(rank(np.array([2.0, 3.0, 1.0, 2.0])), [1, 1 / 2, 2 / 3, 3 / 4])


def test_uniform_for_values_of_one_distribution() -> None:
    last = [rank(np.random.default_rng(s).standard_cauchy(200))[-1] for s in range(400)]
    np.testing.assert_allclose(np.quantile(last, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.07)
