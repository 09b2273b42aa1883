"""Steps that go back: one writer that was resumed, or several that write at the same time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.arrival import side_by_side
from lrdoctor.rules.resume import Resume
from lrdoctor.run import Block, Run, Series

Ints = np.ndarray


def spans(*pairs: tuple[int, int]) -> Ints:
    return np.concatenate([np.arange(first, last) for first, last in pairs])


def ranks(count: int, steps: int, jitter: float, seed: int = 0) -> Ints:
    """Each rank logs every step, in its own time."""
    random = np.random.default_rng(seed)
    when = np.arange(steps) + random.uniform(0, jitter, (count, steps)).cumsum(axis=1) / steps
    when += random.uniform(0, jitter, (count, 1))
    order = np.argsort(when.ravel(), kind="stable")
    return np.tile(np.arange(steps), count)[order]


@pytest.mark.parametrize("count", [2, 4, 8])
@pytest.mark.parametrize("jitter", [0.5, 2.0, 12.0])
def test_ranks_that_log_into_one_file_are_several_writers(count: int, jitter: float) -> None:
    steps = ranks(count, 200, jitter)
    assert side_by_side(steps, None) == bool((np.diff(steps) < 0).any())


def test_ranks_whose_lines_come_in_bursts_are_several_writers() -> None:
    bursts = [(n, n + 10) for n in range(0, 100, 10) for _ in range(2)]
    assert side_by_side(spans(*bursts), None)


@pytest.mark.parametrize(
    "steps",
    [
        spans((0, 100)),
        spans((0, 100), (50, 150)),
        spans((0, 100), (0, 100), (0, 100), (0, 100)),  # begun anew in the same file
        spans((0, 100), (50, 100), (50, 100), (50, 100)),  # crashes at one place again and again
        spans((0, 100), (80, 150), (120, 200), (180, 300), (250, 400)),
        spans((0, 100), (50, 150), (60, 160), (70, 170), (80, 180)),
        spans(*((n, n + 100) for n in range(0, 300, 10))),
    ],
)
def test_resumes_are_one_writer(steps: Ints) -> None:
    assert not side_by_side(steps, None)
    assert not side_by_side(steps, np.arange(len(steps)) + 1.7e9)


def test_files_whose_times_overlap_are_several_writers() -> None:
    steps = spans((0, 50), (0, 50))
    at_once = 1.7e9 + np.r_[np.arange(50), np.arange(50) + 0.5]
    assert side_by_side(steps, at_once)
    assert not side_by_side(steps, 1.7e9 + np.arange(100))
    assert not side_by_side(steps, np.full(100, np.nan))


@given(
    steps=st.lists(st.integers(0, 12), min_size=1, max_size=60),
    cuts=st.lists(st.integers(1, 59), max_size=8),
    timed=st.booleans(),
)
def test_series_is_the_same_whatever_the_pieces(
    steps: list[int], cuts: list[int], timed: bool
) -> None:
    values = np.arange(len(steps), dtype=float)
    walls = np.random.default_rng(len(steps)).permutation(values) if timed else None
    whole, pieces = Series("loss"), Series("loss")
    borders = sorted({0, *(cut for cut in cuts if cut < len(steps)), len(steps)})
    whole.append(Block("loss", np.array(steps), values, walls))
    for start, stop in pairwise(borders):
        part = None if walls is None else walls[start:stop]
        pieces.append(Block("loss", np.array(steps[start:stop]), values[start:stop], part))
    assert pieces.steps.tolist() == whole.steps.tolist()
    assert pieces.values.tolist() == whole.values.tolist()
    assert (pieces.resumes, pieces.overtaken) == (whole.resumes, whole.overtaken)
    assert whole.side_by_side == side_by_side(np.array(steps), walls)
    if whole.side_by_side:
        order = np.argsort(steps, kind="stable")
        assert whole.values.tolist() == order.tolist()
    else:
        assert len(whole) + whole.overtaken == len(steps)


def test_no_resume_is_told_of_a_run_with_several_writers() -> None:
    run = Run("run", "log.jsonl", "jsonl")
    steps = ranks(2, 60, 12.0)
    run.add(Block("loss", steps, np.linspace(2, 1, len(steps))))
    assert run["train/loss"].side_by_side
    assert len(run["train/loss"]) == 120
    run.add(Block("val_loss", np.array([10, 20, 10, 20]), np.ones(4)))
    assert list(Resume().examine(run)) == []
    assert list(Resume().examine(run.until(30))) == []
