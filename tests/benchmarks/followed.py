"""Logs that are followed: how soon a finding is in the store, and what idling and memory cost.

``python -m tests.benchmarks.followed`` prints one table; ``make bench`` runs it, too. There is no
peer: nobody else diagnoses, so each figure stands beside what it shall keep to.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import httpx
import numpy as np

from lrdoctor import doctor
from lrdoctor.diagnosis import Diagnosis
from lrdoctor.errors import StoreError
from lrdoctor.monitor import Monitor
from lrdoctor.run import Run
from lrdoctor.store import Store

SECONDS = 600.0
"""In which the first look at all logs must have ended."""
TICK = 2e-4
"""Seconds between two looks at the store: to ask without a pause would take a core from those that
are measured."""
GROWN = 10
"""Runs that grew while nobody watched."""
RESTARTS = 3


def logs(folder: Path, runs: int, tags: int, points: int) -> list[Path]:
    """Falling, noisy losses and other columns; the same figures in each run."""
    noise = np.random.default_rng(1).normal(0, 0.02, (points, tags))
    table = 0.3 + 2 * np.exp(-np.arange(points) / (points / 4))[:, None] + noise
    head = ",".join(["step", "loss", *(f"m{n}" for n in range(1, tags))])
    rows = [f"{step}," + ",".join(f"{x:.5g}" for x in row) for step, row in enumerate(table)]
    text = "\n".join([head, *rows]) + "\n"
    paths = [folder / f"{n // 100}" / f"{n}" / "metrics.csv" for n in range(runs)]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return paths


@contextmanager
def ingest(folder: Path, store: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The ingest process, once it has looked at everything."""
    command = [sys.executable, "-m", "lrdoctor.ingest", "--store", str(store), str(folder)]
    process = subprocess.Popen(command, env=_environment(store))
    try:
        started = time.time()
        _await(lambda: _done(store, started))
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def append_to_finding(folder: Path, runs: int = 1000, appends: int = 300) -> list[float]:
    """Seconds from a written line to its diagnosis in the store, sorted."""
    paths, chance, spans = logs(folder / "logs", runs, 4, 500), random.Random(1), []
    with ingest(folder / "logs", folder / "store.db"):
        reader = sqlite3.connect(folder / "store.db")
        for step in range(500, 500 + appends):
            path = chance.choice(paths)
            before, number = _version(reader), _number(reader, path)
            with path.open("a") as log:
                log.write(f"{step},0.3,0.3,0.3,0.3\n")
                written = time.perf_counter()  # before: the reader may be served first
                log.flush()
                # Others may change meanwhile: on a slow machine, logs that fall quiet.
                while _version(reader) == before or _last_step(reader, number) != step:
                    time.sleep(TICK)
                spans.append(time.perf_counter() - written)
            time.sleep(0.03 + 0.05 * chance.random())
        reader.close()
    return sorted(spans)


def undisturbed(seconds: float, times: int = 300) -> list[float]:
    """Seconds that the same piece of arithmetic takes, sorted: what the machine alone adds.

    Args:
        seconds: about how long the piece takes when it is fastest.
    """
    chance, turns = random.Random(1), 1000
    while _counted(turns) < seconds:
        turns += turns // 2
    turns = int(turns * seconds / min(_counted(turns) for _ in range(50)))
    spans = []
    for _ in range(times):
        spans.append(_counted(turns))
        time.sleep(0.03 + 0.05 * chance.random())
    return sorted(spans)


def _counted(turns: int) -> float:
    started, total = time.perf_counter(), 0
    for turn in range(turns):
        total += turn * turn
    return time.perf_counter() - started


def idle(folder: Path, runs: int = 10_000, seconds: float = 60.0) -> float:
    """Share of a core that all processes take that follow this many unchanging files."""
    logs(folder / "logs", runs, 2, 3)
    store = folder / "store.db"
    fill(folder / "logs", store)
    started = time.time()
    with watch(folder / "logs", store) as (process, _):
        _await(lambda: _done(store, started))
        time.sleep(5)
        before = sum(map(cpu, family(process.pid)))
        time.sleep(seconds)
        return (sum(map(cpu, family(process.pid))) - before) / seconds


def memory(folder: Path, runs: int = 1000, tags: int = 20, points: int = 5000) -> int:
    """Bytes of all processes of ``lrdoctor watch`` together, shared pages shared out (PSS)."""
    paths = logs(folder / "logs", runs, tags, points)
    fill(folder / "logs", folder / "store.db")
    row = ",".join(["0.3"] * tags)
    with watch(folder / "logs", folder / "store.db") as (process, address):
        for path in paths:
            with path.open("a") as log:
                log.write(f"{points},{row}\n")
        _await(lambda: _reached(folder / "store.db", points) == runs)
        assert len(httpx.get(f"{address}api/runs", timeout=60).json()["runs"]) == runs
        return sum(map(_pss, family(process.pid)))


def restart(folder: Path, runs: int = 10_000, tags: int = 20) -> tuple[float, float, float]:
    """Restarts with known runs, a few of them grown each time.

    Returns:
        Medians of the seconds from the printed address to a complete ward, and from the program's
        start to that and to the new diagnoses of those that grew.
    """
    paths = logs(folder / "logs", runs, tags, 5)
    fill(folder / "logs", folder / "store.db")
    grown = (paths[GROWN * n : GROWN * (n + 1)] for n in range(RESTARTS + 1))
    first, *times = (_restarted(folder, runs, tags, few) for few in grown)
    del first  # it alone has compiled the modules
    ward, start, told = zip(*times, strict=True)
    return median(ward), median(start), median(told)


def _restarted(
    folder: Path, runs: int, tags: int, grown: Sequence[Path]
) -> tuple[float, float, float]:
    for path in grown:
        with path.open("a") as log:
            log.write("5," + ",".join(["0.3"] * tags) + "\n")
    with Store.open(folder / "store.db", read_only=True) as opened:
        known = opened.version()
    with httpx.Client(headers={"accept-encoding": "identity"}) as client:  # not made meanwhile
        started = time.perf_counter()
        with watch(folder / "logs", folder / "store.db") as (_, address):
            ready = time.perf_counter()
            answer = client.get(f"{address}api/runs")
            complete = time.perf_counter()
            assert len(answer.json()["runs"]) == runs
            _await(lambda: _reached(folder / "store.db", 5, known) == len(grown))
            return complete - ready, complete - started, time.perf_counter() - started


def fill(folder: Path, store: Path) -> None:
    """A store that knows all logs. They are alike: one is diagnosed, all are told the same."""
    first: list[Diagnosis] = []
    real = doctor.diagnose

    def alike(run: Run, *more: object) -> Diagnosis:
        if not first:
            first.append(real(run, *more))  # type: ignore[arg-type]
        return replace(first[0], run=run.name, path=run.path)

    doctor.diagnose = alike
    try:
        with Store.open(store) as opened:
            Monitor([folder], opened).poll()
    finally:
        doctor.diagnose = real


@contextmanager
def watch(folder: Path, store: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``lrdoctor watch``, once it has printed its address."""
    command = [sys.executable, "-m", "lrdoctor", "watch", str(folder), "--port", "0",
               "--no-browser", "--store", str(store)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment(store))
    try:
        assert process.stdout
        yield process, next(line for line in process.stdout if line.startswith("http")).strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _environment(store: Path) -> dict[str, str]:
    """Bytecode is kept, as where lrdoctor was installed: some machines that build forbid it."""
    told = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**told, "PYTHONPYCACHEPREFIX": str(store.parent / "bytecode")}


def _done(store: Path, started: float) -> bool:
    try:
        with Store.open(store, read_only=True) as opened:
            status = opened.status()
    except StoreError:
        return False  # not made yet
    return status.done and status.started_at >= started - 1


def _version(reader: sqlite3.Connection) -> int:
    found = reader.execute("select value from meta where name = 'version'").fetchone()
    return int(found[0])


def _number(reader: sqlite3.Connection, path: Path) -> int:
    name = f"{path.parent.parent.name}/{path.parent.name}"
    return int(reader.execute("select number from run where name = ?", (name,)).fetchone()[0])


def _last_step(reader: sqlite3.Connection, number: int) -> int:
    found = reader.execute("select line from run where number = ?", (number,)).fetchone()
    return int(json.loads(found[0])["last_step"])


def _reached(store: Path, step: int, since: int = 0) -> int:
    """How many of the runs that changed after a version of the store have reached a step."""
    with Store.open(store, read_only=True) as opened:
        lines = [json.loads(record.line) for record in opened.changed(since)[1]]
    return sum(line["last_step"] == step for line in lines)


def quantile(ordered: Sequence[float], share: int) -> float:
    """The value that so many of a hundred do not exceed."""
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


def _await(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "not within the deadline"
        time.sleep(0.05)


def cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def main() -> None:
    """Print the table."""
    say = sys.stdout.write
    say("| followed | measured | to keep to |\n|---|---|---|\n")
    with tempfile.TemporaryDirectory(prefix="lrdoctor-bench-") as place:
        spans = append_to_finding(Path(place, "append"))
        for share, limit in ((50, 5), (99, 25)):
            say(f"| a line appended → its finding in the store, 1,000 runs, p{share} "
                f"| {1e3 * quantile(spans, share):.1f} ms | {limit} ms |\n")  # fmt: skip
        fastest = quantile(spans, 1)
        alone = undisturbed(fastest)
        say(
            f"| the machine's own part: arithmetic of {1e3 * fastest:.1f} ms, p50 and p99 | "
            f"{1e3 * quantile(alone, 50):.1f} and {1e3 * quantile(alone, 99):.1f} ms | |\n"
        )
        say(f"| idle, 10,000 files, share of a core | {idle(Path(place, 'idle')):.1%} | 2 % |\n")
        ward, start, grown = restart(Path(place, "restart"))
        say(f"| restart, 10,000 known runs × 20 tags: address printed → complete ward "
            f"| {1e3 * ward:.0f} ms | 200 ms |\n")  # fmt: skip
        say(f"| the same from the start of the program | {1e3 * start:.0f} ms | |\n")
        say(f"| the same, to the new diagnoses of {GROWN} that grew | {1e3 * grown:.0f} ms | |\n")
        held = memory(Path(place, "memory"))
        say(f"| memory of all processes, 1,000 runs × 20 tags × 5,000 points "
            f"| {held / 1e6:.0f} MB | 300 MB |\n")  # fmt: skip


if __name__ == "__main__":
    main()
