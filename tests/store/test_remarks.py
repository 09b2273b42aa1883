import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from lrdoctor.errors import RemarkRefused, StoreDamaged, StoreError
from lrdoctor.store import Kind, Remark, Remarks, Store, Trouble, remarks
from tests.server.served import block, change

NOTE = Remark("a", Kind.NOTE, 1.0, "Ada", "Trying 3e-4.\nIt falls.")
DIVERGING = Trouble("divergence", "critical", "train/loss", 70)
MUTE = Remark("a", Kind.MUTE, 2.0, "", "Known.", (DIVERGING,), only=True, until=9.0)


@pytest.fixture
def said(tmp_path: Path) -> Remarks:
    return Remarks(tmp_path / "store.sqlite")


def test_remarks_are_kept_in_order_as_they_were_made(said: Remarks) -> None:
    kept = [said.add(NOTE), said.add(MUTE), said.add(replace(NOTE, run="b"))]
    assert [one.number for one in kept] == [1, 2, 3]
    assert said.since(0) == kept
    assert said.since(2) == kept[2:]
    assert said.standing()[0] == 3
    assert said.standing() == (3, {"a": tuple(kept[:2]), "b": (kept[2],)})
    assert kept[1] == replace(MUTE, number=2)


def test_without_remarks_there_is_no_file(said: Remarks) -> None:
    assert (said.standing()[0], said.since(0), said.standing()) == (0, [], (0, {}))
    assert not said.path.exists()


def test_another_process_reads_what_was_written_and_writes_beside(said: Remarks) -> None:
    said.add(NOTE)
    other = Remarks(said.path.with_name("store.sqlite"))
    assert other.standing()[0] == 1
    other.add(NOTE)
    assert said.standing()[0] == 2
    assert len(said.standing()[1]["a"]) == 2


def test_file_is_its_owners_alone(said: Remarks) -> None:
    said.add(NOTE)
    assert stat.S_IMODE(said.path.stat().st_mode) == 0o600


def test_what_is_withdrawn_stands_no_more_and_a_notes_text_is_gone(said: Remarks) -> None:
    said.add(replace(NOTE, text="the password is swordfish"))
    said.add(MUTE)
    for number in (1, 2):
        said.add(Remark("a", Kind.WITHDRAW, 3.0, "Bob", of=number))
    assert said.standing() == (4, {})
    assert [one.text for one in said.since(0)] == ["", "Known.", "", ""]
    said.close()
    with sqlite3.connect(said.path) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"swordfish" not in said.path.read_bytes()


@pytest.mark.parametrize("of", [7, 1])
def test_only_what_stands_on_this_run_is_withdrawn(said: Remarks, of: int) -> None:
    said.add(replace(NOTE, run="b"))
    with pytest.raises(RemarkRefused, match="already"):
        said.add(Remark("a", Kind.WITHDRAW, 3.0, of=of))


def test_too_many_are_refused(said: Remarks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remarks, "MOST_OF_RUN", 2)
    said.add(NOTE)
    said.add(NOTE)
    with pytest.raises(RemarkRefused, match="withdraw some first"):
        said.add(NOTE)
    said.add(Remark("a", Kind.WITHDRAW, 3.0, of=1))
    said.add(NOTE)
    monkeypatch.setattr(remarks, "MOST", 4)
    with pytest.raises(RemarkRefused, match="no more"):
        said.add(replace(NOTE, run="b"))


def test_a_damaged_file_is_told_and_set_aside_by_the_next_remark(said: Remarks) -> None:
    said.add(NOTE)
    said.close()
    for end in ("-wal", "-shm"):
        said.path.with_name(said.path.name + end).unlink(missing_ok=True)
    said.path.write_bytes(b"no database at all " * 500)
    with pytest.raises(StoreDamaged):
        said.standing()[0]
    assert said.add(NOTE).number == 1
    assert said.standing()[0] == 1
    assert [one.name for one in said.path.parent.glob("*.damaged-1")]


def test_a_file_of_another_program_is_left_alone(said: Remarks) -> None:
    with sqlite3.connect(said.path) as other:
        other.execute("CREATE TABLE remark (number)")
    other.close()
    before = said.path.read_bytes()
    with pytest.raises(StoreError, match="no lrdoctor store"):
        said.add(NOTE)
    assert said.path.read_bytes() == before


def test_a_deleted_file_is_begun_anew(said: Remarks) -> None:
    said.add(NOTE)
    assert said.standing()[0] == 1
    for path in said.path.parent.iterdir():
        path.unlink()
    assert said.standing() == (0, {})
    said.add(NOTE)
    assert said.standing()[0] == 1


def test_a_run_keeps_its_id_and_so_its_remarks_when_the_store_is_made_anew(tmp_path: Path) -> None:
    ids = []
    for name in ("old.sqlite", "new.sqlite"):
        with Store.open(tmp_path / name) as store:
            store.commit([change("a", block(20)), change("b", block(20))])
            ids.append({record.name: record.id for record in store.changed()[1]})
    assert ids[0] == ids[1]
    assert ids[0]["a"] != ids[0]["b"]


def test_compaction_and_rebuilding_leave_ids_and_remarks(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.sqlite") as store:
        store.commit([change("a", block(20))])
        [record] = store.changed()[1]
        said = Remarks(store.path)
        said.add(replace(NOTE, run=record.id))
        store.compact()
        store.forget_offsets()
        assert [one.id for one in store.changed()[1]] == [record.id]
        assert list(said.standing()[1]) == [record.id]


def test_a_file_that_has_settled_is_read_only_after_it_changed(
    said: Remarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    said.add(NOTE)
    said.standing()
    monkeypatch.setattr(remarks, "UNSETTLED", 0)
    assert said.standing()[0] == 1
    with monkeypatch.context() as patched:
        patched.setattr(remarks.Database, "transaction", None)  # any look into the file would fail
        assert len(said.standing()[1]["a"]) == 1
    Remarks(said.path.with_name("store.sqlite")).add(NOTE)
    assert said.standing()[0] == 2
