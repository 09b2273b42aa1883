"""Logs to read, and who reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import lrdoctor
from lrdoctor.demo.event_file import EventFile
from lrdoctor.readers import choose, readers
from lrdoctor.run import Run

PIECE = 1 << 20


def event_file(folder: Path) -> Path:
    """100,000 scalars: five tags, each in every step."""
    path = folder / "events.out.tfevents.1.bench"
    log = EventFile(path, 1.0)
    for step in range(20_000):
        figure = 2 / (1 + step)
        scalars = {"loss": figure, "lr": 0.1, "a": 1.0, "b": 2.0, "c": figure}
        log.write(step, scalars, 1.7e9 + 0.37 * step)
    log.close()
    return path


def csv_file(path: Path, rows: int) -> Path:
    """Step, training loss, learning rate and gradient norm, noisy as real ones are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(len(str(path)))
    steps = np.arange(rows)
    loss = 0.3 + 2 * np.exp(-steps / (rows / 4)) + random.normal(0, 0.02, rows)
    norm = random.lognormal(0, 0.2, rows)
    table = {"step": steps, "loss": loss, "lr": np.full(rows, 1e-3), "grad_norm": norm}
    pd.DataFrame(table).to_csv(path, index=False, float_format="%.7g")
    return path


def read(path: Path) -> Run:
    """All points of a log, in memory."""
    with path.open("rb") as file:
        data = file.read(PIECE)
        name = choose(path, data[: 1 << 16])
        assert name
        reader = readers()[name]()
        run = Run(path.name, str(path), name)
        while data:
            for block in reader.feed(data):
                run.add(block)
            data = file.read(PIECE)
    for block in reader.finish():
        run.add(block)
    assert run.tags
    return run


def check(folder: Path) -> None:
    assert len(lrdoctor.check([folder])) == 1000


def with_event_accumulator(path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0})
    accumulator.Reload()
    assert len(accumulator.Scalars("loss")) == 20_000


def with_pandas(paths: Sequence[Path]) -> None:
    for path in paths:
        assert len(pd.read_csv(path))
