"""A long series from its cells looks as it does from all of its points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.run import CELL, Block, Cells, cells_of, joined_cells
from lrdoctor.server.buckets import Buckets, bucket, bucket_cells
from lrdoctor.store import RunChange, Store

COUNT = 400_000
value = st.floats(allow_nan=True, allow_infinity=True)


def curve(count: int = COUNT) -> Block:
    random = np.random.default_rng(3)
    steps = np.arange(count, dtype=np.int64)
    values = 3.0 * np.exp(-steps / count) + random.normal(0.0, 0.1, count)
    return Block("loss", steps, values, 1.7e9 + steps * 0.5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite") as store:
        yield store


def kept(store: Store, *blocks: Block) -> str:
    """The id of a run of these blocks, each in a commit of its own."""
    for block in blocks:
        store.commit([RunChange("a", "A", b"{}", 1.0, None, blocks=[block])])
    return store.changed()[1][0].id


def cells(
    store: Store, id: str, points: int = 100, wanted: tuple[int, ...] = (),
    first: int | None = None, last: int | None = None,
) -> Cells:  # fmt: skip
    found = store.cells(id, "loss", first, last, points, wanted)
    assert found is not None
    return found


def same(one: Buckets, other: Buckets) -> None:
    for name in ("index", "steps", "values", "low", "high"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12)
    assert (one.wall_times is None) == (other.wall_times is None)
    if one.wall_times is not None and other.wall_times is not None:
        np.testing.assert_array_equal(one.wall_times, other.wall_times)
    assert (one.total, one.non_finite) == (other.total, other.non_finite)


@given(
    st.lists(st.tuples(st.integers(0, 2 * CELL * 12 - 1), value), max_size=40),
    st.lists(st.integers(0, CELL * 24 - 1), max_size=3),
)
def test_answer_is_the_one_of_all_points_where_buckets_begin_with_cells(
    planted: list[tuple[int, float]], firsts: list[int]
) -> None:
    block = curve(CELL * 24)
    block.steps[-1] += 1  # the span is 24 cells: so is each of twelve buckets two
    for at, planted_value in planted:
        block.values[at] = planted_value
    for at in firsts:
        block.values[at : at + 60] = np.nan
    half = CELL * 12
    parts = [cells_of(block.take(slice(0, half))), cells_of(block.take(slice(half, None)))]
    whole = joined_cells(parts)
    if whole.every_odd:
        same(bucket_cells(whole, 48), bucket(block, 48))


def test_every_bucket_has_the_extremes_and_ends_of_its_own_points(store: Store) -> None:
    block = curve()
    thin = bucket_cells(cells(store, kept(store, block)), 100)
    heads = np.arange(0, COUNT, CELL)
    begin = heads[np.searchsorted(heads, (COUNT - 1) * np.arange(25) // 25)]
    for start, stop in zip(begin, [*begin[1:], COUNT], strict=True):
        inside = (thin.index >= start) & (thin.index < stop)
        own = block.values[start:stop]
        assert {start, stop - 1} <= set(thin.index.tolist())
        assert {own.min(), own.max()} <= set(thin.values[inside].tolist())
        assert set(thin.low[inside]) == {own.min()}
        assert set(thin.high[inside]) == {own.max()}
        assert thin.mean[inside][0] == pytest.approx(own.mean())
    assert (block.values[thin.index] == thin.values).all()
    assert len(thin.index) <= 100


def test_every_point_that_is_not_finite_and_every_finding_stays(store: Store) -> None:
    block = curve()
    block.values[[7, 100_000, 399_998]] = np.nan, np.inf, -np.inf
    block.values[200_000:200_390] = np.nan  # more than its block keeps would be 4 a cell
    id = kept(store, block)
    thin = bucket_cells(cells(store, id, 100, (123_456,)), 100, [123_456])
    odd = np.flatnonzero(~np.isfinite(block.values))
    assert set(odd.tolist()) | {123_456} <= set(thin.index.tolist())
    assert thin.non_finite == len(odd)


def test_a_loss_that_has_turned_into_nan_is_counted_and_its_ends_stay(store: Store) -> None:
    block = curve()
    block.values[150_001:] = np.nan
    thin = bucket_cells(cells(store, kept(store, block)), 100)
    assert thin.non_finite == COUNT - 150_001
    assert {150_001, COUNT - 1} <= set(thin.index.tolist())
    assert len(thin.index) <= 200


def test_a_window_holds_its_own_points_only(store: Store) -> None:
    block = curve()
    id = kept(store, block.take(slice(0, 150_000)), block.take(slice(150_000, COUNT)))
    thin = bucket_cells(cells(store, id, 100, (), 1_234, 387_654), 100)
    assert (thin.steps[0], thin.steps[-1], thin.total) == (1_234, 387_654, 386_421)
    own = block.values[1_234:387_655]
    assert thin.low.min() == own.min()
    assert thin.high.max() == own.max()
    assert (own[thin.index] == thin.values).all()


def test_a_sparse_end_keeps_all_its_points(store: Store) -> None:
    sparse = np.arange(COUNT, COUNT * 50, COUNT)
    steps = np.concatenate([np.arange(COUNT), sparse]).astype(np.int64)
    thin = bucket_cells(cells(store, kept(store, Block("loss", steps, np.sin(steps * 0.1)))), 600)
    assert set(sparse.tolist()) <= set(thin.steps.tolist())


def test_points_that_a_resume_overtook_and_short_windows_are_read_one_by_one(store: Store) -> None:
    block = curve()
    id = kept(store, block)
    assert store.cells(id, "loss", 0, 10_000, 100, ()) is None
    assert store.cells(id, "loss", None, None, 4000, ()) is None
    assert store.cells(id, "none", None, None, 100, ()) is None
    kept(store, block.take(slice(300_000, COUNT)))
    assert store.cells(id, "loss", None, None, 100, ()) is None


def test_a_look_at_a_long_series_unpacks_none_of_its_points(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lrdoctor.store import coarse

    id = kept(store, curve())
    unpacked: list[int] = []
    one = coarse._block
    monkeypatch.setattr(coarse, "_block", lambda *a: unpacked.append(a[1][0]) or one(*a))
    cells(store, id)
    assert unpacked == []
    cells(store, id, wanted=(123_456,), first=5)
    assert len(unpacked) == 2
