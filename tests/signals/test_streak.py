from __future__ import annotations

import numpy as np

from lrdoctor.signals.streak import streak


def test_it_counts_until_a_gap() -> None:
    holds = np.array([True, True, False, True, True, True, False, False])
    assert streak(holds).tolist() == [1, 2, 0, 1, 2, 3, 0, 0]


def test_it_agrees_with_a_loop() -> None:
    holds = np.random.default_rng(0).random(500) < 0.7
    count, expected = 0, []
    for one in holds:
        count = count + 1 if one else 0
        expected.append(count)
    assert streak(holds).tolist() == expected
