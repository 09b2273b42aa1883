"""A file that is another one than before is read as one that was never seen."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.faults.logs import Clock, Format, afresh, csv, lines, points, stored


@pytest.fixture
def log(root: Path, store: Store, clock: Clock, format: Format) -> Path:
    path = root / format.file
    path.write_bytes(format.head + format.rows(points(0, 100)))
    return path


@pytest.fixture
def monitor(root: Path, store: Store, clock: Clock, log: Path) -> Monitor:
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    return monitor


def steps(store: Store) -> list[int]:
    return [step for _, step, _ in stored(store)["logs"]]


def test_truncated_and_written_anew(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    log.write_bytes(format.head + format.rows(points(500, 520)))
    monitor.poll()
    assert steps(store) == list(range(500, 520))
    assert lines(store) == afresh(root, clock)


def test_truncated_and_grown_past_the_old_end_between_two_looks(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    inode = log.stat().st_ino
    log.write_bytes(format.head + format.rows(points(500, 800)))
    assert log.stat().st_ino == inode
    monitor.poll()
    assert steps(store) == list(range(500, 800))
    assert lines(store) == afresh(root, clock)


def test_emptied(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    log.write_bytes(b"")
    [diagnosis] = monitor.poll()
    assert diagnosis.status == "unreadable"
    assert lines(store) == afresh(root, clock)
    log.write_bytes(format.head + format.rows(points(0, 10)))
    monitor.poll()
    assert steps(store) == list(range(10))


def test_rewritten_in_the_same_size_and_with_the_same_time_stamp(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    state = log.stat()
    data = bytearray(log.read_bytes())
    other = format.rows(points(400, 500))
    data[-200:] = other[-200:]
    with log.open("r+b") as file:
        file.write(data)
    os.utime(log, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert (log.stat().st_size, log.stat().st_mtime_ns) == (state.st_size, state.st_mtime_ns)
    monitor.poll()
    assert lines(store) == afresh(root, clock)


def test_replaced_by_renaming_a_longer_copy_over_it(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    copy = root / ".part"
    copy.write_bytes(log.read_bytes() + format.rows(points(100, 130)))
    copy.rename(log)
    monitor.poll()
    assert steps(store) == list(range(130))
    assert lines(store) == afresh(root, clock)


def test_replaced_by_another_run(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    other = root / ".part"
    other.write_bytes(format.head + format.rows(points(300, 500)))
    other.rename(log)
    monitor.poll()
    assert steps(store) == list(range(300, 500))
    assert lines(store) == afresh(root, clock)


def test_rotated_by_renaming_it_away(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    with log.open("ab") as file:
        file.write(format.rows(points(100, 110)))
    log.rename(root.parent / "kept")
    log.write_bytes(format.head + format.rows(points(110, 120)))
    monitor.poll()
    assert steps(store) == list(range(110, 120))
    assert lines(store) == afresh(root, clock)


def test_rotated_while_nobody_looked(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    monitor.close()
    log.rename(root.parent / "kept")
    log.write_bytes(format.head + format.rows(points(900, 905)))
    Monitor([root], store, clock=clock).poll()
    assert steps(store) == list(range(900, 905))
    assert lines(store) == afresh(root, clock)


def test_copied_away_and_truncated_under_a_writer_that_keeps_its_place(
    root: Path, store: Store, clock: Clock, log: Path, monitor: Monitor, format: Format
) -> None:
    with log.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        os.truncate(log, 0)
        file.write(format.rows(points(100, 110)))
    clock.now = log.stat().st_mtime + 100
    monitor.poll()
    monitor.poll()
    assert lines(store) == afresh(root, clock)


def test_deleted_run_is_kept_and_said_to_be_gone(store: Store, log: Path, monitor: Monitor) -> None:
    log.unlink()
    monitor.poll()
    [record] = store.changed()[1]
    assert record.gone
    assert not record.growing
    block = store.points(record.id, "loss")
    assert block is not None
    assert len(block) == 100


def test_deleted_and_made_again(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    [before] = store.changed()[1]
    log.unlink()
    monitor.poll()
    log.write_bytes(format.head + format.rows(points(200, 230)))
    monitor.poll()
    assert steps(store) == list(range(200, 230))
    assert lines(store) == afresh(root, clock)
    assert [record.id for record in store.changed()[1]] == [before.id]


def test_deleted_while_nobody_looked(
    root: Path, store: Store, clock: Clock, log: Path, monitor: Monitor
) -> None:
    monitor.close()
    log.unlink()
    Monitor([root], store, clock=clock).poll()
    assert [record.gone for record in store.changed()[1]] == [True]


def test_root_deleted_and_made_again(
    root: Path, store: Store, clock: Clock, format: Format, log: Path, monitor: Monitor
) -> None:
    moved = root.with_name("moved")
    root.rename(moved)
    [] = monitor.poll()
    assert [d.status for d in monitor.diagnoses if d.path == str(root)] == ["unreadable"]
    root.mkdir()
    log.write_bytes(format.head + format.rows(points(0, 12)))
    monitor.poll()
    assert steps(store) == list(range(12))
    assert lines(store) == afresh(root, clock)


def test_document_rewritten_with_more_points_adds_only_those(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "trainer_state.json"

    def save(last: int) -> None:
        history = [{"step": step, "loss": value} for step, value in points(1, last)]
        log.write_text(json.dumps({"global_step": last - 1, "log_history": history}))

    save(30)
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    id = store.changed()[1][0].id
    for last in (40, 55, 35):
        save(last)
        monitor.poll()
        assert steps(store) == list(range(1, last))
        assert lines(store) == afresh(root, clock)
    assert store.changed()[1][0].id == id


def test_next_checkpoint_goes_on_with_the_run(root: Path, store: Store, clock: Clock) -> None:
    monitor = Monitor([root], store, clock=clock)
    for last in (20, 40, 60):
        log = root / f"checkpoint-{last}" / "trainer_state.json"
        log.parent.mkdir()
        history = [{"step": step, "loss": value} for step, value in points(1, last)]
        log.write_text(json.dumps({"global_step": last - 1, "log_history": history}))
        monitor.poll()
        assert steps(store) == list(range(1, last))
        assert lines(store) == afresh(root, clock)
    assert len(store.changed()[1]) == 1


def test_document_caught_half_written_leaves_the_former_one_standing(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "trainer_state.json"
    whole = json.dumps({"log_history": [{"step": s, "loss": v} for s, v in points(1, 40)]})
    log.write_text(whole)
    clock.now = log.stat().st_mtime + 1
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    log.write_text(whole[: len(whole) // 2])
    monitor.poll()
    assert steps(store) == list(range(1, 40))
    clock.now += 120  # it stays like that: now it is what a first look would see
    monitor.poll()
    assert lines(store) == afresh(root, clock)
    log.write_text(whole)
    monitor.poll()
    assert steps(store) == list(range(1, 40))


def test_log_that_becomes_another_format(root: Path, store: Store, clock: Clock) -> None:
    log = root / "log.jsonl"
    log.write_bytes(b"step,loss\n" + csv(points(0, 30)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    log.write_text("".join(json.dumps({"step": s, "loss": v}) + "\n" for s, v in points(0, 25)))
    monitor.poll()
    assert lines(store) == afresh(root, clock)
    assert len(stored(store)["logs"]) == 25
