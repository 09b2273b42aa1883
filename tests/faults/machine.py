"""Faults in any order, with restarts between: what the store holds is what the logs say.

``Faults`` writes two logs, one of them as two ranks would, breaks them in every way of the table
in ``README.md``, and compares after each step every point that the store holds with every point
that its writer knows of, and what is said of it with what a first look would say.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lrdoctor.follow.tail import PAGE
from lrdoctor.ingest import Following
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.faults.logs import Format, Log, Point, afresh, exactly, lines, loss, stored

NAMES = st.sampled_from(("a", "ranks"))
VALUES = st.one_of(st.integers(0, 3000).map(loss), st.sampled_from((math.nan, math.inf, -math.inf)))
LOST = st.sampled_from((errno.EACCES, errno.EIO, errno.ESTALE))

DEADLINE = 20.0
"""Seconds in which events must have brought everything."""


class Faults(RuleBasedStateMachine):
    format: Format
    events: bool

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self.root = self.folder / "logs"
        self.root.mkdir()
        self.logs = {
            "a": Log(self.root / "a" / self.format.file, self.format),
            "ranks": Log(self.root / "ranks" / self.format.file, self.format, ranks=2),
        }
        self.kept = 0
        self.refused: dict[str, int] = {}
        self.blind = False
        """Something happened that no event tells of: the regular look finds it."""
        self.open = os.open
        self.patch = mock.patch("os.open", self._open)
        self.patch.start()
        for log in self.logs.values():
            log.begin()
            self._write(log, 20, 0.5)
        self._begin()

    def teardown(self) -> None:
        if hasattr(self, "following"):
            self.following.close()
            self.store.close()
            self.patch.stop()
            shutil.rmtree(self.folder)

    # What writers do.

    @rule(name=NAMES, count=st.integers(1, 25), value=VALUES)
    def append(self, name: str, count: int, value: float) -> None:
        log = self.logs[name]
        if not log.path.exists():
            log.begin()
        self._write(log, count, value)

    @rule(back=st.integers(1, 30), more=st.integers(0, 10))
    def resume(self, back: int, more: int) -> None:
        log = self.logs["a"]
        if log.path.exists():
            log.resume(back, more)

    @rule(name=NAMES, cut=st.floats(0.05, 0.95))
    def append_half(self, name: str, cut: float) -> None:
        log = self.logs[name]
        if log.path.exists() and not log.unwritten and log.ranks == 1:
            point = (self._next(log), loss(self.kept))
            record = log.format.rows([point])
            at = max(1, min(len(record) - 1, int(cut * len(record))))
            log.append(record[:at])
            log.unwritten, log.half = record[at:], [point]

    @rule(name=NAMES)
    def next_event_file(self, name: str) -> None:
        log = self.logs[name]
        if self.format.name == "event-file" and log.path.exists() and len(log.closed) < 3:
            step = self._next(log)
            log.next_file()
            log.write(self._points(log, step, 8, 0.5))

    @rule(name=NAMES)
    def append_rubbish(self, name: str) -> None:
        """A record that cannot be read: told, and passed over."""
        log = self.logs[name]
        if log.path.exists() and not log.unwritten:
            log.append(self._rubbish())

    @rule(name=NAMES, length=st.booleans())
    def append_record_of_a_wrong_checksum(self, name: str, length: bool) -> None:
        log = self.logs[name]
        if self.format.name == "event-file" and log.path.exists() and not log.unwritten:
            record = bytearray(self.format.rows([(10**6, 0.5)]))
            record[9 if length else 20] ^= 1
            log.append(bytes(record))

    @rule(name=NAMES, count=st.integers(5, 200), later=st.booleans())
    def show_a_gap_before_it_is_filled(self, name: str, count: int, later: bool) -> None:
        """As a network file system may: first the size, then the bytes, a later page at first."""
        log = self.logs[name]
        if not log.path.exists():
            return
        end = log.path.stat().st_size
        points = self._points(log, self._next(log), count, 0.25)
        data = log.unwritten + log.format.rows(points)
        gap = min(-end % PAGE, len(data))
        views = [bytes(len(data)), data[: len(data) // 3] + bytes(len(data) - len(data) // 3)]
        if later and gap >= 16:
            views.append(bytes(gap) + data[gap:])
        with log.path.open("r+b") as file:
            for view in (*views, data):
                file.seek(end)
                file.write(view)
                file.flush()
                self._look()
        log.logged += [*log.half, *points]
        log.half, log.unwritten, log.last = [], b"", b""

    # What happens to files.

    @rule(name=NAMES, first=st.integers(0, 40), count=st.integers(0, 80))
    def truncate_and_write(self, name: str, first: int, count: int) -> None:
        log = self.logs[name]
        if log.path.exists() and not log.closed and name not in self.refused:
            log.begin()
            log.write(self._points(log, first, count, 0.75))

    @rule(name=NAMES, first=st.integers(0, 40), count=st.integers(1, 60), same=st.booleans())
    def replace(self, name: str, first: int, count: int, same: bool) -> None:
        log = self.logs[name]
        if not log.path.exists() or log.closed or name in self.refused:
            return
        part = log.path.with_name(".part")
        part.write_bytes(log.path.read_bytes() if same else log.format.head)
        part.rename(log.path)
        if not same:
            log.forget()
            log.write(self._points(log, first, count, 1.5))

    @rule(name=NAMES, stopped=st.booleans(), inside=st.booleans(), count=st.integers(1, 40))
    def rotate(self, name: str, stopped: bool, inside: bool, count: int) -> None:
        log = self.logs[name]
        if not log.path.exists() or log.closed or name in self.refused:
            return
        if stopped:
            self._end()
        self.kept += 1
        away = log.path.parent if inside else self.folder
        log.path.rename(away / f"kept.bin.{self.kept}")
        log.begin()
        log.write(self._points(log, self.kept, count, 0.1))
        if stopped:
            self._begin()

    @rule(name=NAMES)
    def rewrite_in_the_same_size_and_with_the_same_time(self, name: str) -> None:
        log = self.logs[name]
        if not log.path.exists() or not log.last or log.unwritten or name in self.refused:
            return
        data, (step, value) = log.path.read_bytes(), log.logged[-1]
        digits = repr(value)
        other = float(digits[:-1] + ("7" if digits[-1] != "7" else "3")) if "." in digits else 0.5
        record = log.format.rows([(step, other)])
        if data.endswith(log.last) and len(record) == len(log.last):
            state = log.path.stat()
            with log.path.open("r+b") as file:
                file.seek(-len(record), os.SEEK_END)
                file.write(record)
            os.utime(log.path, ns=(state.st_atime_ns, state.st_mtime_ns))
            log.logged[-1], log.last = (step, other), record

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if name not in self.refused:
            self.logs[name].delete()

    @rule(name=NAMES, count=st.integers(1, 90))
    def delete_and_create_at_once(self, name: str, count: int) -> None:
        """The new file often gets the old one's inode."""
        log = self.logs[name]
        if log.exists() and name not in self.refused:
            path = log.files[0]
            log.delete()
            log.path = path
            log.begin()
            log.write(self._points(log, 0, count, 0.9))

    @rule(name=NAMES, error=LOST)
    def get_out_of_reach(self, name: str, error: int) -> None:
        if self.logs[name].exists():
            self.refused[name] = error

    @rule()
    def get_back_into_reach(self) -> None:
        self.blind |= bool(self.refused)
        self.refused.clear()

    @rule()
    def move_the_root_away_and_back(self) -> None:
        away = self.folder / "away"
        self.root.rename(away)
        self.monitor.poll()
        away.rename(self.root)
        self.blind = True

    @rule()
    def delete_the_root_and_make_it_again(self) -> None:
        shutil.rmtree(self.root)
        self.monitor.poll()
        self.root.mkdir()
        for log in self.logs.values():
            log.closed = []
            log.forget()
        self.refused.clear()
        self.blind = True

    @rule()
    def make_links_that_lead_round_in_circles(self) -> None:
        for link, target in (("up", "."), ("a/round", ".."), ("twice", "a"), ("none", "nowhere")):
            if (self.root / link).parent.exists() and not (self.root / link).is_symlink():
                (self.root / link).symlink_to(target)

    # What the reader does.

    @rule()
    def look(self) -> None:
        self._look()

    @rule(name=NAMES)
    def look_at_one(self, name: str) -> None:
        self.monitor.poll([str(self.logs[name].path)])

    @rule()
    def restart(self) -> None:
        self._end()
        self._begin()

    @rule(hours=st.integers(1, 48))
    def set_the_clock_back(self, hours: int) -> None:
        self.behind = 3600.0 * hours

    @invariant()
    def store_holds_what_the_logs_say(self) -> None:
        if not hasattr(self, "following"):
            return
        said = {name: line for name, line in self._afresh().items() if name not in self.refused}
        end = time.monotonic() + (DEADLINE if self.events else 0.0)
        while True:
            self._look()
            right = self._holds() and said == self._lines()
            if right or time.monotonic() > end:
                break
            self.following.watch.wait(0.02)
        self.blind = False
        if not right:
            kept = stored(self.store)
            for name, log in self.logs.items():
                if name not in self.refused:
                    assert exactly(kept.get(name, [])) == exactly(log.standing())
                    assert (name in kept) == log.exists()
            assert self._lines() == said

    def _holds(self) -> bool:
        kept = stored(self.store)
        return all(
            exactly(kept[name]) == exactly(log.standing()) if name in kept else not log.exists()
            for name, log in self.logs.items()
            if name not in self.refused and (log.exists() or name in kept)
        )

    def _lines(self) -> dict[str, Any]:
        return {name: said for name, said in lines(self.store).items() if name not in self.refused}

    def _afresh(self) -> dict[str, Any]:
        refused, self.refused = self.refused, {}
        try:
            return afresh(self.root, self._now)
        finally:
            self.refused = refused

    def _look(self) -> None:
        if not self.events or self.blind:
            self.following.watch.refresh()
            self.monitor.poll()
        self.following.look()

    def _begin(self) -> None:
        self.behind = getattr(self, "behind", 0.0)
        self.store = Store.open(self.folder / "store.db")
        self.monitor = Monitor([self.root], self.store, clock=self._now)
        # Its own clock stands still: after the first look only events call for one.
        self.following = Following(
            [str(self.root)], self.monitor, None if self.events else 1.0, clock=lambda: 1.0
        )
        self.following.look()

    def _end(self) -> None:
        self.following.close()
        self.store.close()

    def _now(self) -> float:
        return time.time() - self.behind

    def _open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        for name, number in self.refused.items():
            if str(path).startswith(str(self.root / name / "")) and not flags & os.O_DIRECTORY:
                raise OSError(number, os.strerror(number), path)
        return self.open(path, flags, mode, **more)

    def _next(self, log: Log) -> int:
        logged = [*log.logged, *log.half]
        return logged[-1][0] + 1 if logged else 0

    def _write(self, log: Log, count: int, value: float) -> None:
        log.write(self._points(log, self._next(log), count, value))

    def _points(self, log: Log, first: int, count: int, value: float) -> list[Point]:
        """Points of one writer in order; those of two as they come, one of them a step behind."""
        if log.ranks == 1:
            return [(first + i, value if i == 0 else loss(first + i + 99)) for i in range(count)]
        last = first + max(count, 6)
        steps = [first, *(s for n in range(first + 1, last) for s in (n, n - 1)), last - 1]
        return [(step, loss(i + 31 * count)) for i, step in enumerate(steps)]

    def _rubbish(self) -> bytes:
        return {
            "csv": b"1,2,3,4,5,6\n",
            "jsonl": b'{"step": 3, "loss": 0.\n',
            "event-file": b"this is no record at all",
        }[self.format.name]
