"""What happens when a log grows: how soon it is diagnosed, and how soon it is seen."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from statistics import median

import httpx
import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

from lrdoctor import doctor
from lrdoctor.monitor import Monitor
from lrdoctor.readers.csv import Csv
from lrdoctor.run import Block, Run
from tests.benchmarks import reading
from tests.browser.chromium import MISSING, find_chromium

LOOKS = 30
ROWS = 1000
PEERS_ROWS = 20
"""So many of them take pandas several times as long as all of them take lrdoctor."""
TURNS = 51
WAIT_FOR = """text => {
  window.seen = new Promise(done => {
    const look = () =>
      requestAnimationFrame(document.body.innerText.includes(text) ? () => done() : look);
    look();
  });
}"""


def look(count: int) -> tuple[float, float]:
    """Median wall and CPU seconds of diagnosing a run of so many points after one more came."""
    random = np.random.default_rng(1)
    run = Run("bench", "bench.csv", "csv")
    loss = 0.3 + 2 * np.exp(-np.arange(count) / (count / 4)) + random.normal(0, 0.02, count)
    run.add(Block("loss", np.arange(count), loss))
    doctor.diagnose(run)
    walls, cpus = [], []
    for step in range(count, count + LOOKS):
        run.add(Block("loss", np.array([step]), np.array([0.3])))
        wall, cpu = time.perf_counter(), time.process_time()
        doctor.diagnose(run)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return median(walls), median(cpus)


def row() -> tuple[float, float, float]:
    """One row that a CSV log gained, parsed: wall and CPU seconds, and pandas' CPU seconds.

    In a process of its own, as other peers are: ``memory.keep`` would change pandas' figure.
    """
    code = "from tests.benchmarks import live; print(*live.rows())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wall, cpu, peer = map(float, told.stdout.split())
    return wall, cpu, peer


def rows() -> tuple[float, float, float]:
    """The same in this process. pandas is given the row alone, and the names.

    They take turns, as the readers of whole logs do: ``reading``.
    """
    names = ["step", "loss", "lr", "grad_norm"]
    reader = Csv()
    list(reader.feed(",".join(names).encode() + b"\n" + b"".join(_lines(0))))
    walls, cpus, peers = [], [], []
    for turn in range(1, TURNS + 1):
        lines = _lines(turn)
        wall, cpu = time.perf_counter(), time.process_time()
        made = list(chain.from_iterable(map(reader.feed, lines)))
        walls.append((time.perf_counter() - wall) / ROWS)
        cpus.append((time.process_time() - cpu) / ROWS)
        assert len(made) == 3 * ROWS
        cpu = time.process_time()
        for line in lines[:PEERS_ROWS]:
            pd.read_csv(io.BytesIO(line), header=None, names=names)
        peers.append((time.process_time() - cpu) / PEERS_ROWS)
    return median(walls), median(cpus), median(peers)


def _lines(turn: int) -> list[bytes]:
    steps = range(ROWS * turn, ROWS * (turn + 1))
    return [b"%d,0.3491231,0.001,1.04561\n" % step for step in steps]


def append_to_diagnosis(folder: Path) -> tuple[float, float]:
    """Median wall and CPU seconds from a written line to the new diagnosis, 100 logs followed."""
    for i in range(100):
        reading.csv_file(folder / f"{i}.csv", 1000)
    monitor = Monitor([folder])
    monitor.poll()
    walls, cpus = [], []
    with (folder / "0.csv").open("a") as log:
        for step in range(1000, 1000 + LOOKS):
            wall, cpu = time.perf_counter(), time.process_time()
            log.write(f"{step},0.3,0.001,1.0\n")
            log.flush()
            (changed,) = monitor.poll()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
            assert changed.last_step == step
    monitor.close()
    return median(walls), median(cpus)


def append_to_pixels(folder: Path) -> float:
    """Median seconds from a written line to the frame that shows it.

    The run's page of a real ``lrdoctor watch``, in headless Chromium.
    """
    log = reading.csv_file(folder / "log.csv", 1000)
    command = [sys.executable, "-m", "lrdoctor", "watch", str(folder), "--port", "0",
               "--no-browser", "--store", str(folder.parent / "seen.sqlite")]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        address = next(line for line in server.stdout if line.startswith("http")).strip()
        return _seen(address, log)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def _only_run(address: str) -> str:
    while not (runs := httpx.get(f"{address}api/runs").json()["runs"]):
        pass
    return str(runs[0]["id"])


def _seen(address: str, log: Path) -> float:
    program = find_chromium() or sys.exit(MISSING)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        page = browser.new_page()
        page.goto(f"{address}run/{_only_run(address)}")
        page.evaluate(WAIT_FOR, "999")
        page.evaluate("() => window.seen")
        walls = []
        with log.open("a") as file:
            for step in range(1000, 1000 + LOOKS):
                page.evaluate(WAIT_FOR, f"{step:,}")
                wall = time.perf_counter()
                file.write(f"{step},0.3,0.001,1.0\n")
                file.flush()
                page.evaluate("() => window.seen")
                walls.append(time.perf_counter() - wall)
        browser.close()
    return median(walls)
