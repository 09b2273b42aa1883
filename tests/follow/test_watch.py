"""Events wake; where there are none, the user is told."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from watchdog.observers import Observer

from lrdoctor.follow import mount
from lrdoctor.follow.watch import Wake, Watch

DEADLINE = 20.0


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    (tmp_path / "logs").mkdir()
    watch = Watch([str(tmp_path / "logs")], lambda path: path.endswith(".csv"))
    yield watch
    watch.close()


def until(watch: Watch, seen: Callable[[Wake], bool]) -> Wake:
    """Everything that was seen, once it is enough."""
    files: frozenset[str] = frozenset()
    anew = False
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        watch.wait(end - time.monotonic())
        wake = watch.take()
        files, anew = files | wake.files, anew or wake.anew
        if seen(Wake(files, anew)):
            return Wake(files, anew)
    pytest.fail(f"not seen in time: {files}, {anew}")


def test_new_file_and_its_growth_wake(watch: Watch, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a.csv"
    log.write_text("step,loss\n")
    until(watch, lambda wake: wake.anew)
    with log.open("a") as file:
        file.write("1,2\n")
    wake = until(watch, lambda wake: bool(wake.files))
    assert wake.files == {str(log.resolve())}


def test_growth_of_known_files_can_be_asked_for_alone(watch: Watch, tmp_path: Path) -> None:
    known, other = (tmp_path / "logs" / name for name in ("a.csv", "b.csv"))
    for log in (known, other):
        log.write_text("step,loss\n")
    until(watch, lambda wake: wake.anew and len(wake.files) == 2)
    for log in (known, other):
        with log.open("a") as file:
            file.write("1,2\n")
    found: frozenset[str] = frozenset()
    end = time.monotonic() + DEADLINE
    while not found and time.monotonic() < end:
        time.sleep(0.01)
        found = watch.grown({str(known.resolve())})
    assert found == {str(known.resolve())}
    assert until(watch, lambda wake: bool(wake.files)).files == {str(other.resolve())}


def test_file_in_a_new_folder_wakes(watch: Watch, tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "new" / "run"
    folder.mkdir(parents=True)
    until(watch, lambda wake: wake.anew)
    (folder / "a.csv").write_text("x")
    until(watch, lambda wake: wake.anew or bool(wake.files))


def test_folders_that_come_at_once_end_no_watch(watch: Watch, tmp_path: Path) -> None:
    # Some of them come while the one above is being watched, which watchdog warns of.
    for number in range(100):
        (tmp_path / "logs" / f"{number}" / "run").mkdir(parents=True)
    last = tmp_path / "logs" / "99" / "run" / "a.csv"
    until(watch, lambda wake: wake.anew)
    last.write_text("x")
    until(watch, lambda wake: wake.anew or bool(wake.files))


def test_deletion_and_renaming_wake(watch: Watch, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a.csv"
    log.write_text("x")
    until(watch, lambda wake: wake.anew)
    log.rename(log.with_name("b.csv"))
    until(watch, lambda wake: wake.anew)
    log.with_name("b.csv").unlink()
    until(watch, lambda wake: wake.anew)


def test_other_files_wake_nobody(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "logs" / "weights.pt").write_text("x")
    (tmp_path / "logs" / "a.csv").write_text("x")
    wake = until(watch, lambda wake: bool(wake.files))
    assert all(path.endswith("a.csv") for path in wake.files)


def test_root_that_is_deleted_and_made_again_is_watched_again(watch: Watch, tmp_path: Path) -> None:
    root = tmp_path / "logs"
    root.rmdir()
    watch.refresh()
    root.mkdir()
    watch.refresh()
    watch.take()
    (root / "a.csv").write_text("x")
    until(watch, lambda wake: wake.anew)


def test_root_made_again_with_the_same_inode_is_watched_again(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "logs"
    state = root.stat()
    root.rmdir()
    until(watch, lambda wake: wake.anew)
    root.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("lrdoctor.follow.watch.os.stat", lambda path: state)
        watch.refresh()
    watch.take()
    (root / "a.csv").write_text("x")
    until(watch, lambda wake: wake.anew)


def test_file_given_by_name_is_watched(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text("x")
    watch = Watch([str(log)], lambda path: path == str(log.resolve()))
    try:
        (tmp_path / "other.csv").write_text("x")
        with log.open("a") as file:
            file.write("y")
        assert until(watch, lambda wake: bool(wake.files)).files == {str(log.resolve())}
    finally:
        watch.close()


def test_path_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    watch = Watch([str(tmp_path / "later")], lambda path: True)
    try:
        assert watch.notices == ()
        (tmp_path / "later").mkdir()
        watch.refresh()
        (tmp_path / "later" / "a.csv").write_text("x")
        until(watch, lambda wake: wake.anew)
    finally:
        watch.close()


@pytest.mark.parametrize(
    ("number", "told"), [(errno.ENOSPC, "max_user_watches"), (errno.EMFILE, "max_user_instances")]
)
def test_limits_of_the_system_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "limit reached")

    monkeypatch.setattr("lrdoctor.follow.watch.Observer.schedule", refuse)
    watch = Watch([str(tmp_path)], lambda path: True)
    try:
        [notice] = watch.notices
        assert told in notice
        assert "looked at every few seconds" in notice
    finally:
        watch.close()


def test_folder_below_that_cannot_be_watched_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """watchdog hides it: the first folders are watched, the limit is reached by those below."""
    schedule = Observer.schedule
    asked: list[str] = []

    def refuse(self: object, handler: object, path: str, **more: object) -> object:
        asked.append(path)
        if str(tmp_path) not in path:
            raise OSError(errno.ENOSPC, "limit reached")
        return schedule(self, handler, path, **more)  # type: ignore[arg-type]

    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setattr("lrdoctor.follow.watch.Observer.schedule", refuse)
    watch = Watch([str(logs)], lambda path: True)
    try:
        watch.refresh()
        [notice] = watch.notices
        assert "max_user_watches" in notice
        assert len(asked) == 2
        monkeypatch.undo()
        for _ in range(20):
            watch.refresh()
        assert watch.notices == ()
    finally:
        watch.close()


def test_without_events_there_is_only_waiting(tmp_path: Path) -> None:
    watch = Watch([str(tmp_path)], lambda path: True, events=False)
    (tmp_path / "a.csv").write_text("x")
    watch.refresh()
    assert not watch.wait(0.0)
    assert watch.take() == Wake(frozenset(), False)
    watch.wake()
    assert watch.wait(0.0)
    watch.close()


def test_network_file_system_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mount, "remote", lambda path: "nfs4")
    watch = Watch([str(tmp_path)], lambda path: True)
    try:
        [notice] = watch.notices
        assert "nfs4" in notice
    finally:
        watch.close()


def test_kind_of_file_system_is_that_of_the_deepest_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
        "40 22 0:50 / /mnt/lab\\040data rw shared:9 - nfs4 server:/x rw\n"
        "41 22 0:51 / /mnt/sshfs rw - fuse.sshfs host:/ rw\n"
    )
    with table.open("ab") as file:
        file.write(b"42 22 8:2 / /media/K\xfchlschrank rw - cifs //nas/x rw\n")  # no UTF-8
    monkeypatch.setattr(mount, "_MOUNTS", table)
    assert mount.remote("/mnt/lab data/logs") == "nfs4"
    assert mount.remote("/mnt/sshfs") == "fuse.sshfs"
    assert mount.remote("/mnt/lab datax") is None
    assert mount.remote(os.fsdecode(b"/media/K\xfchlschrank/logs")) == "cifs"
    monkeypatch.setattr(mount, "_MOUNTS", tmp_path / "none")
    assert mount.remote("/mnt/sshfs") is None


def test_log_of_a_database_wakes_as_growth_of_the_database(tmp_path: Path) -> None:
    """Nothing else changes while its writer commits in WAL mode."""
    path = tmp_path / "mlflow.db"
    watch = Watch([str(tmp_path)], lambda path: path.endswith(".db"))
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("CREATE TABLE points (value REAL)")
        until(watch, lambda wake: wake.anew)
        watch.take()
        writer.execute("INSERT INTO points VALUES (0.5)")
        wake = until(watch, lambda wake: str(path) in wake.files)
        assert not wake.anew
    watch.close()


def test_event_that_meets_an_ended_watch_is_not_told_on_the_terminal() -> None:
    """watchdog logs it as an error; where no logging is set up, Python prints errors."""
    tell = "import logging; logging.getLogger('watchdog.observers.inotify').error('inactive')"
    told = [
        subprocess.run(
            [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, check=True
        ).stderr
        for script in (tell, f"import lrdoctor.follow.watch; {tell}")
    ]
    assert told == ["inactive\n", ""]
