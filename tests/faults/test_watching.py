"""What events cannot tell is found by the regular look, through the process's own loop."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrdoctor.follow import mount
from lrdoctor.follow.watch import Watch
from lrdoctor.ingest import SWEEP, Following
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.faults.logs import Format, points, stored

DEADLINE = 30.0


class Seconds:
    """Time as the loop sees it: passes when told."""

    def __init__(self) -> None:
        self.now = 1.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def log(root: Path, format: Format) -> Path:
    path = root / "run" / format.file
    path.parent.mkdir()
    path.write_bytes(format.head + format.rows(points(0, 20)))
    return path


@pytest.fixture
def begin(root: Path, store: Store, seconds: Seconds) -> Iterator[Callable[[], Following]]:
    begun: list[Following] = []

    def start() -> Following:
        begun.append(Following([str(root)], Monitor([root], store), clock=seconds))
        begun[0].look()
        return begun[0]

    yield start
    for following in begun:
        following.close()


def steps(store: Store) -> list[int]:
    return [step for found in stored(store).values() for _, step, _ in found]


def append(log: Path, format: Format, first: int, last: int) -> None:
    with log.open("ab") as file:
        file.write(format.rows(points(first, last)))


def test_event_alone_brings_a_point(
    begin: Callable[[], Following], log: Path, format: Format, store: Store
) -> None:
    following = begin()
    append(log, format, 20, 30)
    end = time.monotonic() + DEADLINE
    while len(steps(store)) < 30 and time.monotonic() < end:
        following.wait()
        following.look()
    assert steps(store) == list(range(30))


def test_what_grew_does_not_wait_for_a_look_at_everything(
    begin: Callable[[], Following], log: Path, format: Format, store: Store, seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    following, seen = begin(), list[list[int]]()
    monkeypatch.setattr(Monitor, "_search", lambda self: seen.append(steps(store)))
    append(log, format, 20, 30)
    end = time.monotonic() + DEADLINE
    while not following.watch._files and time.monotonic() < end:
        following.wait()
    seconds.now += SWEEP
    following.look()
    assert seen == [list(range(30))]


@pytest.mark.parametrize("lost", ["overflow", "no watches left", "no watcher left"])
def test_lost_events_are_made_up_for_by_the_next_look_at_everything(
    begin: Callable[[], Following], log: Path, format: Format, store: Store, seconds: Seconds,
    lost: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC if lost == "no watches left" else errno.EMFILE, "limit reached")

    if lost == "overflow":
        monkeypatch.setattr(Watch, "dispatch", lambda self, event: None)
    elif lost == "no watches left":
        monkeypatch.setattr("lrdoctor.follow.watch.Observer.schedule", refuse)
    else:
        monkeypatch.setattr("lrdoctor.follow.watch.Observer.__init__", refuse)
    following = begin()
    append(log, format, 20, 30)
    (log.parent.parent / "new").mkdir()
    (log.parent.parent / "new" / log.name).write_bytes(format.head + format.rows(points(0, 5)))
    following.look()
    assert steps(store) == list(range(20))
    seconds.now += SWEEP
    following.look()
    assert sorted(steps(store)) == sorted([*range(30), *range(5)])
    if lost != "overflow":
        [notice] = store.status().notices
        assert "looked at every few seconds" in notice


def test_file_system_without_events_is_told_and_looked_at(
    begin: Callable[[], Following], log: Path, format: Format, store: Store, seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(mount, "remote", lambda path: "fuse.sshfs")
    monkeypatch.setattr(Watch, "dispatch", lambda self, event: None)
    following = begin()
    assert "fuse.sshfs" in store.status().notices[0]
    append(log, format, 20, 30)
    seconds.now += SWEEP
    following.look()
    assert steps(store) == list(range(30))


def test_stale_handle_keeps_the_offset_and_is_tried_again(
    begin: Callable[[], Following], log: Path, format: Format, store: Store, seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    following = begin()
    append(log, format, 20, 30)
    for number in (errno.ESTALE, errno.EIO):

        def refuse(path: str, flags: int, number: int = number) -> int:
            raise OSError(number, "Stale file handle", path)

        with monkeypatch.context() as patch:
            patch.setattr("lrdoctor.follow.tail.os.open", refuse)
            seconds.now += SWEEP
            following.look()
            assert steps(store) == list(range(20))
            [record] = store.changed()[1]
            assert b"tried again and again" in record.line
    seconds.now += SWEEP
    following.look()
    assert steps(store) == list(range(30))
