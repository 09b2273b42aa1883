"""Faults in any order, with restarts between: what the store holds is what the logs say."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.faults.logs import FORMATS, Format, Log, afresh, lines, loss, stored

NAMES = st.sampled_from(("a", "b"))


class Faults(RuleBasedStateMachine):
    format: Format

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self.root = self.folder / "logs"
        self.root.mkdir()
        self.store = Store.open(self.folder / "store.db")
        self.monitor = Monitor([self.root], self.store)
        self.logs = {
            name: Log(self.root / name / self.format.file, self.format) for name in ("a", "b")
        }

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(name=NAMES, first=st.integers(0, 40), count=st.integers(1, 25))
    def append(self, name: str, first: int, count: int) -> None:
        log = self.logs[name]
        if not log.path.exists():
            log.begin()
        log.write([(step, loss(step + 1000)) for step in range(first, first + count)])

    @rule(name=NAMES, cut=st.floats(0.05, 0.95))
    def append_half(self, name: str, cut: float) -> None:
        log = self.logs[name]
        if log.path.exists() and not log.unwritten:
            step = log.logged[-1][0] + 1 if log.logged else 0
            record = log.format.rows([(step, loss(step))])
            at = max(1, min(len(record) - 1, int(cut * len(record))))
            log.append(record[:at])
            log.unwritten, log.half = record[at:], [(step, loss(step))]

    @rule(name=NAMES, first=st.integers(0, 40), count=st.integers(0, 80))
    def truncate_and_write(self, name: str, first: int, count: int) -> None:
        log = self.logs[name]
        if log.path.exists():
            log.begin()
            log.write([(step, loss(step + 500)) for step in range(first, first + count)])

    @rule(name=NAMES, first=st.integers(0, 40), count=st.integers(1, 60), same=st.booleans())
    def replace(self, name: str, first: int, count: int, same: bool) -> None:
        log = self.logs[name]
        if not log.path.exists():
            return
        part = log.path.with_name(".part")
        part.write_bytes(log.path.read_bytes() if same else log.format.head)
        part.rename(log.path)
        if not same:
            log.forget()
            log.write([(step, loss(step + 700)) for step in range(first, first + count)])

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        log = self.logs[name]
        log.path.unlink(missing_ok=True)
        log.forget()

    @rule()
    def swap(self) -> None:
        one, other = self.logs["a"], self.logs["b"]
        if one.path.exists() and other.path.exists():
            between = self.root / ".swap"
            one.path.rename(between)
            other.path.rename(one.path)
            between.rename(other.path)
            one.path, other.path = other.path, one.path
            self.logs = {"a": other, "b": one}

    @rule()
    def move_the_root_away_and_back(self) -> None:
        away = self.folder / "away"
        self.root.rename(away)
        self.monitor.poll()
        away.rename(self.root)

    @rule()
    def look(self) -> None:
        self.monitor.poll()

    @rule(name=NAMES)
    def look_at_one(self, name: str) -> None:
        self.monitor.poll([str(self.logs[name].path)])

    @rule()
    def restart(self) -> None:
        self.monitor.close()
        self.store.close()
        self.store = Store.open(self.folder / "store.db")
        self.monitor = Monitor([self.root], self.store)

    @invariant()
    def store_holds_what_the_logs_say(self) -> None:
        if not hasattr(self, "monitor"):
            return
        self.monitor.poll()
        kept = stored(self.store)
        for name, log in self.logs.items():
            if log.path.exists():
                assert kept[name] == log.standing()
            else:
                assert name not in kept
        assert lines(self.store) == afresh(self.root)


@pytest.mark.parametrize("chosen", FORMATS, ids=lambda format: format.name)
def test_faults_in_any_order(chosen: Format) -> None:
    machine = type("Chosen", (Faults,), {"format": chosen})
    case = machine.TestCase  # type: ignore[attr-defined]
    case.settings = settings(
        max_examples=10,
        stateful_step_count=14,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
