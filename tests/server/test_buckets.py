import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.run import Block
from lrdoctor.server.buckets import MOST, bucket

value = st.floats(allow_nan=True, allow_infinity=True)


def curve(n: int, seed: int = 0) -> Block:
    random = np.random.default_rng(seed)
    values = 3.0 * np.exp(-np.arange(n) / n) + random.normal(0.0, 0.1, n)
    return Block("loss", np.arange(n, dtype=np.int64), values, 1.7e9 + np.arange(n) * 0.5)


def test_everything_stays_where_it_fits() -> None:
    block = curve(100)
    thin = bucket(block, 100)
    assert thin.raw
    assert thin.values.tolist() == block.values.tolist()
    assert thin.low.tolist() == thin.high.tolist() == block.values.tolist()
    assert thin.wall_times is block.wall_times


def test_extremes_of_the_whole_series_stay() -> None:
    block = curve(50_000)
    block.values[31_337] = 1e6
    block.values[40_001] = -1e6
    thin = bucket(block, 400)
    assert not thin.raw
    assert thin.total == 50_000
    assert {0, 31_337, 40_001, 49_999} <= set(thin.index.tolist())
    assert len(thin.index) <= 400


def test_every_nan_and_infinity_stays() -> None:
    block = curve(20_000)
    odd = [3, 4, 5, 9_000, 19_999]
    block.values[odd] = [np.nan, np.inf, -np.inf, np.nan, np.nan]
    thin = bucket(block, 100)
    assert set(odd) <= set(thin.index.tolist())
    assert thin.non_finite == 5


def test_count_stays_exact_where_most_is_not_finite() -> None:
    block = curve(20_000)
    block.values[::2] = np.nan
    block.values[1::4] = np.inf
    thin = bucket(block, 40)
    assert thin.non_finite == 15_000
    assert len(thin.index) <= 10 * (4 + 2 * 3)
    assert {0, 1, 19_997, 19_998} <= set(thin.index.tolist())


def test_points_of_findings_stay() -> None:
    block = curve(30_000)
    block.steps[:] *= 10
    thin = bucket(block, 8, findings=[-5, 123_450, 123_451, 10**9])
    assert {123_450, 123_460} <= set(thin.steps.tolist())


def test_band_is_the_bucket_a_point_lies_in() -> None:
    block = curve(10_000)
    thin = bucket(block, 40)
    place = thin.index.tolist().index(int(block.values[:1000].argmin()))
    assert thin.low[place] == block.values[:1000].min()
    assert thin.high[place] == block.values[:1000].max()
    assert thin.mean[place] == pytest.approx(block.values[:999].mean())


def test_mean_is_of_finite_points_and_does_not_overflow() -> None:
    values = np.full(1000, 1e308)
    values[::3] = np.nan
    values[490:] = np.inf
    thin = bucket(Block("loss", np.arange(1000, dtype=np.int64), values), 8)
    assert thin.mean[0] == pytest.approx(1e308)
    assert np.isnan(thin.mean[-1])


def test_a_sparse_end_keeps_all_its_points() -> None:
    dense, sparse = np.arange(100_000), np.arange(100_000, 10_000_000, 200_000)
    steps = np.concatenate([dense, sparse]).astype(np.int64)
    thin = bucket(Block("loss", steps, np.sin(steps * 0.1)), 1000)
    assert set(sparse.tolist()) <= set(thin.steps.tolist())


def test_steps_at_the_ends_of_their_range() -> None:
    steps = np.array([-(2**63), 0, 5, 5, 2**63 - 1], dtype=np.int64)
    thin = bucket(Block("loss", steps, np.arange(5.0)), 2)
    assert thin.steps[0] == -(2**63)
    assert thin.steps[-1] == 2**63 - 1


def test_empty_window_gives_empty_arrays() -> None:
    thin = bucket(Block("loss", np.empty(0, np.int64), np.empty(0)), 10)
    assert (thin.total, len(thin.index), thin.raw) == (0, 0, True)


@pytest.mark.parametrize("points", [0, -1, MOST + 1])
def test_number_of_points_has_a_range(points: int) -> None:
    with pytest.raises(ValueError, match="points must be 1 to 4000"):
        bucket(curve(10), points)


@given(st.lists(st.tuples(st.integers(0, 3), value), min_size=1, max_size=200), st.integers(1, 60))
def test_thinning_loses_no_extreme_and_no_news(rows: list[tuple[int, float]], points: int) -> None:
    steps = np.cumsum([gap for gap, _ in rows]).astype(np.int64)
    values = np.array([v for _, v in rows])
    thin = bucket(Block("loss", steps, values), points)
    finite = np.isfinite(values)
    assert (np.diff(thin.index) > 0).all()
    assert thin.index[0] == 0
    assert thin.index[-1] == len(values) - 1
    assert thin.non_finite == (~finite).sum()
    if finite.any():
        assert np.nanmin(thin.low) == values[finite].min()
        assert np.nanmax(thin.high) == values[finite].max()
        assert values[finite].min() in thin.values
        assert values[finite].max() in thin.values
    if thin.non_finite <= 4 * points:
        assert np.isin(np.flatnonzero(~finite), thin.index).all()
