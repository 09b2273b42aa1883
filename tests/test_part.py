"""Figures of part of a series are those of its points, read off blocks or not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrdoctor.learning_rate.unmasked import _moved
from lrdoctor.run import Block, Floats, Series, highest, last_finite


def series(values: Floats) -> Series:
    made = Series("loss")
    made.append(Block("loss", np.arange(len(values)), values))
    return made


def drawn(seed: int) -> tuple[np.random.Generator, Floats]:
    """Up to 20,000 values with stretches of NaN, of infinities and of one number."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=int(10 ** rng.uniform(0, 4.3)))
    for what in (np.nan, np.inf, -np.inf, 0.25):
        at, length = int(rng.integers(len(values))), int(10 ** rng.uniform(0, 4))
        values[at : at + length] = what
    if rng.random() < 0.5:
        values[-int(10 ** rng.uniform(0, 4)) :] = rng.choice([np.nan, np.inf, 0.25])
    return rng, values


@pytest.mark.parametrize("seed", range(40))
def test_the_highest_of_a_part_is_that_of_its_finite_points(seed: int) -> None:
    rng, values = drawn(seed)
    whole = series(values)
    for _ in range(20):
        first, last = sorted(rng.integers(0, len(values) + 1, 2).tolist())
        part = values[first:last][np.isfinite(values[first:last])]
        assert highest(whole, first, last) == max(part, default=-math.inf)


@pytest.mark.parametrize("seed", range(40))
def test_the_newest_finite_value_and_the_last_move_are_found(seed: int) -> None:
    values = drawn(seed)[1]
    assert last_finite(series(values)) == max(np.flatnonzero(np.isfinite(values)), default=-1)
    if np.isnan(values[-1]):
        return
    moved = np.flatnonzero(values != values[-1])
    assert _moved(series(values)) == max(moved, default=-1) + 1


def test_no_value_of_a_complete_block_is_read_for_the_highest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = series(np.arange(100_000.0))
    blocks = whole.curve
    monkeypatch.setattr(Series, "values", property(lambda self: np.full(len(blocks), np.nan)))
    complete = int(blocks.starts[-1] + blocks.sizes[-1])
    assert highest(whole, 0, complete) == complete - 1
