"""What file systems and power cuts do that no program would: nothing ends, nothing is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lrdoctor.monitor import Monitor
from lrdoctor.readers.csv import Csv
from lrdoctor.store import Store
from tests.faults.logs import Clock, Format, afresh, csv, jsonl, lines, points, stored


def steps(store: Store, run: str = "logs") -> list[int]:
    return [step for _, step, _ in stored(store)[run]]


def test_names_that_are_no_text(root: Path, store: Store, clock: Clock, format: Format) -> None:
    folder = Path(os.fsdecode(os.fsencode(root) + b"/r\xff\xfe"))
    folder.mkdir()
    log, other = folder / format.file, root / "run" / format.file
    other.parent.mkdir()
    for path in (log, other):
        path.write_bytes(format.head + format.rows(points(0, 50)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    for last in (60, 70):
        with log.open("ab") as file:
            file.write(format.rows(points(last - 10, last)))
        monitor.poll()
        assert steps(store, r"r\xff\xfe") == list(range(last))
        monitor = Monitor([root], store, clock=clock)  # another process: only what grew is read
    assert steps(store, "run") == list(range(50))
    assert lines(store) == afresh(root, clock)
    assert json.dumps(rf"{root}/r\xff\xfe")[:-1] in json.dumps(lines(store))


def test_watched_folder_whose_name_is_no_text(tmp_path: Path, store: Store, clock: Clock) -> None:
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    root.mkdir()
    (root / "m.csv").write_bytes(b"step,loss\n" + csv(points(0, 50)))
    Monitor([root], store, clock=clock).poll()
    assert steps(store, r"\xff") == list(range(50))
    assert store.status().roots == (rf"{tmp_path}/\xff",)


def test_inodes_and_times_larger_than_a_database_holds(
    root: Path, store: Store, clock: Clock, format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = root / format.file
    log.write_bytes(format.head + format.rows(points(0, 50)))
    stat, fstat = os.stat, os.fstat

    class State:
        """As mergerfs or CIFS may tell it."""

        def __init__(self, real: os.stat_result) -> None:
            self.real = real

        def __getattr__(self, name: str) -> int:
            odd = {"st_ino": 1 << 63, "st_dev": 1 << 63, "st_mtime_ns": 1 << 70}
            return int(getattr(self.real, name)) + odd.get(name, 0)

    monkeypatch.setattr("lrdoctor.follow.tail.os.stat", lambda *a, **k: State(stat(*a, **k)))
    monkeypatch.setattr("lrdoctor.follow.tail.os.fstat", lambda file: State(fstat(file)))
    Monitor([root], store, clock=clock).poll()
    with log.open("ab") as file:
        file.write(format.rows(points(50, 60)))
    Monitor([root], store, clock=clock).poll()
    assert steps(store) == list(range(60))
    assert lines(store) == afresh(root, clock)


def test_zeros_that_a_power_cut_left_wait_for_a_minute_and_lose_nothing(
    root: Path, store: Store, clock: Clock, format: Format
) -> None:
    log = root / format.file
    log.write_bytes(format.head + format.rows(points(0, 50)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    for step in range(50, 60):  # it never falls quiet
        with log.open("ab") as file:
            file.write(bytes(3000 if step == 50 else 0) + format.rows(points(step, step + 1)))
        monitor.poll()
        clock.now += 20
    assert steps(store) == list(range(60))
    assert lines(store) == afresh(root, clock)


@pytest.mark.parametrize(("name", "rows"), [("m.csv", csv), ("m.jsonl", jsonl)])
def test_changed_in_place_far_before_its_last_bytes(
    root: Path, store: Store, clock: Clock, name: str, rows: object
) -> None:
    assert callable(rows)
    log, head = root / name, b"step,loss\n" if rows is csv else b""
    data = head + rows(points(0, 500))
    log.write_bytes(data)
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    changed = rows([(5, points(5, 6)[0][1] + 1)])  # 1.9… becomes 2.9…
    with log.open("r+b") as file:
        file.write(data.replace(rows(points(5, 6)), changed))
    monitor.poll()
    assert lines(store) == afresh(root, clock)
    [(_, _, value)] = [found for found in stored(store)["logs"] if found[1] == 5]
    assert value == points(5, 6)[0][1] + 1


def test_half_a_character_ends_nothing(root: Path, store: Store, clock: Clock) -> None:
    folder = root / "half"
    folder.mkdir()
    line = r'{"step": %d, "loss": 0.3, "\ud800loss": 0.3, "\ud83d\ude80": 1}'
    (folder / "log.jsonl").write_text("".join(f"{line}\n" % step for step in range(30)))
    (folder / "hparams.yaml").write_text(r'{"optimizer": "adam", "name": "\ud83d\ude80 \ud800"}')
    (root / "m.csv").write_bytes(b"step,loss\n" + csv(points(0, 50)))
    Monitor([root], store, clock=clock).poll()
    assert set(lines(store)) == {"half", "logs"}
    metrics = json.loads(json.dumps(lines(store)["half"]))["metrics"]
    assert set(metrics) == {"train/loss", "\N{REPLACEMENT CHARACTER}loss", "\N{ROCKET}"}


def test_state_that_cannot_be_kept_ends_no_other_log(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a").mkdir()
    (root / "a" / "m.csv").write_bytes(b"step,loss\n" + csv(points(0, 50)))
    (root / "m.jsonl").write_bytes(jsonl(points(0, 50)))

    def state(_: Csv) -> bytes:
        raise ValueError("no such state")

    monkeypatch.setattr(Csv, "state", state)
    Monitor([root], store, clock=clock).poll()
    assert steps(store) == list(range(50))
    assert lines(store)["a"]["status"] == "unreadable"  # type: ignore[index, call-overload]
    assert "no such state" in json.dumps(lines(store)["a"])


def test_clock_that_is_set_back_stops_no_sign_of_life(
    root: Path, store: Store, clock: Clock
) -> None:
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    clock.now -= 3600
    monitor.beat()
    assert store.status().alive_at == clock.now
