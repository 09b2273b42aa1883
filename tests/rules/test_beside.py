from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.rules._beside import newest_at


def sorted_steps(rng: np.random.Generator, size: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.sort(rng.integers(-5, 60, size))


@pytest.mark.parametrize("seed", range(200))
def test_it_is_what_a_search_for_each_step_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known, steps = (sorted_steps(rng, int(size)) for size in rng.integers(0, 40, 2))
    found = newest_at(known, steps)
    np.testing.assert_array_equal(found, np.searchsorted(known, steps, side="right") - 1)


@pytest.mark.parametrize("more", [[], [7], [5], [8, 8]])
@pytest.mark.parametrize("twice", [False, True])
def test_the_same_steps_and_some_more(more: list[int], twice: bool) -> None:
    steps = np.array([1, 3, 3 if twice else 4, 5])
    known = np.concatenate([steps, np.array(more, np.int64)])
    expected = np.searchsorted(known, steps, side="right") - 1
    np.testing.assert_array_equal(newest_at(known, steps), expected)
