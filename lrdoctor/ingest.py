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
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from lrdoctor import config as settings
from lrdoctor.errors import LrdoctorError
from lrdoctor.follow.watch import Watch
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store

SWEEP = 2.0
"""Seconds between two looks at everything: the truth, whatever events tell. Costs 1 % of a core
for 5,000 files."""

REST = 2.0
"""After a look that an event called for, the process rests so many times as long as that took:
logs that never stop growing cost a third of a core at most."""

LONGEST_REST = 0.5
"""Seconds; keeps a point that is appended on the screen within one."""

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
        with Store.open(given.store) as store:
            monitor = Monitor(given.paths, store, config=config)
            follow(given.paths, store, monitor, given.poll, given.parent)
    except LrdoctorError as error:
        _tell(str(error))
        return 2
    return 0


def follow(
    paths: Sequence[str],
    store: Store,
    monitor: Monitor,
    poll: float | None,
    parent: int | None = None,
) -> None:
    """Keep the store up to date until the parent process is gone.

    Args:
        poll: seconds between two looks, without file events; None: by events, and every ``SWEEP``.
        parent: its process id; None: whichever it is now, which may already be another.
    """
    parent = os.getppid() if parent is None else parent
    watch = Watch(paths, monitor.wanted, events=poll is None)
    every = SWEEP if poll is None else poll
    sweep_at = 0.0
    told: str | None = None
    try:
        while os.getppid() == parent:
            started = time.monotonic()
            wake = watch.take()
            if wake.anew or started >= sweep_at:
                watch.refresh()
                monitor.notice(watch.notices)
                monitor.poll()
                sweep_at = time.monotonic() + every
            elif wake.files:
                monitor.poll(wake.files)
            monitor.beat()
            if monitor.trouble != told and monitor.trouble is not None:
                _tell(monitor.trouble)
            told = monitor.trouble
            if wake.files or wake.anew:
                time.sleep(min(LONGEST_REST, REST * (time.monotonic() - started)))
            watch.wait(max(0.0, min(PULSE, sweep_at - time.monotonic())))
    finally:
        watch.close()
        monitor.close()


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
