"""The process that fills a store: woken by file events, it reads, diagnoses and commits.

``python -m lrdoctor.ingest --store FILE PATH...`` runs until SIGTERM or SIGINT, or until the
process that started it is gone. It is the store's only writer.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from lrdoctor import config as settings
from lrdoctor.errors import LrdoctorError, StoreDamaged, StoreError, StoreHeld
from lrdoctor.follow.remote import is_url, without_secrets
from lrdoctor.follow.shown import shown
from lrdoctor.follow.watch import Watch
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store

SWEEP = 2.0
"""Seconds between two looks at everything at least: the truth, whatever events tell."""

SHARE = 0.01
"""Of a core, that such looks may cost where events come; for 10,000 files they are rarer then."""

BLIND_SHARE = 0.1
"""The same where some or all events cannot be had, and such a look is what finds growth."""

LONGEST_SWEEP = 60.0
"""Seconds between two of them at most."""

REST = 2.0
"""For looks that events call for, the process rests so many times as long as they computed: logs
that never stop growing cost a third of a core at most."""

RENEWAL_REST = 4.0
"""The same for diagnoses that an older lrdoctor made and that are made anew: a fifth of a core, so
that a log which grows meanwhile seldom meets one. Ten thousand runs take a few minutes."""

CREDIT = 0.5
"""Seconds that it may have rested before: a point now and then waits for no rest from the one that
came before it."""

LONGEST_REST = 0.5
"""Seconds; keeps a point that is appended on the screen within one."""

RENEWALS = 3
"""A store that is damaged so often within one process's life lies on a disk that is not sound."""

PULSE = 1.0
"""Seconds between two signs of life, and between two looks whether the parent lives."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to end. Returns the exit code; an error is one line on stderr."""
    given = _parser().parse_args(arguments)
    gc.freeze()  # what is imported is never collected: ends in a tenth of a second, not in one
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        config = settings.load(given.config)
        notices: tuple[str, ...] = ()
        while len(notices) < RENEWALS:
            try:
                store = _store(given.store, given.paths, given.parent)
                if store is None:
                    return 0
                with store:
                    monitor = Monitor(given.paths, store, config=config)
                    follow(given.paths, monitor, given.poll, given.parent, notices)
                return 0
            except StoreDamaged as error:
                aside = Store.set_aside(given.store)
                notices += (f"{error}: set aside as {aside.name}, made anew from the logs",)
                _tell(notices[-1])
        raise StoreError(f"the store {given.store} is damaged again and again: is the disk sound?")
    except LrdoctorError as error:
        _tell(str(error))
        return 2


def _store(path: Path, paths: Sequence[str], parent: int | None) -> Store | None:
    """The store, open to be written. Where another process fills it from the same logs, its
    readers see them already: wait until that process ends, and take over.

    Returns:
        None where the parent process went meanwhile; see ``follow``.

    Raises:
        StoreHeld: the other process follows other logs.
        StoreError: see ``Store.open``.
    """
    parent = os.getppid() if parent is None else parent
    holder = ""
    while os.getppid() == parent:
        try:
            return Store.open(path)
        except StoreHeld as error:
            if not _follows(path, paths):
                raise
            if error.holder != holder:
                holder = error.holder
                _tell(
                    f"process {holder} follows these logs already: what it reads is shown, "
                    "and this process takes over when that one ends"
                )
        time.sleep(PULSE)
    return None


def _follows(path: Path, paths: Sequence[str]) -> bool:
    """Whether these are the logs that the store is being filled from."""
    try:
        with Store.open(path, read_only=True) as store:
            roots = store.status().roots
    except StoreError:
        return False  # only just being made
    return set(map(_absolute, roots)) == set(map(_absolute, paths))


def _absolute(path: str) -> str:
    """As the store may have it: in text."""
    return shown(without_secrets(path) if is_url(path) else os.path.abspath(path))


def follow(
    paths: Sequence[str],
    monitor: Monitor,
    poll: float | None,
    parent: int | None,
    notices: Sequence[str] = (),
) -> None:
    """Keep the store up to date until the parent process is gone.

    Args:
        poll: seconds between two looks, without file events; None: by events, and every ``SWEEP``.
        parent: its process id; None: whichever it is now, which may already be another.
        notices: what the user should know of this store.
    """
    parent = os.getppid() if parent is None else parent
    following = Following(paths, monitor, poll, notices)
    try:
        while os.getppid() == parent:
            following.look()
            following.wait()
    finally:
        following.close()


class Following:
    """What the process does again and again: wait for events, look, tell."""

    def __init__(
        self,
        paths: Sequence[str],
        monitor: Monitor,
        poll: float | None = None,
        notices: Sequence[str] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.process_time,
    ) -> None:
        """
        Args:
            notices: what the user should know of this store.
            clock: seconds, for the times of looks.
            spent: seconds that the process has computed: what it waited for a core, or for a disk,
                while others used them, is nothing to rest from.
        """
        self.watch = Watch(
            [path for path in paths if not is_url(path)], monitor.wanted, events=poll is None
        )
        self._monitor = monitor
        self._notices = tuple(notices)
        self._polling = poll is not None
        self._every = SWEEP if poll is None else poll
        self._clock = clock
        self._spent = spent
        self._sweep_at = 0.0
        self._renew_at = clock() + SWEEP  # whoever has just started it waits for the first page
        self._rested_at = 0.0
        """When it will have rested from all that events called for."""
        self._told: str | None = None
        self._looked = False

    def look(self) -> None:
        """Take up what events told; everything, where something came or went or it is time."""
        started, spent = self._clock(), self._spent()
        wake = self.watch.take()
        known = frozenset(filter(self._monitor.follows, wake.files))
        if known:
            self._monitor.poll(known)  # first: a look at everything takes many times as long
        asked = wake.anew or known != wake.files
        swept = 0.0
        if asked or started >= self._sweep_at:
            before = self._spent()
            self._sweep()
            swept = self._spent() - before
        self._monitor.beat()
        trouble = self._monitor.trouble
        if trouble != self._told and trouble is not None:
            _tell(trouble)
        self._told = trouble
        # A sweep that was due by the clock rests by its own interval: nothing waits for that.
        if known or asked:
            self._owe(self._spent() - spent - (0.0 if asked else swept))
        if started >= self._renew_at:
            self._renew()

    def _renew(self) -> None:
        """Let one diagnosis be made anew; where none is to be, see after the next sweep."""
        spent = self._spent()
        left = self._monitor.renew()
        rest = RENEWAL_REST * (self._spent() - spent)
        self._renew_at = self._clock() + rest if left else self._sweep_at

    def _owe(self, cost: float) -> None:
        """Note how long to rest from a look that computed for so many seconds."""
        now = self._clock()
        rested_at = max(self._rested_at, now - CREDIT) + (1 + REST) * cost
        self._rested_at = min(rested_at, now + LONGEST_REST)

    def _sweep(self) -> None:
        """Look at everything."""
        started = self._clock()
        self.watch.refresh()
        self._monitor.notice((*self._notices, *self.watch.notices))
        idle = not self._monitor.poll(meanwhile=self.watch.grown)
        cost = self._clock() - started if idle else 0.0
        self._sweep_at = self._clock() + self._interval(cost)
        if not self._looked:
            # Thousands of logs, which stay: to walk over them in search of garbage would now and
            # then take longer than all that a point needs to become a finding.
            gc.freeze()
            self._looked = True

    def _interval(self, cost: float) -> float:
        """Seconds until the next look at everything, where one that finds nothing takes so long."""
        share = BLIND_SHARE if self._polling or self.watch.notices else SHARE
        return max(self._every, min(LONGEST_SWEEP, cost / share))

    def wait(self) -> None:
        """Rest from the last looks, then sleep until there is something to do."""
        time.sleep(max(0.0, self._rested_at - self._clock()))
        due = min(self._sweep_at, self._renew_at)
        self.watch.wait(max(0.0, min(PULSE, due - self._clock())))

    def close(self) -> None:
        """Let go of everything; the store stays open."""
        self.watch.close()
        self._monitor.close()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind from wherever the process is: what is not committed is read again another time."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


def _tell(line: str) -> None:
    sys.stderr.write(f"lrdoctor: {line}\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lrdoctor.ingest", description=__doc__)
    parser.add_argument("--store", required=True, type=Path, metavar="FILE")
    parser.add_argument("--config", type=Path, metavar="FILE")
    parser.add_argument("--poll", type=float, metavar="SECONDS")
    parser.add_argument("--parent", type=int, metavar="PID")
    parser.add_argument("paths", nargs="+", metavar="PATH")
    return parser


if __name__ == "__main__":
    sys.exit(main())
