"""``make prove``: retrains for real, from bad rates on, and writes what came of it.

    python -m tests.prove.prove [--gpu] [--tiny] [--workers N]

Each run writes its log to disk. ``lrdoctor next`` is asked for the next rate with these logs and
nothing else, until it says "enough" or three retrains are made; Optuna's TPE and a fixed list of
rates make as many from the same starts. --gpu: a residual network and a GPT on the first GPU.
--tiny: a few steps of one family, to see that it runs; nothing is written.
"""

from __future__ import annotations

import argparse
import functools
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
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
    ("images", Setup("ResNet, images", "momentum", "cosine", "csv", 400, 128, validated=True)),
    ("images", Setup("ResNet, images", "adamw", "constant", "jsonl", 400, 128)),
    ("images", Setup("ResNet, images", "sgd", "step", "events", 400, 128, every=2)),
    ("gpt", Setup("GPT, text", "adamw", "cosine", "jsonl", 600, 64, every=4, clip=1.0)),
    ("gpt", Setup("GPT, text", "momentum", "linear", "csv", 600, 64, clip=1.0)),
    ("gpt", Setup("GPT, text", "nadam", "constant", "csv", 600, 64, every=5, validated=True)),
)
TINY = (1e-4, 1e-2, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--workers", type=int, default=1, help="families trained side by side")
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
        if asked.workers > 1:
            with ProcessPoolExecutor(asked.workers, get_context("spawn")) as pool:
                results = list(pool.map(_play, *zip(*jobs, strict=True)))
        else:
            results = [_play(*job) for job in jobs]
    minutes = (time.perf_counter() - started) / 60
    about = page.About(
        f"lrdoctor {__version__}, torch {torch.__version__}, {_machine(asked.gpu)}",
        sum(len(family.ends) for family, _ in results), minutes, asked.gpu,
    )  # fmt: skip
    text = page.page(results, about)
    print(text)
    if not asked.tiny:
        page.write(ROOT, results, about)


def _play(of: tuple[str, Setup], place: Path, tiny: bool) -> tuple[Family, list[Played]]:
    """Everything of one family; in another process, which sends back what came of it."""
    torch.set_num_threads(1)
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
