"""Several runs in one file: each is a run of its own, read exactly once, named after its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
import pytest

import lrdoctor
from lrdoctor import readers
from lrdoctor.monitor import Monitor
from lrdoctor.readers import Reader
from lrdoctor.readers._lines import Lines
from lrdoctor.run import Block, Settings
from lrdoctor.store import Store
from lrdoctor.store.points import PointWriter
from tests.faults.logs import Clock, afresh, listed, loss, stored
from tests.faults.logs import lines as lines_of

RATES = {"a": 0.1, "b": 0.2}


class Ledger(Reader):
    """Lines of ``run step loss``; ``-`` is the run without a name; ``#2`` ends what was before."""

    patterns = ("*.ledger",)

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._lines = Lines()
        self._last = ""

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        return float(path.suffix == ".ledger")

    def feed(self, data: bytes) -> Iterator[Block]:
        for chunk in self._lines.feed(data):
            for number, line in enumerate(chunk.lines(), chunk.first):
                cells = line.decode().split()
                if len(cells) != 3:
                    self.tell(number, "no three cells")
                    continue
                self._last = "" if cells[0] == "-" else cells[0]
                yield Block("loss", np.array([int(cells[1])]), np.array([float(cells[2])]),
                            run=self._last)  # fmt: skip

    def settings_of(self, run: str) -> Settings:
        return replace(self.settings, learning_rate=RATES.get(run))

    def ended(self, run: str) -> bool:
        return self._last.startswith("#") and run != self._last

    def state(self) -> bytes:
        rest = bytes(self._lines.rest).decode()
        return json.dumps([rest, self._lines.number, self._last, self.told]).encode()

    @classmethod
    def restore(cls, state: bytes) -> Ledger:
        reader = cls()
        rest, number, reader._last, reader.told = json.loads(state)
        reader._lines = Lines(rest.encode(), number)
        return reader


class Rewritten(Ledger):
    rewritten = True


@pytest.fixture(autouse=True, params=[Ledger, Rewritten], ids=["appended", "rewritten"])
def registry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**readers.readers(), "ledger": request.param}
    monkeypatch.setattr(readers, "readers", lambda: known)


def lines(run: str, first: int, last: int) -> str:
    return "".join(f"{run or '-'} {step} {loss(step)}\n" for step in range(first, last))


def mixed(first: int, last: int, *runs: str) -> str:
    return "".join(lines(run, step, step + 1) for step in range(first, last) for run in runs)


def append(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def counts(store: Store) -> dict[str, int]:
    return {name: len(points) for name, points in stored(store).items()}


def test_each_run_is_diagnosed_under_its_own_name(root: Path) -> None:
    (root / "x.ledger").write_text(mixed(0, 30, "a", "b") + lines("b", 30, 40))
    (root / "y.ledger").write_text(lines("", 0, 20) + lines("#2", 0, 10) + lines("#3", 0, 5))
    found = {d.run: d for d in lrdoctor.check([root])}
    assert {name: d.points for name, d in found.items()} == {
        "x.ledger#a": 30, "x.ledger#b": 40, "y.ledger": 20, "y.ledger#2": 10, "y.ledger#3": 5,
    }  # fmt: skip
    assert found["x.ledger#b"].path == str(root / "x.ledger")
    assert [run.settings.learning_rate for run in lrdoctor.monitor.read([root])[:2]] == [0.1, 0.2]


def test_single_named_run_is_called_like_its_folder(root: Path) -> None:
    (root / "x.ledger").write_text(lines("a", 0, 20))
    assert [d.run for d in lrdoctor.check([root])] == [root.name]


def test_runs_grow_and_come_in_any_order(root: Path, store: Store, clock: Clock) -> None:
    log = root / "x.ledger"
    log.write_text(lines("a", 0, 20))
    monitor = Monitor([root], store, clock=clock)
    assert [d.run for d in monitor.poll()] == [root.name]
    append(log, lines("b", 0, 10))
    assert [d.run for d in monitor.poll()] == [f"{root.name}#a", f"{root.name}#b"]
    append(log, lines("b", 10, 15))
    assert [d.run for d in monitor.poll()] == [f"{root.name}#b"]
    append(log, "torn\n" + lines("b", 15, 20))
    monitor.poll()
    assert counts(store) == {f"{root.name}#a": 20, f"{root.name}#b": 20}
    assert lines_of(store) == afresh(root, clock)


def test_restart_goes_on_where_it_stopped(root: Path, store: Store, clock: Clock) -> None:
    log = root / "x.ledger"
    log.write_text(mixed(0, 20, "a", "b") + "a 20")
    Monitor([root], store, clock=clock).poll()
    ids = {record.name: record.id for record in listed(store).values()}
    again = Monitor([root], store, clock=clock)
    assert again.poll() == []
    append(log, " 0.5\n" + lines("c", 0, 7))
    assert [d.run for d in again.poll()] == [f"{root.name}#a", f"{root.name}#c"]
    assert counts(store) == {
        f"{root.name}#{run}": n for run, n in zip("abc", (21, 20, 7), strict=True)
    }
    assert ids.items() <= {record.name: record.id for record in listed(store).values()}.items()
    assert lines_of(store) == afresh(root, clock)
    assert Monitor([root], store, clock=clock).poll() == []


def test_log_that_was_empty_becomes_its_first_run(root: Path, store: Store, clock: Clock) -> None:
    log = root / "metrics.ledger"
    log.touch()
    monitor = Monitor([log], store, clock=clock)
    [told] = monitor.poll()
    assert told.status == "unreadable"
    id = listed(store)[log.name].id
    append(log, mixed(0, 9, "a", "b"))
    monitor.poll()
    assert counts(store) == {"metrics.ledger#a": 9, "metrics.ledger#b": 9}
    assert listed(store)["metrics.ledger#a"].id == id
    assert len(store.changed()[1]) == 2


def test_rewritten_file_keeps_the_runs_it_still_holds(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "x.ledger"
    log.write_text(mixed(0, 20, "a", "b", "c"))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    log.write_text(lines("a", 0, 20) + lines("b", 5, 9) + lines("d", 0, 3))
    told = [d.run for d in monitor.poll()]
    assert told == [f"{root.name}#{run}" for run in "bd"]
    assert counts(store) == {
        f"{root.name}#{run}": n for run, n in zip("abd", (20, 4, 3), strict=True)
    }
    assert [r.name for r in store.changed()[1] if r.gone] == [f"{root.name}#c"]
    assert lines_of(store) == afresh(root, clock)
    log.write_text(mixed(0, 8, "c", "a"))
    monitor.poll()
    assert counts(store) == {f"{root.name}#{run}": 8 for run in "ac"}
    Monitor([root], store, clock=clock).poll()
    assert counts(store) == {f"{root.name}#{run}": 8 for run in "ac"}
    assert lines_of(store) == afresh(root, clock)


def test_deleted_file_takes_all_its_runs_along(root: Path, store: Store, clock: Clock) -> None:
    log = root / "x.ledger"
    log.write_text(mixed(0, 20, "a", "b"))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    log.unlink()
    monitor.poll()
    assert listed(store) == {}
    log.write_text(mixed(0, 5, "b", "c"))
    monitor.poll()
    assert counts(store) == {f"{root.name}#{run}": 5 for run in "bc"}
    log.unlink()
    Monitor([root], store, clock=clock).poll()
    assert listed(store) == {}


def test_run_that_the_file_has_left_behind_no_longer_grows(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "x.ledger"
    log.write_text(lines("", 0, 20))
    clock.now = log.stat().st_mtime + 1
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    assert [record.growing for record in listed(store).values()] == [True]
    append(log, lines("#2", 0, 5))
    monitor.poll()
    growing = {record.name: record.growing for record in listed(store).values()}
    assert growing == {root.name: False, f"{root.name}#2": True}
    for _ in range(2):  # a document may be read once more, as its time stamp was so fresh
        clock.now += 61
        monitor.poll()
    assert not any(record.growing for record in listed(store).values())


def test_failed_commit_of_one_run_fails_all_of_the_file(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "x.ledger").write_text(mixed(0, 20, "a", "b"))
    append_points = PointWriter.append
    calls = iter([False, True])

    def refuse(*args: object) -> None:
        if next(calls, False):
            raise RuntimeError("killed")
        append_points(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(PointWriter, "append", refuse)
    with pytest.raises(RuntimeError, match="killed"):
        Monitor([root], store, clock=clock).poll()
    assert store.known() == []
    Monitor([root], store, clock=clock).poll()
    assert counts(store) == {f"{root.name}#a": 20, f"{root.name}#b": 20}
