"""A log that grows in any pieces ends as if it had been there at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor import doctor
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.faults.logs import FORMATS, Clock, Format, afresh, csv, lines, points, stored


def test_half_record_waits_at_every_byte(
    root: Path, store: Store, clock: Clock, format: Format
) -> None:
    log = root / format.file
    whole = format.head + format.rows(points(0, 14))
    log.write_bytes(whole)
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    more = format.rows(points(14, 16))
    with log.open("ab", buffering=0) as file:
        for at in range(len(more)):
            file.write(more[at : at + 1])
            monitor.poll()
            steps = [step for _, step, _ in stored(store)["logs"]]
            assert steps == list(range(len(steps)))
            assert len(steps) in (14, 15, 16)
    assert lines(store) == afresh(root, clock)
    assert len(stored(store)["logs"]) == 16


def test_appended_points_are_added_once(
    root: Path, store: Store, clock: Clock, format: Format
) -> None:
    log = root / format.file
    log.write_bytes(format.head)
    monitor = Monitor([root], store, clock=clock)
    for start in range(0, 200, 7):
        with log.open("ab") as file:
            file.write(format.rows(points(start, start + 7)))
        monitor.poll()
        assert monitor.poll() == []
    assert [step for _, step, _ in stored(store)["logs"]] == list(range(203))
    assert lines(store) == afresh(root, clock)


def test_restart_reads_only_what_grew(
    root: Path, store: Store, clock: Clock, format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grown", "still"):
        (root / name).mkdir()
        (root / name / format.file).write_bytes(format.head + format.rows(points(0, 100)))
    Monitor([root], store, clock=clock).poll()
    with (root / "grown" / format.file).open("ab") as file:
        file.write(format.rows(points(100, 103)))
    monitor = Monitor([root], store, clock=clock)
    opened: list[str] = []
    monkeypatch.setattr("lrdoctor.follow.tail.os.open", _noting(opened))
    changed = monitor.poll()
    assert [(d.run, d.last_step) for d in changed] == [("grown", 102)]
    # Other threads of this process may open files of their own at the same time.
    ours = [path for path in map(Path, opened) if path.is_relative_to(root)]
    assert {path.parent.name for path in ours} == {"grown"}
    assert lines(store) == afresh(root, clock)


def _noting(opened: list[str]):  # type: ignore[no-untyped-def]
    import os

    real = os.open

    def noting(path: str, flags: int) -> int:
        opened.append(path)
        return real(path, flags)

    return noting


def test_resume_inside_one_log_drops_the_overtaken_points(
    root: Path, store: Store, clock: Clock, format: Format
) -> None:
    log = root / format.file
    log.write_bytes(format.head + format.rows(points(0, 60)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    for start in (40, 47, 20):
        with log.open("ab") as file:
            file.write(format.rows(points(start, start + 10)))
        monitor.poll()
    assert [step for _, step, _ in stored(store)["logs"]] == list(range(30))
    assert lines(store) == afresh(root, clock)
    assert Monitor([root], store, clock=clock).poll() == []


def test_two_logs_with_the_same_head_stay_two(root: Path, store: Store, clock: Clock) -> None:
    monitor = Monitor([root], store, clock=clock)
    for name in ("a", "b"):
        (root / f"{name}.csv").write_bytes(b"step,loss\n")
    monitor.poll()
    (root / "a.csv").write_bytes(b"step,loss\n" + csv(points(0, 30)))
    (root / "b.csv").write_bytes(b"step,loss\n" + csv(points(10, 30)))
    monitor.poll()
    assert {name: len(found) for name, found in stored(store).items()} == {"a.csv": 30, "b.csv": 20}


def test_event_files_of_a_folder_are_one_run(root: Path, store: Store, clock: Clock) -> None:
    format = FORMATS[2]
    first, second = root / "events.out.tfevents.1.a", root / "events.out.tfevents.2.a"
    first.write_bytes(format.rows(points(0, 30)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    second.write_bytes(format.rows(points(30, 50)))
    monitor.poll()
    with second.open("ab") as file:
        file.write(format.rows(points(50, 60)))
    monitor.poll()
    assert [step for _, step, _ in stored(store)["logs"]] == list(range(60))
    assert lines(store) == afresh(root, clock)


def test_older_event_file_that_grows_again_keeps_its_place(
    root: Path, store: Store, clock: Clock
) -> None:
    format = FORMATS[2]
    first, second = root / "events.out.tfevents.1.a", root / "events.out.tfevents.2.a"
    first.write_bytes(format.rows(points(0, 30)))
    second.write_bytes(format.rows(points(40, 60)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    with first.open("ab") as file:
        file.write(format.rows(points(30, 40)))
    monitor.poll()
    assert [step for _, step, _ in stored(store)["logs"]] == list(range(60))
    assert lines(store) == afresh(root, clock)


def test_unfinished_last_line_counts_after_a_minute_of_quiet(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "metrics.csv"
    log.write_bytes(b"step,loss\n" + csv(points(0, 20)) + b"20,0.2575")
    clock.now = log.stat().st_mtime + 1
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    assert len(stored(store)["logs"]) == 20
    clock.now += 61
    assert [d.last_step for d in monitor.poll()] == [20]
    assert stored(store)["logs"][-1] == ("loss", 20, 0.2575)
    with log.open("ab") as file:
        file.write(b"9\n")
    monitor.poll()
    assert stored(store)["logs"][-1] == ("loss", 20, 0.25759)
    assert lines(store) == afresh(root, clock)


def test_zeros_that_a_file_system_has_yet_to_fill_are_no_data(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "metrics.csv"
    head, more = b"step,loss\n" + csv(points(0, 20)), csv(points(20, 30))
    log.write_bytes(head)
    clock.now = log.stat().st_mtime + 1
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    for shown in (3, 50, len(more)):
        with log.open("r+b") as file:
            file.seek(len(head))
            file.write(more[:shown] + bytes(len(more) - shown))
        monitor.poll()
    found = json.loads(next(iter(store.changed()[1])).line)
    assert found["problems"] == []
    assert [step for _, step, _ in stored(store)["logs"]] == list(range(30))


def test_what_is_said_live_is_what_is_said_of_the_log_up_to_there(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "metrics.csv"
    log.write_bytes(b"step,loss\n")
    monitor = Monitor([root], store, clock=clock)
    rising = [(step, value + max(0, step - 150) * 0.05) for step, value in points(0, 260)]
    said: dict[int, object] = {}
    for start in range(0, 260, 20):
        with log.open("ab") as file:
            file.write(csv(rising[start : start + 20]))
        monitor.poll()
        said[start + 19] = lines(store)["logs"]
    assert any(line["findings"] for line in said.values())  # type: ignore[index,call-overload]
    [whole] = lrdoctor.monitor.read([root])
    for step, line in said.items():
        until = doctor.diagnose(whole.until(step)).to_dict()
        assert json.loads(json.dumps(until)) == line
