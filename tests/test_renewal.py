"""After an upgrade, what an older lrdoctor said is said anew: beside all else, the newest first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrdoctor.edition import DECIDES, edition
from lrdoctor.ingest import RENEWAL_REST, SWEEP, Following
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.stores import meddle, write_log

NAMES = "abc"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three logs; the later its name, the earlier it grew last."""
    folder = tmp_path / "logs"
    for hours, name in enumerate(NAMES):
        log = folder / name / "m.csv"
        log.parent.mkdir(parents=True)
        write_log(log)
        os.utime(log, times=(0, log.stat().st_mtime - 3600 * hours))
    return folder


@pytest.fixture
def path(root: Path, tmp_path: Path) -> Path:
    """A store whose diagnoses an older lrdoctor made."""
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        Monitor([root], store).poll()
    meddle(path, """update run set edition = 'older', line = '{"headline": "old"}'""")
    return path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path) as store:
        yield store


def old(store: Store) -> list[str]:
    """Runs of which the former word stands."""
    lines = {record.name: json.loads(record.line) for record in store.changed()[1]}
    return sorted(name for name, line in lines.items() if line["headline"] == "old")


def commit(monitor: Monitor) -> None:
    monitor.poll(())


def test_the_first_look_leaves_them_and_the_newest_come_first(root: Path, store: Store) -> None:
    monitor = Monitor([root], store)
    assert monitor.poll() == []
    left = []
    while monitor.renew():
        commit(monitor)
        left.append(old(store))
        assert monitor.runs() == []  # what does not grow takes up no memory
    assert left == [["b", "c"], ["c"], []]
    assert store.editions() == {edition(): 3}


def test_points_and_offsets_stay_and_growth_goes_on(root: Path, store: Store) -> None:
    before = {run.key: run.files for run in store.known()}
    monitor = Monitor([root], store)
    monitor.poll()
    while monitor.renew():
        pass
    marks = {run.key: [(f.offset, f.inode, f.tail) for f in run.files] for run in store.known()}
    assert marks == {k: [(f.offset, f.inode, f.tail) for f in s] for k, s in before.items()}
    with (root / "c" / "m.csv").open("a") as log:
        log.write("40,0.5\n")
    [found] = monitor.poll()
    assert (found.run, found.points) == ("c", 41)
    [run] = [record for record in store.changed()[1] if record.name == "c"]
    points = store.points(run.id, "loss")
    assert points is not None
    assert points.steps.tolist() == list(range(41))


def test_a_log_that_grew_is_not_done_twice(root: Path, store: Store) -> None:
    with (root / "b" / "m.csv").open("a") as log:
        log.write("40,0.5\n")
    monitor = Monitor([root], store)
    assert [found.run for found in monitor.poll()] == ["b"]
    assert old(store) == ["a", "c"]
    assert [monitor.renew() for _ in range(3)] == [True, True, False]
    assert old(store) == []
    assert len(monitor.runs()) == 1  # the one that grows stays in memory


def test_another_process_goes_on_where_one_was_killed(root: Path, path: Path) -> None:
    with Store.open(path) as store:
        monitor = Monitor([root], store)
        monitor.poll()
        monitor.renew()
        commit(monitor)
        monitor.renew()  # not committed: killed here
    with Store.open(path) as store:
        assert old(store) == ["b", "c"]
        monitor = Monitor([root], store)
        monitor.poll()
        assert [monitor.renew() for _ in range(3)] == [True, True, False]
        assert old(store) == []


def test_a_log_without_points_is_read_again(root: Path, store: Store, tmp_path: Path) -> None:
    (root / "d").mkdir()
    (root / "d" / "m.csv").write_text("step,loss\n")
    Monitor([root], store).poll()
    [before] = [record.line for record in store.changed()[1] if record.name == "d"]
    store.close()
    meddle(tmp_path / "store.db", "update run set edition = 'older' where name = 'd'")
    with Store.open(tmp_path / "store.db") as again:
        monitor = Monitor([root], again)
        monitor.poll()
        while monitor.renew():
            pass
        monitor.poll()
        assert again.editions() == {edition(): 4}
        assert [record.line for record in again.changed()[1] if record.name == "d"] == [before]


def test_several_runs_of_one_log_are_done_together(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "runs.csv"
    log.parent.mkdir()
    log.write_text("run,step,loss\n" + "".join(f"{r},{s},0.5\n" for r in "xy" for s in range(40)))
    with Store.open(tmp_path / "store.db") as store:
        Monitor([log.parent], store).poll()
    meddle(tmp_path / "store.db", "update run set edition = 'older'")
    with Store.open(tmp_path / "store.db") as store:
        monitor = Monitor([log.parent], store)
        monitor.poll()
        assert [monitor.renew() for _ in range(2)] == [True, False]
        assert store.editions() == {edition(): 2}


def test_it_rests_from_each_and_ends(
    root: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, cost = 1000.0, 0.01
    spent = [0.0]
    monitor = Monitor([root], store)
    renew, seen = monitor.renew, list[float]()

    def renewing() -> bool:
        seen.append(now)
        spent[0] += cost
        return renew()

    monkeypatch.setattr(monitor, "renew", renewing)
    following = Following([str(root)], monitor, 60.0, clock=lambda: now, spent=lambda: spent[0])
    following.look()
    assert seen == []
    now += SWEEP
    for _ in range(400):
        following.look()
        now += 0.001
    following.close()
    rest = RENEWAL_REST * cost
    expected = [1000 + SWEEP + turn * rest for turn in range(4)]
    assert seen == pytest.approx(expected, abs=0.004)
    assert old(store) == []


def test_an_edition_covers_all_that_a_diagnosis_is_made_by() -> None:
    code = "import sys; from lrdoctor import doctor, rules; rules.rules(); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = {name.split(".")[1] for name in told.stdout.split() if name.startswith("lrdoctor.")}
    carries = {"compiled", "discover", "errors", "edition"}  # what says nothing of a run
    assert own - carries == {Path(part).stem for part in DECIDES}
