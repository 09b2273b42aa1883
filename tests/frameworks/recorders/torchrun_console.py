# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "numpy"]
# ///
"""What ``torchrun`` shows of two ranks that print as nanoGPT does: each line behind its rank."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch

STEPS, BATCH = 24, 16


def rank() -> None:
    """One rank; only the first prints, as trainings do."""
    import torch.distributed as dist

    dist.init_process_group("gloo")
    torch.manual_seed(0)
    inputs = torch.randn(BATCH * 8, 4)
    targets = inputs.sum(1, keepdim=True)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    for step in range(STEPS):
        part = slice(step % 8 * BATCH, step % 8 * BATCH + BATCH)
        loss = torch.nn.functional.mse_loss(model(inputs[part]), targets[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if dist.get_rank() == 0:
            shown = loss.item() if step < 20 else float("nan")
            print(f"NOTE {step} {shown!r}", file=sys.stderr)
            print(f"iter {step}: loss {shown:.4f}, time 12.34ms, mfu -100.00%", flush=True)
    dist.destroy_process_group()


def record() -> None:
    from _recording import Recording

    recording = Recording("console")
    run = recording.run()
    run.rounded("loss", ".4f")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--tee=1",
               "--redirects=2", "--log-dir", recording.out / "ranks", __file__]  # fmt: skip
    quiet = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (recording.log / "train.log").open("w") as out:
        subprocess.run([*map(str, command)], stdout=out, stderr=out, check=True, env=quiet)
    noted = next(Path(recording.out / "ranks").rglob("0/stderr.log")).read_text()
    for line in noted.splitlines():
        if line.startswith("NOTE"):
            _, step, value = line.split()
            run.log("loss", int(step), float(value))
    recording.write()


if "LOCAL_RANK" in os.environ:
    rank()
else:
    record()
