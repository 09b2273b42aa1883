"""What happens when a log grows: how soon it is diagnosed, and how soon it is seen."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import numpy as np
import reading

from lrdoctor import doctor
from lrdoctor.monitor import Monitor
from lrdoctor.run import Block, Run

LOOKS = 30


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
