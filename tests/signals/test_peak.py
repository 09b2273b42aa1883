from __future__ import annotations

import numpy as np

from lrdoctor.signals.peak import peak


def test_it_is_the_highest_so_far() -> None:
    assert peak(np.array([1.0, 3.0, 2.0, 4.0])).tolist() == [1.0, 3.0, 3.0, 4.0]


def test_what_is_not_a_number_is_passed_over() -> None:
    told = peak(np.array([np.nan, 2.0, np.nan, 3.0]))
    np.testing.assert_array_equal(told, [np.nan, 2.0, 2.0, 3.0])
