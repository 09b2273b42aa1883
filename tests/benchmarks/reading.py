"""Logs to read, and who reads them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import lrdoctor
from lrdoctor.follow.tail import HEAD
from lrdoctor.readers import choose, readers
from lrdoctor.run import Run
from tests.benchmarks import event_logs

PEERS = Path(".venv-peers/bin/python")


def jobs(folder: Path) -> Iterator[tuple[str, Path, Sequence[tuple[str, str, int]]]]:
    """What is read, and by which peers: the job in ``peers.py``, its name, how many times."""
    servers = (
        ("event_accumulator", "TensorBoard's EventAccumulator", 1),
        ("data_server", "tensorboard-data-server, no checksums", 5),
        ("data_server_checksum", "tensorboard-data-server --checksum", 5),
    )
    path = _log(folder, "regular")
    event_logs.regular(path, 400_000)
    yield "event file, 400,000 scalars of 20 tags", path, (*servers, ("tbparse", "tbparse", 1))
    path = _log(folder, "tensors")
    event_logs.regular(path, 400_000, tensors=True)
    yield "the same as tensors", path, servers
    path = _log(folder, "irregular")
    event_logs.irregular(path, 400_000)
    yield "irregular, images and histograms between", path, servers
    path = csv_file(folder / "big.csv", 200_000)
    tables = ("pandas", "pandas read_csv", 5), ("polars", "polars read_csv", 5)
    yield "CSV, 200,000 rows of 4 columns", path, tables
    lines = (("typed_lines", "msgspec, typed rows", 5), ("pandas_lines", "pandas read_json", 1))
    yield "JSON lines, 200,000 rows of 4 keys", json_lines(path, diverged=False), lines
    yield "the same, half of the losses NaN", json_lines(path, diverged=True), lines[1:]
    evaluated = with_evaluations(path.with_suffix(".jsonl"))
    yield "the first, an evaluation after every 500th", evaluated, lines[1:]


def _log(folder: Path, name: str) -> Path:
    # A folder each: tensorboard-data-server reads all that a folder holds.
    (folder / name).mkdir()
    return folder / name / "events.out.tfevents.1700000000.bench"


def json_lines(table: Path, *, diverged: bool) -> Path:
    """The rows of a CSV file as ``json.dumps`` writes them; bare NaN once the loss diverged."""
    path = table.with_suffix(".diverged.jsonl" if diverged else ".jsonl")
    rows = pd.read_csv(table)
    if diverged:
        rows.loc[len(rows) // 2 :, "loss"] = np.nan
    with path.open("w") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows.to_dict("records"))
    return path


def with_evaluations(log: Path) -> Path:
    """A log of JSON lines with a line of other keys now and then."""
    path = log.with_suffix(".evaluated.jsonl")
    with log.open() as rows, path.open("w") as file:
        for step, row in enumerate(rows):
            file.write(row)
            if step % 500 == 499:
                file.write(f'{{"step": {step}, "eval_loss": {1 / step}, "eval_accuracy": 0.5}}\n')
    return path


def with_peer(job: str, path: Path) -> float:
    """The CPU seconds of a peer's job, in the peers' environment."""
    command = [str(PEERS), str(Path(__file__).with_name("peers.py")), job, str(path)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


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
    with path.open("rb", buffering=0) as file:
        size = path.stat().st_size
        data = file.read(HEAD)
        name = choose(path, data)
        assert name
        reader = readers()[name]()
        run = Run(path.name, str(path), name)
        while data:
            reader.more = file.tell() < size
            for block in reader.feed(data):
                run.add(block)
            data = file.read(reader.piece)
    for block in reader.finish():
        run.add(block)
    for series in run.tags.values():
        assert len(series.values) == len(series.steps)  # put together, as whoever looks finds them
    return run


def check(folder: Path) -> None:
    assert len(lrdoctor.check([folder])) == 1000


def with_pandas(paths: Sequence[Path]) -> None:
    for path in paths:
        assert len(pd.read_csv(path))
