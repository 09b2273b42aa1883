"""Blocks as bytes: exact, and damage is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lrdoctor.errors import StoreError
from lrdoctor.run import Block
from lrdoctor.store import columns

STEPS = arrays.arrays(np.int64, st.integers(0, 300))


def same(a: Block, b: Block) -> bool:
    """Bit by bit: NaN payloads, minus zero and all."""
    walls = (a.wall_times is None) == (b.wall_times is None)
    pairs = [(a.steps, b.steps), (a.values, b.values)]
    if a.wall_times is not None and b.wall_times is not None:
        pairs.append((a.wall_times, b.wall_times))
    return walls and all(left.tobytes() == right.tobytes() for left, right in pairs)


@settings(max_examples=30, deadline=None)
@given(steps=STEPS, seed=st.integers(0, 2**32 - 1), walls=st.booleans())
def test_any_block_comes_back_exactly(steps: np.ndarray, seed: int, walls: bool) -> None:
    bits = np.random.default_rng(seed).integers(0, 2**64, (2, len(steps)), np.uint64)
    values, times = bits.view(np.float64)
    block = Block("loss", steps, values, times if walls else None)
    assert same(columns.decode("loss", columns.encode(block)), block)


@pytest.mark.parametrize("walls", [None, 1.7e9])
def test_a_point_given_as_numbers_is_stored_as_one_in_arrays(walls: float | None) -> None:
    times = None if walls is None else np.array([walls])
    arrays = Block("loss", np.array([7]), np.array([-0.0]), times)
    assert columns.encode(Block("loss", 7, -0.0, walls)) == columns.encode(arrays)


@pytest.mark.parametrize(
    "steps", [[7], [0, 10, 20], [5, 5, 5], [9, 8, 7], [2**63 - 1, -(2**63)], [0, 1, 3]]
)
def test_steps_come_back_whatever_their_stride(steps: list[int]) -> None:
    block = Block("loss", np.array(steps), np.zeros(len(steps)))
    assert columns.decode("loss", columns.encode(block)).steps.tolist() == steps


def test_even_steps_take_no_room() -> None:
    even, uneven = (
        Block("loss", np.cumsum(gaps), np.zeros(10_000))
        for gaps in (np.full(10_000, 50), np.random.default_rng(0).integers(1, 99, 10_000))
    )
    assert len(columns.encode(even)) < len(columns.encode(uneven)) / 10


@pytest.mark.parametrize("at", [0, 8, 40, -1])
def test_damaged_byte_is_noticed(at: int) -> None:
    data = bytearray(columns.encode(Block("loss", np.arange(5), np.ones(5))))
    data[at] ^= 1
    with pytest.raises(StoreError, match="'loss' is damaged"):
        columns.decode("loss", bytes(data))


def test_cut_bytes_are_noticed() -> None:
    data = columns.encode(Block("loss", np.arange(5), np.ones(5)))
    for end in range(len(data)):
        with pytest.raises(StoreError, match="damaged"):
            columns.decode("loss", data[:end])
