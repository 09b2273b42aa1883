"""Series, their blocks, and the run that holds them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.run import MANY, RAW, Block, Curve, Resume, Run, Series, Settings


def block(steps: object, values: object | None = None, tag: str = "loss") -> Block:
    at = np.asarray(steps, np.int64)
    return Block(tag, at, np.asarray(at if values is None else values, np.float64))


def noisy(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = np.exp(-np.arange(n) / (n / 3 + 1)) + rng.normal(0, 0.1, n)
    values[rng.random(n) < 0.01] = np.nan
    return values


def same(one: Curve, other: Curve) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in (*Curve.__struct_fields__[:-1], "rough")
    )


@given(st.lists(st.integers(1, 900), min_size=1, max_size=12))
def test_pieces_give_the_same_curve_as_the_whole(sizes: list[int]) -> None:
    n = sum(sizes)
    values = noisy(n)
    whole, pieces = Series("loss"), Series("loss")
    whole.append(block(np.arange(n), values))
    start = 0
    for size in sizes:
        pieces.append(block(np.arange(start, start + size), values[start : start + size]))
        assert len(pieces.curve)  # a look between two pieces must not change what follows
        start += size
    assert np.array_equal(whole.values, pieces.values, equal_nan=True)
    assert same(whole.curve, pieces.curve)


points = st.tuples(
    st.integers(0, 9), st.sampled_from((0.5, math.nan, math.inf)), st.none() | st.just(1.7e9)
)


@given(st.lists(points, max_size=40), st.booleans())
def test_points_given_as_numbers_are_those_in_arrays(told: list, rising: bool) -> None:
    numbers, arrays = Series("loss"), Series("loss")
    for step, value, wall in sorted(told, key=lambda point: point[0]) if rising else told:
        numbers.append(Block("loss", step, value, wall))
        walls = None if wall is None else np.array([wall])
        arrays.append(Block("loss", np.array([step]), np.array([value]), walls))
    assert same(numbers.curve, arrays.curve)
    assert numbers.steps.tolist() == arrays.steps.tolist()
    assert np.array_equal(numbers.values, arrays.values, equal_nan=True)
    walls = [np.nan_to_num(s.wall_times) for s in (numbers, arrays) if s.wall_times is not None]
    assert len(walls) == 0 or np.array_equal(*walls)
    assert (numbers.non_finite, numbers.resumes) == (arrays.non_finite, arrays.resumes)


def test_a_point_given_as_numbers_has_arrays_too() -> None:
    one = Block("loss", 3, 0.5, 1.7e9)
    assert (len(one), one.steps.tolist(), one.values.tolist()) == (1, [3], [0.5])
    assert one.wall_times is not None
    assert one.wall_times.tolist() == [1.7e9]
    assert block([3]).point is None


def test_a_block_that_was_taken_over_stays_as_it_is() -> None:
    steps, values = np.arange(MANY), noisy(MANY)
    series = Series("loss")
    series.append(block(steps, values))
    kept = values.copy()
    assert series.values is not values
    series.append(block([100], [7.0]))  # a resume
    series.append(block([101], [8.0]))
    assert series.values[100:].tolist() == [7.0, 8.0]
    assert np.array_equal(values, kept, equal_nan=True)
    assert np.array_equal(steps, np.arange(MANY))


@given(st.lists(st.tuples(st.integers(1, 700), st.booleans(), st.booleans()), max_size=8))
def test_long_blocks_are_the_same_as_their_points_one_by_one(
    parts: list[tuple[int, bool, bool]],
) -> None:
    """Nobody looks between them; some have no wall times, some go back."""
    long, short = Series("loss"), Series("loss")
    start = 0
    for size, timed, back in parts:
        start = max(0, start - 300) if back else start
        steps, values = np.arange(start, start + size), noisy(size, start)
        walls = steps / 8 + 1e9 if timed else None
        long.append(Block("loss", steps, values, walls))
        for at in range(0, size, MANY - 1):
            which = slice(at, at + MANY - 1)
            told = None if walls is None else walls[which]
            short.append(Block("loss", steps[which], values[which], told))
        start += size
    assert len(long) == len(short)
    assert (long.non_finite, long.overtaken) == (short.non_finite, short.overtaken)
    assert long.resumes == short.resumes
    for name in ("steps", "values", "wall_times"):
        one, other = getattr(long, name), getattr(short, name)
        assert (one is None) == (other is None)
        assert one is None or np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("n", [RAW, RAW + 1, 2 * RAW, 5 * RAW + 7, 40 * RAW])
def test_the_curve_of_a_longer_run_begins_with_that_of_a_shorter(n: int) -> None:
    values = noisy(64 * RAW)
    longer, shorter = Series("loss"), Series("loss")
    longer.append(block(np.arange(64 * RAW), values))
    shorter.append(block(np.arange(n), values[:n]))
    assert same(longer.curve.take(slice(0, len(shorter.curve))), shorter.curve)


def test_blocks_agree_with_numpy_on_the_points_they_hold() -> None:
    n = 9 * RAW + 3
    values = noisy(n)
    series = Series("loss")
    series.append(block(np.arange(n), values))
    curve = series.curve
    for i in range(RAW, len(curve), 97):
        held = values[curve.starts[i] : curve.starts[i] + curve.sizes[i]]
        assert curve.values[i] == pytest.approx(np.nanmean(held))
        assert curve.low[i] == np.nanmin(held)
        assert curve.high[i] == np.nanmax(held)
        assert curve.non_finite[i] == np.isnan(held).sum()
        assert curve.rough[i] == pytest.approx(np.nanmean(np.abs(np.diff(held))))
        assert curve.steps[i] == curve.starts[i] + curve.sizes[i] - 1


def test_a_million_points_make_fewer_than_6200_blocks() -> None:
    series = Series("loss")
    series.append(block(np.arange(1_000_000)))
    assert 6000 < len(series.curve) < 6200
    assert np.array_equal(series.curve.starts[1:], np.cumsum(series.curve.sizes)[:-1])


def test_values_near_the_largest_float_do_not_overflow_in_blocks() -> None:
    series = Series("loss")
    series.append(block(np.arange(2 * RAW), np.full(2 * RAW, 1.5e308)))
    assert series.curve.values[-1] == 1.5e308


def test_a_step_that_goes_back_replaces_what_it_overtakes() -> None:
    series = Series("loss")
    series.append(block([1, 2, 3, 4, 5]))
    assert series.resumes == []
    series.append(block([3, 4], [30.0, 40.0]))
    assert series.resumes == [Resume("loss", 3, 5, 3)]
    assert series.steps.tolist() == [1, 2, 3, 4]
    assert series.values.tolist() == [1.0, 2.0, 30.0, 40.0]
    assert series.overtaken == 3


def test_a_clock_that_goes_back_is_no_resume() -> None:
    run = Run("r", "scalars.json", "mmengine")
    for tag in ("data_time", "loss"):
        run.add(block([4, 8, 1], [0.1, 0.1, 0.2], tag=tag))
    assert [resume.tag for resume in run.resumes] == ["loss"]


def test_a_resume_inside_one_block_is_found() -> None:
    series = Series("loss")
    series.append(block([1, 2, 3, 2, 3, 4]))
    assert [r.step for r in series.resumes] == [2]
    assert series.steps.tolist() == [1, 2, 3, 4]


def test_a_resume_far_back_rebuilds_the_blocks() -> None:
    values = noisy(6 * RAW)
    resumed, straight = Series("loss"), Series("loss")
    resumed.append(block(np.arange(6 * RAW), -values))
    assert len(resumed.curve) > RAW
    resumed.append(block(np.arange(RAW // 2, 6 * RAW), values[RAW // 2 :]))
    straight.append(block(np.arange(6 * RAW), np.r_[-values[: RAW // 2], values[RAW // 2 :]]))
    assert same(resumed.curve, straight.curve)
    assert resumed.non_finite == straight.non_finite


def test_equal_steps_are_no_resume() -> None:
    series = Series("loss")
    series.append(block([1, 1, 2, 2]))
    assert series.resumes == []
    assert len(series) == 4


def test_points_cannot_be_changed_from_outside() -> None:
    series = Series("loss")
    series.append(block([1, 2]))
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 7.0


def test_wall_times_are_nan_where_a_block_told_none() -> None:
    series = Series("loss")
    series.append(block([1]))
    series.append(Block("loss", np.array([2]), np.array([2.0]), np.array([1.7e9])))
    assert series.wall_times is not None
    assert np.isnan(series.wall_times[0])
    assert series.wall_times[1] == 1.7e9


def test_until_is_the_run_as_it_stood() -> None:
    run = Run("r", "r.csv", "csv")
    run.add(block(np.arange(10)))
    run.add(block([4, 8], [0.4, 0.8], tag="val_loss"))
    cut = run.until(5)
    assert cut["train/loss"].steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert cut["val/loss"].steps.tolist() == [4]
    assert run.until(3).get("val/loss") is None
    assert (run.first_step, run.last_step, cut.last_step) == (0, 9, 5)


def test_a_better_tag_that_comes_later_takes_the_name() -> None:
    run = Run("r", "r.csv", "csv")
    run.add(block([1], tag="train/box_loss"))
    assert run["train/loss"].tag == "train/box_loss"
    run.add(block([1], tag="loss"))
    assert run["train/loss"].tag == "loss"
    assert "train/box_loss" in run.metrics


def test_the_users_own_column_wins() -> None:
    run = Run("r", "r.csv", "csv", columns={"objective": "train/loss"})
    run.add(block([1], tag="loss"))
    run.add(block([1], tag="objective"))
    assert run["train/loss"].tag == "objective"


def test_an_empty_run_has_no_loss_and_no_steps() -> None:
    run = Run("r", "r.csv", "csv")
    assert run.main_loss is None
    assert run.first_step is None
    assert len(Series("loss").curve) == 0


def test_settings_complete_each_other() -> None:
    own = Settings(optimizer="adam", hyper_parameters={"a": 1.0})
    other = Settings(optimizer="sgd", batch_size=32, hyper_parameters={"a": 2.0, "b": 3.0})
    both = own.merged(other)
    assert (both.optimizer, both.batch_size) == ("adam", 32)
    assert dict(both.hyper_parameters) == {"a": 1.0, "b": 3.0}


def test_a_frozen_parameter_groups_rate_is_not_the_runs() -> None:
    steps = np.arange(0, 500, 10)
    moving = np.linspace(1e-3, 1e-4, 50)
    run = Run("two groups", "log.csv", "csv")
    run.add(Block("loss", steps, np.linspace(2, 1, 50)))
    run.add(Block("lr-group0", steps[:20], np.zeros(20)))
    assert not run["lr"].values.any()
    run.add(Block("lr-group1", steps[:2], moving[:2]))
    assert run["lr"].tag == "lr-group0"  # two points might be a warmup's beginning
    run.add(Block("lr-group1", steps[2:], moving[2:]))
    assert run["lr"].tag == "lr-group1"
    # Whatever comes later: the group is trained from here on.
    run.add(Block("lr-group0", steps[20:], np.full(30, 1e-5)))
    assert run["lr"].tag == "lr-group1"
    assert run["lr-group0"].tag == "lr-group0"
    assert run.until(100)["lr"].tag == "lr-group1"


def test_a_group_that_warms_up_from_zero_is_the_runs() -> None:
    run = Run("warmup", "log.csv", "csv")
    steps = np.arange(10)
    run.add(Block("lr/pg0", steps, steps * 1e-3))
    run.add(Block("lr/pg2", steps, 0.1 - steps * 1e-3))
    assert run["lr"].tag == "lr/pg0"


def test_the_users_own_choice_of_rate_stands_though_it_is_frozen() -> None:
    run = Run("own", "log.csv", "csv", columns={"lr-group0": "lr"})
    for tag, rate in (("lr-group0", 0.0), ("lr-group1", 1e-3)):
        run.add(Block(tag, np.arange(10), np.full(10, rate)))
    assert run["lr"].tag == "lr-group0"


@pytest.mark.parametrize("count", [1, MANY, 2 * MANY])
def test_a_run_knows_where_it_stands_before_anything_is_looked_at(count: int) -> None:
    run = Run("demo", "demo.csv", "csv")
    run.add(Block("loss", 7 + np.arange(count), np.ones(count)))
    assert (run.first_step, run.last_step) == (7, 6 + count)
