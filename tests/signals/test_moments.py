from __future__ import annotations

import numpy as np

from lrdoctor.signals.moments import moments


def test_as_numpy_over_the_newest_half() -> None:
    values = 1e6 + np.random.default_rng(0).normal(size=300)
    told = moments(values)
    for i in range(2, 300):
        part = values[i // 2 : i + 1]
        np.testing.assert_allclose(told[i], [part.mean(), part.std(ddof=1)], rtol=1e-6)


def test_a_share_of_one_takes_all() -> None:
    values = np.random.default_rng(1).normal(size=50)
    np.testing.assert_allclose(moments(values, 1.0)[-1], [values.mean(), values.std(ddof=1)])
