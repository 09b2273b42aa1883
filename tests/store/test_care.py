"""Damage is found, told and mended from the logs; small blocks and gone runs go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import StoreDamaged, StoreError
from lrdoctor.run import Block
from lrdoctor.store import RunChange, Store
from tests.stores import meddle


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path) as store:
        yield store


def change(key: str, steps: range = range(0), *, gone: bool = False, at: float = 0.0) -> RunChange:
    blocks = [Block("loss", np.array(steps), np.random.default_rng(1).random(len(steps)))]
    return RunChange(key, key, b"{}", at, at, gone=gone, blocks=blocks if len(steps) else ())


def test_contents_are_counted(store: Store) -> None:
    store.commit([change("a", range(100)), change("b", range(50)), change("c", gone=True)])
    held = store.contents()
    assert (held.runs, held.gone, held.tags, held.blocks, held.points) == (2, 1, 2, 2, 150)
    assert held.packed > 0


def test_sound_store_has_no_damages(store: Store) -> None:
    store.commit([change("a", range(100_000))])
    assert store.damages() == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update block set data = zeroblob(30)", "a: a block of loss is damaged"),
        ("update block set size = 7", "a: a block of loss holds 100 points, not 7"),
        ("update run set line = '{'", "a: its diagnosis is damaged"),
    ],
)
def test_damage_is_told(store: Store, path: Path, statement: str, told: str) -> None:
    store.commit([change("a", range(100))])
    meddle(path, statement)
    assert store.damages() == [told]


def test_compact_says_which_block_is_damaged_and_what_mends_it(store: Store, path: Path) -> None:
    store.commit([change("a", range(100)), change("a", range(100, 200))])
    meddle(path, "update block set data = zeroblob(30) where position = 1")
    with pytest.raises(
        StoreError, match="'loss' is damaged: lrdoctor store rebuild reads the logs"
    ):
        store.compact()


def test_damaged_cells_are_told(store: Store, path: Path) -> None:
    store.commit([change("a", range(100_000))])
    meddle(path, "update coarse set cells = zeroblob(30) where position = 0")
    assert store.damages() == ["a: the cells of loss are damaged"]


def test_cells_go_with_their_blocks(store: Store, path: Path) -> None:
    store.commit([change("a", range(100_000), gone=True), change("b", range(5000))])
    store.commit([change("b", range(5000, 12_000))])
    store.compact()
    store.forget_gone(before=1.0)
    with sqlite3.connect(path) as database:
        held = database.execute("select (select count(*) from block), count(*) from coarse")
        assert held.fetchone() == (1, 1)
    database.close()


def test_many_small_blocks_become_one(store: Store) -> None:
    for start in range(0, 600, 10):
        store.commit([change("a", range(start, start + 10))])
    before = store.points(id_of(store), "loss")
    assert store.contents().blocks == 60
    store.compact()
    assert store.contents().blocks == 1
    after = store.points(id_of(store), "loss")
    assert before is not None
    assert after is not None
    assert after.values.tobytes() == before.values.tobytes()
    store.commit([change("a", range(600, 610))])
    assert store.contents().points == 610


def test_compact_gives_room_back(store: Store, path: Path) -> None:
    store.commit([change(name, range(50_000)) for name in "abcd"])
    store.commit([change(name, gone=True, at=5.0) for name in "abc"])
    assert store.forget_gone(before=5.0) == 0
    assert store.forget_gone(before=6.0) == 3
    store.compact()
    assert path.stat().st_size < 700_000
    assert [known.key for known in store.known()] == ["d"]
    assert store.damages() == []


def test_forgotten_run_may_come_back(store: Store) -> None:
    store.commit([change("a", range(10), gone=True)])
    store.forget_gone(before=1.0)
    store.commit([change("a", range(5))])
    assert store.contents().points == 5


def test_file_that_is_no_store_any_more_is_damaged(path: Path) -> None:
    with Store.open(path) as store:
        store.commit([change("a", range(100))])
    path.write_bytes(b"\0" * 9_000)
    with pytest.raises(StoreDamaged):
        Store.open(path)
    aside = Store.set_aside(path)
    assert aside.name == "store.db.damaged-1"
    assert aside.stat().st_size == 9_000
    with Store.open(path) as store:
        assert store.contents().runs == 0


def test_damaged_pages_are_damage(path: Path) -> None:
    with Store.open(path) as store:
        store.commit([change(str(n), range(2_000)) for n in range(40)])
        store.compact()
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    path.write_bytes(whole)
    with pytest.raises(StoreDamaged), Store.open(path) as store:
        store.known()


def test_file_that_never_was_a_store_is_not_touched(path: Path) -> None:
    path.write_text("somebody's notes")
    for _ in range(2):
        with pytest.raises(StoreError, match="is no lrdoctor store") as told:
            Store.open(path)
        assert not isinstance(told.value, StoreDamaged)
    assert [file.name for file in path.parent.iterdir()] == ["store.db"]


def test_store_that_is_being_made_is_not_damaged(path: Path) -> None:
    path.with_name("store.db.lock").touch()
    path.touch()
    with pytest.raises(StoreError, match="still being made") as told:
        Store.open(path, read_only=True)
    assert not isinstance(told.value, StoreDamaged)
    Store.open(path).close()


def test_complaint_is_a_notice_until_it_ends(store: Store, path: Path) -> None:
    with Store.open(path, read_only=True) as reader:
        assert reader.status().notices == ()
        store.complain("the disk is full")
        assert reader.status().notices == ()  # no status was ever written
        from lrdoctor.store import IngestStatus

        store.commit([], IngestStatus(alive_at=1.0, started_at=1.0, notices=("by events",)))
        assert reader.status().notices == ("the disk is full", "by events")
        assert reader.status().alive_at > 1.0
        store.complain("")
        assert reader.status().notices == ("by events",)


def id_of(store: Store) -> str:
    return store.changed()[1][0].id
