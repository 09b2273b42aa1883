"""``make bench``: one table of speeds, each beside a peer that did the same job in the same run.

Nothing here passes or fails. A ratio means something on any machine, a time only beside the
machine's name, which the table carries. CPU time is of this process and those it waited for.
"""

from __future__ import annotations

import functools
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from lrdoctor.monitor import memory
from tests.benchmarks import live, reading


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a job's wall and CPU seconds, and the CPU seconds of a peer.

    The ratio is of CPU times: what else the machine does counts in no one's favour.
    """

    job: str
    wall: float
    cpu: float | None = None
    peer: str | None = None
    peer_cpu: float | None = None

    def __str__(self) -> str:
        cpu = "" if self.cpu is None else span(self.cpu)
        beside, ratio = "", ""
        if self.cpu is not None and self.peer_cpu is not None:
            beside = f"{self.peer}: {span(self.peer_cpu)}"
            times = self.peer_cpu / self.cpu
            ratio = f"{times:,.0f}×" if times >= 100 else f"{times:.3g}×"
        return f"| {self.job} | {span(self.wall)} | {cpu} | {beside} | {ratio} |"


def span(seconds: float) -> str:
    """A time with two or three figures: ``1.2 ms``."""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def timed(job: Callable[[], object], repeats: int = 3) -> tuple[float, float]:
    """The median wall and CPU seconds of a job."""
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), cpu_seconds()
        job()
        walls.append(time.perf_counter() - wall)
        cpus.append(cpu_seconds() - cpu)
    return median(walls), median(cpus)


def cpu_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def logs(folder: Path) -> Iterator[Row]:
    """Whole logs, from the file to a run in memory, each beside every peer that reads it."""
    memory.keep()  # as ``lrdoctor check`` does
    for job, path, peers in reading.jobs(folder):
        for peer, name, repeats in peers:
            wall, cpu, peers_cpu = _in_turn(path, peer, repeats)
            yield Row(job, wall, cpu, name, peers_cpu)


def _in_turn(path: Path, peer: str, repeats: int) -> tuple[float, float, float]:
    """Median wall and CPU seconds to read a log, and a peer's CPU seconds.

    They take turns: a machine whose speed comes and goes is as fast for the one as for the other.
    """
    ours, theirs = [], []
    for _ in range(repeats):
        ours += [timed(functools.partial(reading.read, path), 1) for _ in range(8)]
        theirs.append(reading.with_peer(peer, path))
    walls, cpus = zip(*ours, strict=True)
    return median(walls), median(cpus), median(theirs)


def rows(folder: Path) -> Iterator[Row]:
    yield from logs(folder)

    wall, cpu, peer = live.row()
    yield Row("one row that a CSV log gained, parsed", wall, cpu, "pandas read_csv of it", peer)

    many = [reading.csv_file(folder / "many" / f"{i}" / "log.csv", 200) for i in range(1000)]
    wall, cpu = timed(lambda: reading.check(folder / "many"), repeats=1)
    _, peer = timed(lambda: reading.with_pandas(many), repeats=1)
    yield Row("`check` of 1,000 runs of 200 points, read and diagnosed", wall, cpu,
              "pandas read_csv, reading alone", peer)  # fmt: skip

    first: float | None = None
    for count in (1_000, 100_000, 1_000_000):
        wall, cpu = live.look(count)
        yield Row(f"a look at a run of {count:,} points, one of them new", wall, cpu,
                  None if first is None else "1,000 points", first)  # fmt: skip
        first = first or cpu

    wall, cpu = live.append_to_diagnosis(folder / "followed")
    _, peer = timed(lambda: reading.with_pandas([folder / "followed" / "0.csv"]))
    yield Row("a line appended → diagnosed, 100 runs followed (median)", wall, cpu,
              "pandas read_csv of that log", peer)  # fmt: skip
    yield Row(
        "a line appended → drawn by Chromium (median)", live.append_to_pixels(folder / "seen")
    )


def machine() -> str:
    """Processor, cores, system and Python, with no name of a host or a user."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x.partition(":")[2] for x in info.read_text().splitlines() if "model name" in x]
        model = names[0].strip() if names else model
    python = f"Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, {python}"


if __name__ == "__main__":
    print("| job | time | CPU time | beside, CPU time | ratio |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="lrdoctor-bench-") as place:
        for row in rows(Path(place)):
            print(row, flush=True)
    print(f"\n{machine()}. A ratio above 1: less CPU time than the peer.")
