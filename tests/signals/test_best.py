from __future__ import annotations

import numpy as np

from lrdoctor.signals.best import best


def test_it_is_the_lowest_so_far() -> None:
    values = np.random.default_rng(0).normal(size=200)
    assert best(values).tolist() == [values[: n + 1].min() for n in range(200)]
