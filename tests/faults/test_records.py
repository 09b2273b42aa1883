"""Odd records and odd clocks lose no point; several writers are no resume."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.faults.logs import Clock, afresh, csv, events, jsonl, lines, points, stored


def resumes(store: Store) -> list[int]:
    [line] = lines(store).values()
    assert isinstance(line, dict)
    return [f["onset_step"] for f in line["findings"] if f["rule"] == "resume"]  # type: ignore[index,call-overload]


def steps(store: Store) -> list[int]:
    return [step for _, step, _ in stored(store)["logs"]]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, -1e300, 0.0])
def test_absurd_wall_times_lose_no_point(
    root: Path, store: Store, clock: Clock, odd: float
) -> None:
    walls = [odd if step % 3 == 0 else 1.7e9 + step for step in range(30)]
    (root / "events.out.tfevents.1.h").write_bytes(events(points(0, 30), walls))
    Monitor([root], store, clock=clock).poll()
    assert steps(store) == list(range(30))
    assert lines(store) == afresh(root, clock)


def test_clock_that_jumps_orders_nothing(root: Path, store: Store, clock: Clock) -> None:
    walls = [1.7e9 + step - (3600 if step > 15 else 0) for step in range(30)]
    (root / "events.out.tfevents.1.h").write_bytes(events(points(0, 30), walls))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    for jump in (-86_400.0, 7_200.0, -1e9):
        clock.now += jump
        with (root / "events.out.tfevents.1.h").open("ab") as file:
            first = len(steps(store))
            file.write(events(points(first, first + 5), [1.7e9 + clock.now % 1000] * 5))
        monitor.poll()
    assert steps(store) == list(range(45))
    assert resumes(store) == []


def test_line_too_long_is_passed_over_and_told(root: Path, store: Store, clock: Clock) -> None:
    log = root / "log.jsonl"
    log.write_bytes(jsonl(points(0, 20)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    for _ in range(12):
        with log.open("ab") as file:
            file.write(b"x" * 100_000)
        monitor.poll()
    with log.open("ab") as file:
        file.write(b"\n" + jsonl(points(20, 25)))
    monitor.poll()
    assert steps(store) == list(range(25))
    [line] = lines(store).values()
    assert [problem["line"] for problem in line["problems"]] == [21]  # type: ignore[index,call-overload]


def test_ranks_that_write_each_step_into_one_file_are_no_resume(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "log.jsonl"
    ranks = [point for step in range(60) for point in [*points(step, step + 1)] * 4]
    behind = ranks[:8] + [p for i in range(8, 200) for p in (ranks[i], ranks[i - 8])]
    monitor = Monitor([root], store, clock=clock)
    for start in range(0, len(behind), 13):
        with log.open("ab") as file:
            file.write(jsonl(behind[start : start + 13]))
        monitor.poll()
    assert steps(store) == sorted(step for step, _ in behind)
    assert resumes(store) == []
    assert lines(store) == afresh(root, clock)


def test_event_files_of_two_writers_at_once_are_no_resume(
    root: Path, store: Store, clock: Clock
) -> None:
    files = [root / f"events.out.tfevents.{n}.h" for n in (1, 2)]
    monitor = Monitor([root], store, clock=clock)
    for start in range(0, 60, 5):
        for n, path in enumerate(files):
            with path.open("ab") as file:
                walls = [1.7e9 + step + 0.3 * n for step in range(start, start + 5)]
                file.write(events(points(start, start + 5), walls))
            monitor.poll()
    assert steps(store) == sorted([*range(60), *range(60)])
    assert resumes(store) == []
    assert lines(store) == afresh(root, clock)


def test_next_event_file_that_goes_back_is_a_resume(root: Path, store: Store, clock: Clock) -> None:
    (root / "events.out.tfevents.1.h").write_bytes(events(points(0, 60)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    (root / "events.out.tfevents.2.h").write_bytes(events(points(40, 80)))
    monitor.poll()
    assert steps(store) == list(range(80))
    assert resumes(store) == [40]


def test_column_that_is_added_begins_a_new_part(root: Path, store: Store, clock: Clock) -> None:
    log = root / "metrics.csv"
    log.write_bytes(b"step,loss\n" + csv(points(0, 20)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    with log.open("ab") as file:
        wider = "".join(f"{s},{v},0.5\n" for s, v in points(20, 30))
        file.write(b"step,loss,acc\n" + wider.encode())
    monitor.poll()
    kept = stored(store)["logs"]
    assert [step for tag, step, _ in kept if tag == "loss"] == list(range(30))
    assert [step for tag, step, _ in kept if tag == "acc"] == list(range(20, 30))
    assert json.dumps(lines(store)) == json.dumps(afresh(root, clock))
