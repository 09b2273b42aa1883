"""Kills the ingest process again and again while logs are written, rotated, cut and replaced.

Usage: killing.py ROOT STORE SEED KILLS. Prints what the store must hold in the end, as JSON. A
process of its own, so that children can be forked with everything imported: each starts within
milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lrdoctor import ingest, readers, rules
from lrdoctor.store import Store
from tests.faults.logs import FORMATS, Log, lines, points

DEADLINE = 60.0
"""Seconds in which any condition must come true."""

PAUSE = 0.004
"""Seconds between two writes at most: so a kill meets any instant of a look."""


def main(root: Path, store: Path, chance: random.Random, kills: int) -> int:
    readers.readers(), rules.rules()
    logs = [Log(root / format.name / format.file, format) for format in FORMATS]
    for log in logs:
        log.begin()
    Store.open(store).close()
    for _ in range(kills):
        before = version(store)
        child = start(root, store)
        if chance.random() < 0.5:  # a process that has begun to work, else one that begins to
            logs[0].write(points(next_step(logs[0]), next_step(logs[0]) + 1))
            wait(lambda before=before: version(store) > before)
        for _ in range(chance.randrange(40)):
            write(chance.choice(logs), chance)
            time.sleep(PAUSE * chance.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    for log in logs:
        log.write([(10_000, 0.25)])
    child = start(root, store)
    wait(lambda: seen(store) == [10_000] * len(logs))
    os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    print(json.dumps({log.format.name: log.standing() for log in logs}))  # noqa: T201
    return os.waitstatus_to_exitcode(status)


def write(log: Log, chance: random.Random) -> None:
    """Mostly a few more records; at times half a one, or something that befalls the file."""
    step = next_step(log)
    what = chance.random()
    if what < 0.015:  # cut to nothing and written anew
        log.begin()
        log.write(points(0, chance.randrange(1, 60)))
    elif what < 0.03:  # replaced by a copy
        part = log.path.with_name(".part")
        part.write_bytes(log.path.read_bytes())
        part.rename(log.path)
    elif what < 0.045:  # rotated
        log.path.rename(log.path.with_name("kept.bin"))
        log.begin()
    elif what < 0.06:  # replaced by another log
        part = log.path.with_name(".part")
        log.path, path = part, log.path
        log.begin()
        log.write(points(500, 500 + chance.randrange(1, 60)))
        part.rename(path)
        log.path = path
    elif what < 0.075:  # deleted and made again: often with the same inode
        log.path.unlink()
        log.begin()
    elif what < 0.1:
        log.resume(chance.randrange(1, 30), chance.randrange(5))
    elif what < 0.3 and not log.half:
        record = log.format.rows(points(step, step + 1))
        log.append(record[:-3])
        log.half, log.unwritten = points(step, step + 1), record[-3:]
    else:
        log.write(points(step, step + chance.randrange(1, 9)))


def next_step(log: Log) -> int:
    logged = [*log.logged, *log.half]
    return logged[-1][0] + 1 if logged else 0


def start(root: Path, store: Path) -> int:
    child = os.fork()
    if child == 0:
        try:
            code = ingest.main(["--store", str(store), str(root)])
        except SystemExit as told:
            code = int(told.code or 0)
        os._exit(code)
    return child


def version(store: Path) -> int:
    with Store.open(store, read_only=True) as it:
        return it.version()


def seen(store: Path) -> list[object]:
    """The last step of each run."""
    with Store.open(store, read_only=True) as it:
        return [line["last_step"] for line in lines(it).values()]  # type: ignore[index,call-overload]


def wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            sys.exit("the ingest process did not get there in time")
        time.sleep(0.002)


if __name__ == "__main__":
    root, store, seed, kills = sys.argv[1:]
    sys.exit(main(Path(root), Path(store), random.Random(int(seed)), int(kills)))
