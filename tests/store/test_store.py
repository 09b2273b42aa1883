"""What a store promises to its readers, its one writer, and after a failure."""

from __future__ import annotations

import gc
import os
import sqlite3
import stat
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest

from lrdoctor.errors import StoreError
from lrdoctor.run import Block
from lrdoctor.store import FileState, IngestStatus, RunChange, Store, columns
from lrdoctor.store import sqlite as sqlite_store
from lrdoctor.store.schema import SCHEMA

STATE = FileState("a.csv", "csv", 1, 2, 30, 40, 5, 6, b"tail", b"reader", b"{}")


def block(first: int, last: int, tag: str = "loss") -> Block:
    steps = np.arange(first, last)
    return Block(tag, steps, 1.0 / (1 + steps))


def change(key: str, *blocks: Block, fresh: bool = False, gone: bool = False) -> RunChange:
    return RunChange(
        key, key.upper(), b'{"run": 1}', 10.0, 9.0, blocks=blocks, fresh=fresh, gone=gone,
        files=[STATE],
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path) as store:
        yield store


def id_of(store: Store, name: str) -> str:
    return next(record.id for record in store.changed()[1] if record.name == name)


def steps(store: Store, name: str, *window: int | None, tag: str = "loss") -> list[int]:
    found = store.points(id_of(store, name), tag, *window)
    assert found is not None
    return found.steps.tolist()


def test_only_its_owner_may_read_it(store: Store, path: Path) -> None:
    store.commit([change("a", block(0, 10))])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_version_grows_with_each_change_and_not_with_a_heartbeat(store: Store) -> None:
    assert store.version() == 0
    assert store.commit([change("a", block(0, 3))]) == 1
    assert store.commit([], IngestStatus(alive_at=1.0, started_at=1.0)) == 1
    assert store.commit([change("a", block(3, 4))]) == 2
    assert store.version() == 2


def test_changed_tells_what_came_after_a_version(store: Store) -> None:
    store.commit([change("a"), change("b")])
    store.commit([change("b")])
    version, records = store.changed(1)
    assert (version, [record.name for record in records]) == (2, ["B"])
    assert [record.name for record in store.changed()[1]] == ["A", "B"]
    assert store.changed(2) == (2, [])


def test_record_is_found_by_its_id_alone(store: Store) -> None:
    store.commit([change("a", block(0, 2))])
    record = store.record(id_of(store, "A"))
    assert record is not None
    assert (record.name, record.line, record.observed_at, record.updated_at) == (
        "A", b'{"run": 1}', 10.0, 9.0
    )  # fmt: skip
    assert store.record("a") is None
    assert store.points("a", "loss") is None


def test_ids_last_and_tell_nothing(store: Store, path: Path) -> None:
    store.commit([change("a"), change("b")])
    before = id_of(store, "A"), id_of(store, "B")
    store.close()
    with Store.open(path) as again:
        again.commit([change("b"), change("a", fresh=True)])
        assert (id_of(again, "A"), id_of(again, "B")) == before
    assert len(set(before)) == 2
    assert all(len(id) == 18 for id in before)


def test_points_in_a_window_of_steps(store: Store) -> None:
    for start in range(0, 100, 10):
        store.commit([change("a", block(start, start + 10))])
    assert steps(store, "A") == list(range(100))
    assert steps(store, "A", 15, 32) == list(range(15, 33))
    assert steps(store, "A", None, 3) == [0, 1, 2, 3]
    assert steps(store, "A", 98) == [98, 99]
    assert steps(store, "A", 500, 600) == []
    assert store.points(id_of(store, "A"), "accuracy") is None


def test_overtaken_points_do_not_come_back(store: Store) -> None:
    store.commit([change("a", block(0, 50))])
    store.commit([change("a", block(30, 40))])
    assert steps(store, "A") == list(range(40))
    assert steps(store, "A", 25, 45) == list(range(25, 40))
    [restored], _ = store.restore("a")
    assert restored.steps.tolist() == [*range(50), *range(30, 40)]


def test_many_small_blocks_become_few(store: Store, path: Path) -> None:
    for step in range(200):
        store.commit([change("a", block(step, step + 1), block(step, step + 1, "lr"))])
    with sqlite3.connect(path) as database:
        [(count,)] = database.execute("select count(*) from block")
    database.close()
    assert count < 2 * 65
    assert steps(store, "A") == steps(store, "A", tag="lr") == list(range(200))


def test_small_blocks_are_merged_across_restarts(path: Path) -> None:
    for start in range(0, 80, 20):
        with Store.open(path) as store:
            for step in range(start, start + 20):
                store.commit([change("a", block(step, step + 1))])
    with Store.open(path, read_only=True) as reader:
        assert steps(reader, "A") == list(range(80))
    with sqlite3.connect(path) as database:
        [(count,)] = database.execute("select count(*) from block")
    database.close()
    assert count < 65


def test_long_block_is_kept_in_pieces(store: Store) -> None:
    store.commit([change("a", block(0, 200_000))])
    assert steps(store, "A", 65_530, 65_540) == list(range(65_530, 65_541))
    assert len(steps(store, "A")) == 200_000


def test_fresh_points_replace_the_former_ones(store: Store) -> None:
    store.commit([change("a", block(0, 50), block(0, 50, "lr"))])
    store.commit([change("a", block(5, 8), fresh=True)])
    assert steps(store, "A") == [5, 6, 7]
    assert store.points(id_of(store, "A"), "lr") is None


def test_writer_goes_on_where_another_stopped(store: Store, path: Path) -> None:
    store.commit([change("a", block(0, 5), block(0, 2, "lr"))])
    store.close()
    with Store.open(path) as again:
        [known] = again.known()
        assert (known.key, known.name, known.files) == (
            "a", "A", (FileState(**{**_fields(STATE), "reader": b""}),)
        )  # fmt: skip
        blocks, states = again.restore("a")
        assert [(b.tag, len(b)) for b in blocks] == [("loss", 5), ("lr", 2)]
        assert states == {"a.csv": b"reader"}
        assert again.restore("unknown") == ([], {})


def _fields(state: FileState) -> dict[str, object]:
    return {name: getattr(state, name) for name in FileState.__struct_fields__}


def test_second_writer_is_told_who_writes(store: Store, path: Path) -> None:
    with pytest.raises(StoreError, match=f"written by process {os.getpid()}"):
        Store.open(path)
    store.close()
    Store.open(path).close()


def test_reader_neither_makes_nor_writes(store: Store, path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened: No such file"):
        Store.open(tmp_path / "none.db", read_only=True)
    assert not (tmp_path / "none.db").exists()
    with (
        Store.open(path, read_only=True) as reader,
        pytest.raises(StoreError, match="readonly database"),
    ):
        reader.commit([change("a")])
    assert store.version() == 0


def test_readers_in_many_threads_see_whole_commits(store: Store, path: Path) -> None:
    torn: list[tuple[int, int]] = []
    done = threading.Event()

    def read() -> None:
        with Store.open(path, read_only=True) as reader:
            while not done.is_set():
                version, records = reader.changed()
                torn.extend((version, r.version) for r in records if r.version > version)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for step in range(60):
        store.commit([change(key, block(step, step + 1)) for key in "abc"])
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_newer_form_is_refused_and_let_go_of(store: Store, path: Path) -> None:
    store.close()
    with sqlite3.connect(path) as database:
        database.execute("update meta set value = 99 where name = 'schema'")
    database.close()
    gc.disable()  # a web process asks again and again, and may collect its garbage late
    try:
        held = len(os.listdir("/dev/fd"))
        for read_only in (False, True):
            with pytest.raises(StoreError, match=f"form 99, this lrdoctor knows up to {SCHEMA}"):
                Store.open(path, read_only=read_only)
        assert len(os.listdir("/dev/fd")) == held
    finally:
        gc.enable()


def test_blocks_of_form_2_are_read_beside_new_ones(store: Store, path: Path) -> None:
    store.commit([change("a", Block("loss", np.arange(900) ** 2, np.arange(900.0)))])
    store.close()
    with sqlite3.connect(path) as database:
        database.execute("update meta set value = 2 where name = 'schema'")
        for column in ("edition", "head"):
            database.execute(f"alter table run drop column {column}")
        ((data,),) = database.execute("select data from block")
        database.execute("update block set data = ?", (deflated(columns.decode("", data)),))
    database.close()
    with Store.open(path) as again:
        again.commit([change("a", Block("loss", np.arange(900, 1800) ** 2, np.arange(900.0)))])
        found = again.points(again.changed()[1][0].id, "loss")
        assert found is not None
        assert found.steps.tolist() == [n**2 for n in range(1800)]
        assert found.values.tolist() == 2 * [float(n) for n in range(900)]
        assert again.contents().schema == SCHEMA


def heads(store: Store) -> list[bytes]:
    """Those that are kept, once it was seen that they say what their rows do."""
    records = store.changed()[1]
    for record in records:
        assert record.head + b"}" == orjson.dumps(
            {
                "id": record.id,
                "version": record.version,
                "observed_at": record.observed_at,
                "updated_at": record.updated_at,
                "growing": record.growing,
                "gone": record.gone,
            }
        )
    listed = [(record.id, record.head, record.line) for record in records if not record.gone]
    pages = [(run.id, run.head, run.line) for page in store.pages(2) for run in page]
    assert sorted(pages) == sorted(listed)
    return [record.head for record in records]


def test_head_says_what_its_row_does_after_each_change(store: Store, path: Path) -> None:
    store.commit([change(key, block(0, 3)) for key in "abc"])
    assert len(heads(store)) == 3
    store.commit([RunChange("a", "A", None, 20.5, None, growing=False)])  # it rests
    store.commit([RunChange("b", "B", None, 21.0, 20.25, growing=False, gone=True)])
    assert sum(b'"growing":false' in head for head in heads(store)) == 2
    store.commit([RunChange("c", "C", None, 22.0, None, run="lr-0.1", formerly="")])
    store.commit([RunChange("c", "C", None, 23.0, None, run="lr-0.1")])
    store.list_only(["a", "b"])
    assert len(heads(store)) == 2
    store.list_only(["a", "b", "c"])
    assert len(heads(store)) == 3
    store.close()
    with Store.open(path) as again:  # which remembers nothing of them
        again.commit([RunChange("a", "A", None, 30.0, None, growing=False)])
        assert sum(b'"observed_at":30.0' in head for head in heads(again)) == 1


def test_long_series_of_form_5_has_the_same_cells_without_any_beside_it(
    store: Store, path: Path
) -> None:
    store.commit([change("a", block(0, 200_000))])
    before = store.cells(id_of(store, "A"), "loss", None, None, 100, [77_777])
    store.close()
    with sqlite3.connect(path) as database:
        database.execute("update meta set value = 5 where name = 'schema'")
        database.execute("drop table coarse")
    database.close()
    with Store.open(path) as again:
        after = again.cells(id_of(again, "A"), "loss", None, None, 100, [77_777])
        assert again.contents().schema == SCHEMA
    assert before is not None
    assert after is not None
    assert after.places.tolist() == before.places.tolist()
    assert after.means.tobytes() == before.means.tobytes()
    assert after.kept.values.tobytes() == before.kept.values.tobytes()


def test_heads_are_made_for_runs_of_an_older_form(store: Store, path: Path) -> None:
    store.commit([change(key, block(0, 3)) for key in "abc"])
    before = heads(store)
    store.close()
    with sqlite3.connect(path) as database:
        database.execute("update meta set value = 4 where name = 'schema'")
        database.execute("drop table coarse")
        database.execute("alter table run drop column head")
    database.close()
    with Store.open(path) as again:
        assert heads(again) == before


def deflated(block: Block) -> bytes:
    """As lrdoctor packed blocks in a store of form 2."""
    gaps = zlib.compress(np.diff(block.steps, prepend=0).tobytes(), 1)
    values = zlib.compress(block.values.tobytes(), 1)
    body = b"".join(struct.pack("<I", len(part)) + part for part in (gaps, values, b""))
    whole = struct.pack("<BBBI", 4, 2, 0, len(block)) + body
    return whole + struct.pack("<I", zlib.crc32(whole))


def test_older_form_is_brought_up_to_date(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute(f"pragma application_id={sqlite_store.APPLICATION}")
        database.executescript(FORM_1)
    database.close()
    with pytest.raises(StoreError, match="of an older lrdoctor"):
        Store.open(path, read_only=True)
    with Store.open(path) as store:
        [known] = store.known()
        assert (known.key, known.run, known.name, known.growing) == ("/a", "", "A", True)
        assert [file.path for file in known.files] == ["a.csv"]
        assert store.restore("/a") == ([], {"a.csv": b"R"})
        assert store.changed()[1][0].id == "x"
        assert len(heads(store)) == 1
        store.commit([change("/a", block(0, 3)), change("b", block(0, 3))])
        assert steps(store, "/A") == [0, 1, 2]


FORM_1 = """
create table meta (name varchar primary key, value bigint not null);
insert into meta values ('schema', 1), ('version', 7);
create table run (number integer primary key, id varchar not null unique,
    key varchar not null unique, version bigint not null, name varchar not null, line blob not null,
    observed_at float not null, updated_at float not null, growing boolean not null,
    gone boolean not null, listed boolean not null);
insert into run values (3, 'x', '/a', 7, 'A', x'7b7d', 1.0, 2.0, 1, 0, 1);
create table file (run integer not null references run (number), path varchar not null,
    position integer not null, format varchar not null, device bigint not null,
    inode bigint not null, offset bigint not null, size bigint not null, mtime_ns bigint not null,
    ctime_ns bigint not null, tail blob not null, notes blob not null, reader blob not null,
    primary key (run, path));
insert into file values (3, 'a.csv', 0, 'csv', 1, 2, 3, 4, 5, 6, x'54', x'7b7d', x'52');
create table tag (run integer not null references run (number), number integer not null,
    name varchar not null, falls boolean not null, primary key (run, number));
create table block (number integer primary key, run integer not null, tag integer not null,
    position integer not null, first_step bigint not null, last_step bigint not null,
    end_step bigint not null, size integer not null, data blob not null);
create table status (number integer primary key, value blob not null);
"""
"""The tables of form 1, with one run of one file."""


def test_runs_of_one_log_are_told_apart(store: Store) -> None:
    both = change("k", block(0, 3)), RunChange(
        "k", "K2", b"{}", 10.0, None, blocks=[block(0, 5)], run="#2"
    )  # fmt: skip
    store.commit(both)
    assert steps(store, "K") == [0, 1, 2]
    assert steps(store, "K2") == [0, 1, 2, 3, 4]
    blocks, states = store.restore("k")
    assert [(block.run, len(block)) for block in blocks] == [("", 3), ("#2", 5)]
    assert states == {"a.csv": b"reader"}
    assert [(known.key, known.run, len(known.files)) for known in store.known()] == [
        ("k", "", 1), ("k", "#2", 1),
    ]  # fmt: skip
    id = id_of(store, "K")
    store.commit([RunChange("k", "K", None, 11.0, None, run="lr-0.1", formerly="")])
    assert id_of(store, "K") == id
    assert [known.run for known in store.known()] == ["lr-0.1", "#2"]


def test_foreign_file_is_left_alone(tmp_path: Path) -> None:
    notes, foreign = tmp_path / "notes.txt", tmp_path / "mlflow.db"
    notes.write_text("do not write here, please; " * 9)
    with sqlite3.connect(foreign) as database:
        database.execute("create table precious (x)")
    database.close()
    for file in (notes, foreign):
        before = file.read_bytes()
        with pytest.raises(StoreError, match="is no lrdoctor store"):
            Store.open(file)
        assert file.read_bytes() == before


def test_damaged_points_are_told(store: Store, path: Path) -> None:
    store.commit([change("a", block(0, 9))])
    with sqlite3.connect(path) as database:
        database.execute("update block set data = zeroblob(40)")
    database.close()
    with pytest.raises(StoreError, match="damaged"):
        store.points(id_of(store, "A"), "loss")
    with pytest.raises(StoreError, match="damaged"):
        store.restore("a")


def test_full_disk_loses_nothing(store: Store, path: Path) -> None:
    store.commit([change("a", block(0, 10))])
    _limit(store, pages=1)
    with pytest.raises(StoreError, match="the disk is full"):
        store.commit([change("a", block(10, 90_000)), change("b", block(0, 5))])
    assert store.version() == 1
    assert steps(store, "A") == list(range(10))
    _limit(store, pages=1_000_000)
    store.commit([change("a", block(10, 90_000)), change("b", block(0, 5))])
    assert len(steps(store, "A")) == 90_000
    assert steps(store, "B") == [0, 1, 2, 3, 4]


def _limit(store: Store, pages: int) -> None:
    """As a full disk would: the file may not grow beyond so many pages."""
    store._writing.execute(f"PRAGMA max_page_count={pages}")


def test_locked_store_can_be_written_again_later(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store._writing.execute("PRAGMA busy_timeout=10")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program holds it locked"):
        store.commit([change("a", block(0, 3))])
    other.execute("ROLLBACK")
    other.close()
    store.commit([change("a", block(0, 3))])
    assert steps(store, "A") == [0, 1, 2]


def test_only_listed_runs_are_shown(store: Store) -> None:
    store.commit([change("a", block(0, 3)), change("b")])
    id = id_of(store, "A")
    store.list_only(["b"])
    assert [record.name for record in store.changed()[1]] == ["B"]
    assert store.record(id) is None
    assert store.points(id, "loss") is None
    version = store.version()
    store.list_only(["a", "b"])
    assert [record.name for record in store.changed(version)[1]] == ["A"]
    store.list_only([])
    store.commit([change("b")])
    assert [record.name for record in store.changed()[1]] == ["B"]


def test_status_comes_back(store: Store) -> None:
    assert store.status() == IngestStatus(alive_at=0.0, started_at=0.0)
    told = IngestStatus(5.0, 1.0, ("logs", "more"), 7, 3, ("no file events",), True)
    store.commit([], told)
    assert store.status() == told


def test_gone_run_keeps_its_line(store: Store) -> None:
    store.commit([change("a", block(0, 3))])
    store.commit([RunChange("a", "A", None, 20.0, 9.0, growing=False, gone=True)])
    [record] = store.changed()[1]
    assert (record.gone, record.growing, record.line) == (True, False, b'{"run": 1}')
    assert store.restore("a")[1] == {"a.csv": b"reader"}
