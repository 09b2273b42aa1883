# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "numpy"]
# ///
"""What is printed of trainings that die: of an exception, for want of memory, by SIGKILL in a shell
script, by Ctrl-C, and under ``torchrun`` because one of two ranks fails."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

STEPS, BATCH, LAST = 24, 16, 20
ENDINGS = {
    "exception": "exception",
    "memory": "host-memory",
    "killed": "killed",
    "interrupted": "interrupted",
    "ranks": "exception",
}
ALONE = '"$PYTHON" "$SCRIPT"\necho "ended with $?"'
SCRIPTS = {
    "ranks": '"$PYTHON" -m torch.distributed.run --standalone --nproc-per-node=2 "$SCRIPT"',
}


def die(how: str, rank: int) -> None:
    """End the process as the variant wants it, in the middle of a training."""
    import torch

    if how == "exception" or (how == "ranks" and rank == 1):
        torch.zeros(4, 3) @ torch.zeros(4, 3)
    if how == "memory":
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        torch.empty(8 << 30, dtype=torch.uint8)
    if how in ("killed", "interrupted"):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # shells ignore it behind them
        os.kill(os.getpid(), signal.SIGKILL if how == "killed" else signal.SIGINT)


def train(how: str) -> None:
    """One process; of several ranks only the first prints, as trainings do."""
    import torch
    import torch.distributed as dist

    torch.manual_seed(0)
    inputs = torch.randn(BATCH * 8, 4)
    targets = inputs.sum(1, keepdim=True)
    model: torch.nn.Module = torch.nn.Linear(4, 1)
    rank = 0
    if how == "ranks":
        dist.init_process_group("gloo")
        model, rank = torch.nn.parallel.DistributedDataParallel(model), dist.get_rank()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    for step in range(STEPS):
        if step == LAST:
            die(how, rank)
        part = slice(step % 8 * BATCH, step % 8 * BATCH + BATCH)
        loss = torch.nn.functional.mse_loss(model(inputs[part]), targets[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if rank == 0:
            with open(os.environ["NOTES"], "a") as notes:
                notes.write(f"{step} {loss.item()!r}\n")
            print(f"step {step}: loss {loss.item():.4f}", flush=True)


def record() -> None:
    from _recording import Recording

    recording = Recording("console")
    own = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHON": sys.executable, "SCRIPT": __file__}
    for how, ending in ENDINGS.items():
        folder = recording.log / how
        folder.mkdir()
        notes = recording.out / f"{how}.notes"
        run = recording.run(how)
        run.rounded("loss", ".4f")
        run.ending = ending
        with (folder / "train.log").open("w") as out:
            subprocess.run(["bash", "-c", SCRIPTS.get(how, ALONE)], stdout=out, stderr=out,
                           check=False, env={**own, "HOW": how, "NOTES": str(notes)})  # fmt: skip
        for line in notes.read_text().splitlines():
            step, value = line.split()
            run.log("loss", int(step), float(value))
        _forget(folder / "train.log")
    recording.forget_place("train.log")
    recording.write()


def _forget(log: Path) -> None:
    """Take this machine's name and its folders out of the text."""
    text = log.read_text()
    for name, instead in (
        (sys.prefix, "venv"),
        (sys.base_prefix, "python"),
        (socket.gethostname(), "node"),
    ):
        text = text.replace(name, instead)
    log.write_text(text)


if "HOW" in os.environ:
    train(os.environ["HOW"])
else:
    record()
