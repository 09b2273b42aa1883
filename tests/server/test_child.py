from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrdoctor.server.child import Child, command


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Kept:
    """A child under test, what it told, and its clock."""

    def __init__(self, program: str) -> None:
        self.told: list[str] = []
        self.clock = Clock()
        self.child = Child([sys.executable, "-c", program], tell=self.told.append, clock=self.clock)

    def dies(self) -> None:
        """Wait for the process to end."""
        assert self.child.pid is not None
        os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOWAIT)


@pytest.fixture
def lasting() -> Iterator[Kept]:
    kept = Kept("import signal; signal.pause()")
    yield kept
    kept.child.kill()
    kept.child.wait(10)


def test_a_death_is_told_and_followed_by_a_new_start(lasting: Kept) -> None:
    lasting.child.start()
    first = lasting.child.pid
    lasting.child.look()
    assert lasting.told == []
    assert first is not None
    os.kill(first, signal.SIGKILL)
    lasting.dies()
    lasting.child.look()
    assert lasting.told == [
        "the process that reads the logs ended (signal 9); "
        "starting it again in 1 s, later ever more rarely"
    ]
    lasting.child.look()
    assert lasting.child.pid == first, "not before it is time"
    lasting.clock.now += 1
    lasting.child.look()
    assert lasting.child.pid != first
    assert lasting.child.exit_code is None


def test_one_that_dies_each_time_is_started_ever_more_rarely_and_told_of_once() -> None:
    kept = Kept("raise SystemExit(3)")
    kept.child.start()
    for wait in (1, 2, 4, 8, 16, 32, 60, 60, 60):
        kept.dies()
        dead = kept.child.pid
        kept.child.look()
        kept.clock.now += wait - 0.1
        kept.child.look()
        assert kept.child.pid == dead
        kept.clock.now += 0.2
        kept.child.look()
        assert kept.child.pid != dead
    assert len(kept.told) == 1
    assert "exit code 3" in kept.told[0]
    kept.child.wait(10)


def test_one_that_lived_long_is_told_of_and_started_soon(lasting: Kept) -> None:
    lasting.child.start()
    for lived, told in ((1, 1), (1, 1), (100, 2)):
        pid = lasting.child.pid
        assert pid is not None
        lasting.clock.now += lived
        os.kill(pid, signal.SIGKILL)
        lasting.dies()
        lasting.child.look()
        assert len(lasting.told) == told
        lasting.clock.now += 60
        lasting.child.look()
    assert "in 1 s" in lasting.told[1]


def test_one_that_was_ended_stays_ended(lasting: Kept) -> None:
    lasting.child.start()
    lasting.child.end()
    lasting.child.wait(10)
    lasting.child.look()
    assert lasting.told == []
    assert lasting.child.exit_code == -signal.SIGTERM


def test_one_that_does_not_listen_is_killed() -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"
    kept = Kept(deaf)
    kept.child.start()
    kept.child.end()
    kept.child.wait(0)
    assert kept.child.exit_code in (-signal.SIGKILL, -signal.SIGTERM)


def test_the_token_does_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRDOCTOR_TOKEN", "secret")
    kept = Kept("import os, sys; sys.exit('LRDOCTOR_TOKEN' in os.environ)")
    kept.child.start()
    kept.child.wait(60)
    assert kept.child.exit_code == 0


def test_the_ingest_process_is_given_what_the_user_gave() -> None:
    called = command([Path("logs"), Path("-odd")], Path("s"), config=Path("c.toml"), poll=0.5)
    assert called[1:] == ["-m", "lrdoctor.ingest", "--store", "s", "--parent", str(os.getpid()),
                          "--config", "c.toml", "--poll", "0.5", "--", "logs", "-odd"]  # fmt: skip
    assert "--config" not in command([Path("logs")], Path("s"), config=None, poll=None)
