"""How many runs a second are diagnosed: ``python -m tests.benchmarks.diagnosing``."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import numpy as np

from lrdoctor import doctor, learning_rate
from lrdoctor.run import Block, Run

POINTS = 1000


def runs(count: int, points: int = POINTS) -> list[Run]:
    """Runs as they come: eight of ten learn, on six schedules; one is flat and one diverges."""
    return [_run(k, points) for k in range(count)]


def _run(k: int, n: int) -> Run:
    rng, t = np.random.default_rng(k), np.arange(n)
    loss = 0.3 + 2.0 * (1 + t / 20) ** -0.4
    if k % 10 == 8:
        loss = np.full(n, 2.3)
    loss = loss * (1 + 0.03 * rng.standard_normal(n))
    if k % 10 == 9:
        loss[n // 2 :] += np.linspace(0, 6, n - n // 2)
    half = 0.5 + 0.5 * np.cos(np.pi * t / n)
    w = n // 20
    warm = np.where(t < w, t / w, 0.5 + 0.5 * np.cos(np.pi * (t - w) / (n - w)))
    shape = (np.ones(n), half, warm, 1 - t / n, 0.1 ** (t * 3 // n), 0.999**t)[k % 6]
    run = Run(f"run-{k}", f"run-{k}", "csv")
    run.add(Block("loss", t, loss))
    run.add(Block("lr", t, 1e-3 * shape))
    if k % 2:
        run.add(Block("grad_norm", t, np.exp(0.3 * rng.standard_normal(n))))
    if k % 3 == 0:
        run.add(Block("val_loss", t[9::10], loss[9::10] + 0.05))
    return run


def milliseconds(job: Callable[[Run], object], count: int = 200, repeats: int = 3) -> float:
    """Processor time a run, the fastest of some repeats over fresh runs."""
    spent = []
    for _ in range(repeats):
        fresh = runs(count)
        begun = time.process_time()
        for run in fresh:
            job(run)
        spent.append(time.process_time() - begun)
    return 1e3 * min(spent) / count


def measure() -> tuple[float, float]:
    """Milliseconds of processor time a run: a whole diagnosis, and the verdict alone."""
    doctor.diagnose(runs(1)[0])  # imports, and coefficients from disk
    gc.collect()
    gc.freeze()  # else whatever else an evaluation holds is walked over at this one's cost
    try:
        return milliseconds(doctor.diagnose), milliseconds(learning_rate.assess)
    finally:
        gc.unfreeze()


def main() -> None:
    whole, verdict = measure()
    print(f"a diagnosis of {POINTS:,} points: {whole:.2f} ms, {1e3 / whole:.0f} runs a second")
    print(f"of that the verdict on the learning rate, its schedule included: {verdict:.2f} ms")


if __name__ == "__main__":
    main()
