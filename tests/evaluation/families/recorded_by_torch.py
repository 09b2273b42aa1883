"""Trains random families of small PyTorch networks, each at every learning rate of a grid.

    python tests/evaluation/families/recorded_by_torch.py FOLDER [--seed 11] [--workers 12]
                                                          [--seconds 440]

Needs numpy, torch and scikit-learn alone. Families are drawn until the seconds are over: each is
trained at 19 to 22 rates and, where its best rate lies within the grid, has a learning-rate range
test; every third has the clinic's faults beside a control as well. FOLDER gets ``torch-0.npz`` and
so on, in the clinic's file shape, and for each a ``torch-0-tests.npz`` as range_tests.npz is.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import time
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"  # before numpy and torch
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import torch
from torch_losses import CLASSES
from torch_networks import NETWORKS, SLOW
from torch_numbers import NUMBERS, OTHERS
from torch_sequences import PAIRS, SERIES, TEXTS, TOKENS
from torch_tables import CLASSES as CLASS_TABLES
from torch_tables import IMAGES
from torch_training import COLUMNS, EVENTS, Family, Log, TooSlow, problem, range_test, train

KINDS = (*[tuple(CLASS_TABLES)] * 3, *[tuple(NUMBERS)] * 3, *[tuple(OTHERS)] * 2,
         *[tuple(IMAGES)] * 2, *[tuple(PAIRS)] * 2, tuple(TOKENS), tuple(SERIES),
         *[tuple(TEXTS)] * 2)  # fmt: skip
"""Groups of tasks, one of which is drawn first: the more often the more there is in it."""
SCHEDULES = (*["constant"] * 9, "step", "exp", "cosine", "cosine", "warmcos", "warmcos", "warmlin",
             "warmlin", "onecycle", "cyclic", "restarts", "wsd", "poly")  # fmt: skip
OPTIMIZERS = (*["sgd"] * 5, *["momentum"] * 4, *["nesterov"] * 2, *["adam"] * 5, *["adamw"] * 4,
              "rmsprop", "rmsprop", "nadam", "radam", "adamax", "adagrad", "adagrad", "adadelta",
              "adafactor")  # fmt: skip
RATES = {"sgd": (-5, 1.34), "momentum": (-5.67, 0.67), "nesterov": (-5.67, 0.67),
         "adam": (-6, 0.34), "adamw": (-6, 0.34), "rmsprop": (-6, 0.34), "nadam": (-6, 0.34),
         "radam": (-6, 0.34), "adamax": (-5.67, 0.67), "adagrad": (-4.67, 1.34),
         "adadelta": (-3.34, 2.67), "adafactor": (-5.34, 0.67)}  # fmt: skip
"""log10 of the lowest and the highest rate of the clinic's grids."""
SCALE_MOVES = {"sgd", "momentum", "nesterov"}
"""Optimizers whose good rates move when the loss is multiplied."""
STEP = 1 / 3
"""Decades between neighbouring rates of a grid."""
TOGETHER = 5
"""Runs of one job: few, so that no core is left alone at the end."""
LATEST = 14.0
"""Seconds before the end after which nothing new begins."""
LARGEST = 20e6
"""Bytes of a table, before it is compressed to about a half, above which there are two files."""


def draw(number: int, seed: int) -> Family:
    """The family of this number: what it learns, how, and what its logger writes."""
    rng = np.random.default_rng([seed, number])
    kind = KINDS[int(rng.integers(len(KINDS)))]
    name, own = str(rng.choice(kind)), int(rng.integers(1 << 30))
    task = problem(name, own)
    choice = [n for n in NETWORKS[task.shape] if n != "factor" or task.out == 1]
    model, opt = str(rng.choice(choice)), str(rng.choice(OPTIMIZERS))
    slow = model.partition("_")[0] in SLOW
    steps = int(10 ** (rng.uniform(2.1, 2.6) if slow else rng.uniform(2.2, 3.05)))
    every = int(rng.choice([1, 2, 4, 5, 5, 6, 8, 8, 10, 10, 15, 25, 45]))
    every = max(every, steps // 200)
    scale = float(rng.choice([0.05, 8, 20, 32, 64, 200])) if rng.random() < 0.2 else 1.0
    floats = task.x.dtype == np.float32
    xscale = float(rng.choice([0.1, 0.3, 3, 8, 12])) if floats and rng.random() < 0.2 else 1.0
    pre = int(rng.integers(40, 200)) if rng.random() < 0.15 else 0
    clip = float(rng.choice([0.5, 1.0, 1.0, 5.0])) if rng.random() < (0.5 if slow else 0.1) else 0.0
    moves = opt in SCALE_MOVES
    shift = -0.7 * bool(pre) - (1.5 if moves else 0.5) * math.log10(xscale)
    shift -= math.log10(scale) if moves and not clip else 0.0
    return {
        "task": name, "seed": own, "model": model, "opt": opt,
        "batch": int(rng.choice([8, 16, 16, 32] if slow else [8, 16, 16, 32, 32, 32, 64, 64, 128])),
        "steps": max(steps, 10 * every), "every": every, "sched": str(rng.choice(SCHEDULES)),
        "clip": clip, "val": bool(rng.random() < 0.8),
        "acc": task.loss in CLASSES and bool(rng.random() < 0.6), "gn": bool(rng.random() < 0.7),
        "scale": scale, "xscale": xscale, "pre": pre, "shift": round(shift, 2),
    }  # fmt: skip


def grid(family: Family) -> list[float]:
    low, high = RATES[str(family["opt"])]
    if family["shift"]:
        high += 0.67  # where good rates are is less sure
    return [float(10**x) for x in float(family["shift"]) + np.arange(low, high + 1e-6, STEP)]  # type: ignore[arg-type]


Told = list[tuple[Log, dict[str, object]]]
Runs = list[tuple[float, int, str | None]]
"""Rate, seed and fault (or ``range_test``) of each."""


def job(family: Family, runs: Runs) -> Told | None:
    """Logs and truths of some runs; None where one took too long."""
    out: Told = []
    try:
        for rate, seed, event in runs:
            if event == "range_test":
                low, *_, high = np.log10(grid(family))
                log, truth = range_test(family, low, high, seed)
                out.append((log, {**truth, "seed": seed}))
            else:
                log, truth = train(family, rate, seed, event)
                out.append((log, {"lr": rate, "seed": seed, "event": event, **truth}))
    except TooSlow:
        return None
    return out


def start() -> None:
    torch.set_num_threads(1)


@dataclass
class Growing:
    """A family whose runs are being made."""

    number: int
    family: Family
    open: int = 0
    told: Told = field(default_factory=list)
    tested: bool = False


def sound(told: Told) -> float | None:
    """The rate in the middle of the good ones; None where the best is at the grid's end, or bad."""
    told = sorted(told, key=lambda run: run[1]["lr"])  # type: ignore[arg-type, return-value]
    ends = np.array([math.inf if t["final_train"] is None else t["final_train"] for _, t in told])
    starts = [float(t["l0"]) for _, t in told if math.isfinite(float(t["l0"]))]  # type: ignore[arg-type]
    best = int(ends.argmin())
    if not starts or not 2 <= best < len(ends) - 1:
        return None
    won = starts[0] - float(ends[best])
    if won < 0.02 * abs(starts[0]):
        return None
    good = np.log([float(t["lr"]) for _, t in told])[ends <= ends[best] + 0.02 * won]  # type: ignore[arg-type]
    return float(np.exp(good.mean()))


class Recorder:
    """Keeps all cores busy with the runs of a few families at a time."""

    def __init__(self, pool: ProcessPoolExecutor, seed: int, workers: int, end: float) -> None:
        self.pool, self.seed, self.workers, self.end = pool, seed, workers, end
        self.waiting: deque[tuple[Growing, Runs]] = deque()
        self.running: dict[Future[Told | None], Growing] = {}
        self.done: list[Growing] = []
        self.dropped: Counter[str] = Counter()
        self.next = 0

    def run(self) -> None:
        while time.monotonic() < self.end - LATEST or self.running:
            while len(self.running) < self.workers + 2 and time.monotonic() < self.end - LATEST:
                if not self.waiting:
                    self._begin()
                one, runs = self.waiting.popleft()
                self.running[self.pool.submit(job, one.family, runs)] = one
            left = max(0.0, self.end - time.monotonic() - 3)
            ready, _ = wait(self.running, timeout=left, return_when=FIRST_COMPLETED)
            if not ready:
                break
            for future in ready:
                self._take(self.running.pop(future), future)

    def _begin(self) -> None:
        family = draw(self.next, self.seed)
        one = Growing(self.next, family)
        self.next += 1
        rates = grid(family)
        for k in range(0, len(rates), TOGETHER):
            part = rates[k : k + TOGETHER]
            self._add(one, [(rate, 1000 + one.number, None) for rate in part])

    def _add(self, one: Growing, runs: Runs, first: bool = False) -> None:
        one.open += 1
        (self.waiting.appendleft if first else self.waiting.append)((one, runs))

    def _take(self, one: Growing, future: Future[Told | None]) -> None:
        one.open -= 1
        told = None if future.exception() else future.result()
        if future.exception():
            print("family", one.number, one.family["task"], repr(future.exception())[:200])
        if told is None:
            self.dropped["too slow or failed"] += one.open >= 0
            one.open = -1  # whatever else of it comes back
            self.waiting = deque(w for w in self.waiting if w[0] is not one)
            return
        one.told += told
        if one.open:
            return
        if one.tested:
            self.done.append(one)
            return
        one.tested = True
        rate = sound(one.told)
        if rate is None:
            self.dropped["best rate not within the grid"] += 1
            return
        self._add(one, [(rate, 1000 + one.number, "range_test")], first=True)
        if one.number % 3 == 0:
            task = problem(str(one.family["task"]), int(one.family["seed"]))  # type: ignore[call-overload]
            apart = {"nan_batch"} if task.x.dtype != np.float32 else set()
            runs = [(rate, 5000 + one.number, e) for e in ("control", *EVENTS) if e not in apart]
            for k in range(0, len(runs), 3):
                self._add(one, runs[k : k + 3], first=True)


def write(folder: Path, done: list[Growing]) -> None:
    """Two files for so many families as fit into one."""
    parts: list[list[Growing]] = [[]]
    size, total = 0, sum(log.nbytes for one in done for log, _ in one.told)
    for one in sorted(done, key=lambda one: one.number):
        own = sum(log.nbytes for log, _ in one.told)
        if size + own > max(LARGEST, total / 1.9) and len(parts) < 2:
            parts.append([])
            size = 0
        parts[-1].append(one)
        size += own
    for k, part in enumerate(parts):
        families = [one.family for one in part]
        runs = [(log, {"split": "torch", "family": i, **truth})
                for i, one in enumerate(part) for log, truth in one.told]  # fmt: skip
        tests = [r for r in runs if r[1]["event"] == "range_test"]
        for name, own_runs in ((f"torch-{k}", [r for r in runs if r[1]["event"] != "range_test"]),
                               (f"torch-{k}-tests", tests)):  # fmt: skip
            if not own_runs:
                continue
            path = folder / f"{name}.npz"
            np.savez_compressed(
                path, table=np.concatenate([log for log, _ in own_runs]).astype("f4"),
                columns=np.array(COLUMNS), families=np.array(json.dumps(families)),
                offsets=np.cumsum([0] + [len(log) for log, _ in own_runs]),
                truth=np.array(json.dumps([truth for _, truth in own_runs])),
            )  # fmt: skip
            print(path.name, len(families), "families,", len(own_runs), "runs,",
                  round(path.stat().st_size / 2**20, 2), "MiB")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=440)
    a = parser.parse_args()
    began = time.monotonic()
    a.folder.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")  # torch's threads do not survive a fork
    pool = ProcessPoolExecutor(a.workers, mp_context=context, initializer=start)
    recorder = Recorder(pool, a.seed, a.workers, began + a.seconds)
    start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        recorder.run()
    finally:  # what is whole is kept, whoever stops it
        write(a.folder, recorder.done)
    tasks = Counter(str(one.family["task"]) for one in recorder.done)
    print(len(recorder.done), "families of", recorder.next, "drawn; dropped:",
          dict(recorder.dropped), "in", round(time.monotonic() - began), "s")  # fmt: skip
    print(len(tasks), "tasks:", dict(tasks.most_common()))
    for process in list((pool._processes or {}).values()):  # a job that is late is not waited for
        process.terminate()
    pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main()
