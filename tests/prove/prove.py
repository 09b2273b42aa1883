"""``make prove``: retrains for real, from bad rates on, and writes what came of it.

    python -m tests.prove.prove [--gpu] [--tiny] [--workers N] [--minutes N]

Each run writes its log to disk. ``lrdoctor next`` is asked for the next rate with these logs and
nothing else, until it says "enough" or three retrains are made; Optuna's TPE and a fixed list of
rates make as many from the same starts. --gpu: a residual network and a GPT on the first GPU.
--tiny: a few steps of one family, to see that it runs; nothing is written. --minutes: what is not
done by then is left out, and the page says so.
"""

from __future__ import annotations

import argparse
import functools
import math
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import TimeoutError as OutOfTime
from multiprocessing import get_context
from pathlib import Path

import torch

from lrdoctor import __version__
from tests.prove import page, tasks
from tests.prove.playing import GRID, STARTS, End, Family, Played, prove
from tests.prove.tasks import Task
from tests.prove.training import Setup, train

ROOT = Path(__file__).parents[2]
_PYTHON = platform.python_version()

CPU: tuple[tuple[str, Setup], ...] = (
    ("digits", Setup("CNN, digits", "momentum", "cosine", "csv", 240, validated=True)),
    ("digits", Setup("CNN, digits", "adam", "constant", "events", 240)),
    ("digits", Setup("CNN, digits", "rmsprop", "linear", "jsonl", 240, every=5)),
    ("text", Setup("transformer, text", "adamw", "cosine", "jsonl", 160, 16, every=4, clip=1.0)),
    ("text", Setup("transformer, text", "momentum", "constant", "csv", 160, 16, validated=True)),
    ("cancer", Setup("MLP, tumours", "adam", "constant", "csv", 300, every=10, validated=True)),
    ("diabetes", Setup("MLP, diabetes", "sgd", "step", "csv", 300, every=2)),
    ("diabetes", Setup("MLP, diabetes", "adagrad", "constant", "jsonl", 300)),
)
GPU: tuple[tuple[str, Setup], ...] = (
    ("images", Setup("ResNet, images", "momentum", "cosine", "csv", 320, 128, validated=True)),
    ("images", Setup("ResNet, images", "adamw", "constant", "jsonl", 320, 128)),
    ("images", Setup("ResNet, images", "sgd", "step", "events", 320, 128, every=2)),
    ("gpt", Setup("GPT, text", "adamw", "cosine", "jsonl", 440, 64, every=4, clip=1.0)),
    ("gpt", Setup("GPT, text", "momentum", "linear", "csv", 440, 64, clip=1.0)),
    ("gpt", Setup("GPT, text", "nadam", "constant", "csv", 440, 64, every=5, validated=True)),
)
TINY = (1e-4, 1e-2, 1.0)
Job = tuple[tuple[str, Setup], Path, bool]
Proved = tuple[Family, list[Played]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--workers", type=int, default=1, help="families trained side by side")
    parser.add_argument("--minutes", type=float, default=math.inf)
    asked = parser.parse_args()
    if asked.gpu and not asked.tiny and not torch.cuda.is_available():
        sys.exit("prove: there is no GPU here that torch can use: nothing is measured")
    setups: Sequence[tuple[str, Setup]] = GPU if asked.gpu else CPU
    if asked.tiny:
        setups = [(task, replace(setup, steps=20, batch=8)) for task, setup in setups[:1]]
    elif asked.gpu:
        setups = [(task, replace(setup, device="cuda")) for task, setup in setups]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="lrdoctor-prove-") as place:
        jobs = [(setup, Path(place) / str(n), asked.tiny) for n, setup in enumerate(setups)]
        if asked.workers > 1 or asked.minutes < math.inf:
            results = _side_by_side(jobs, asked.workers, started + 60 * asked.minutes)
        else:
            results = [_play(*job) for job in jobs]
    minutes = (time.perf_counter() - started) / 60
    about = page.About(
        f"lrdoctor {__version__}, torch {torch.__version__}, {_machine(asked.gpu)}",
        sum(len(family.ends) for family, _ in results), minutes, asked.gpu,
        len(jobs) - len(results),
    )  # fmt: skip
    text = page.page(results, about)
    print(text)
    if not asked.tiny:
        page.write(ROOT, results, about)


def _side_by_side(jobs: Sequence[Job], workers: int, until: float) -> list[Proved]:
    """What is done by a time of ``perf_counter``; whatever is under way then is ended."""
    results = []
    with get_context("spawn").Pool(workers) as pool:
        for waited in [pool.apply_async(_play, job) for job in jobs]:
            left = until - time.perf_counter()
            try:
                results.append(waited.get(None if left == math.inf else max(0.0, left)))
            except OutOfTime:
                _say("a training is left out: it was not done in time")
    return results


def _play(of: tuple[str, Setup], place: Path, tiny: bool) -> Proved:
    """Everything of one family; in another process, which sends back what came of it."""
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")  # TF32, where the device has it
    task, setup = of
    name = f"{setup.name}, {setup.optimizer}, {setup.schedule}"
    family = Family(name, functools.partial(train, _task(task, setup.device, tiny), setup), place)
    played = prove(family, _say, TINY if tiny else STARTS, TINY if tiny else GRID)
    return Family(name, _over, place, family.ends), played


def _over(rate: float, folder: Path) -> End:
    raise RuntimeError("all of this family's runs are made")


@functools.cache
def _task(name: str, device: str, tiny: bool) -> Task:
    if name == "gpt":
        return tasks.text(*(16, 16, 1) if tiny else (128, 256, 6)).to(device)
    if name == "images":
        return (tasks.images(100, 16, 1) if tiny else tasks.images()).to(device)
    made: Task = getattr(tasks, name)()
    return made.to(device)


def _machine(gpu: bool) -> str:
    if gpu and torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"one thread of {platform.machine()}, {platform.system()}, Python {_PYTHON}"


def _say(what: str) -> None:
    print(f"prove: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
