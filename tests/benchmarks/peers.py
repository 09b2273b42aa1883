"""One reading job of a peer, in the peers' own environment: prints its CPU seconds.

``python peers.py JOB PATH``. It imports nothing of the project. What a peer imports is not counted,
what its child processes use is.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

Job = Callable[[str], object]


def event_accumulator() -> Job:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def read(path: str) -> object:
        accumulator = EventAccumulator(path, size_guidance={"scalars": 0, "tensors": 0})
        return accumulator.Reload()

    return read


def tbparse() -> Job:
    from tbparse import SummaryReader

    return lambda path: SummaryReader(path).scalars


def pandas() -> Job:
    import pandas as pd

    return pd.read_csv


def polars() -> Job:
    import polars as pl

    return pl.read_csv


def pandas_lines() -> Job:
    import pandas as pd

    return lambda path: pd.read_json(path, lines=True)


def typed_lines() -> Job:
    """What a specialist would write for one log whose keys he knows."""
    import msgspec
    import numpy as np

    names = ("step", "loss", "lr", "grad_norm")
    row = msgspec.defstruct("Row", [(name, float) for name in names], gc=False)
    decoder = msgspec.json.Decoder(row)

    def read(path: str) -> object:
        rows = decoder.decode_lines(Path(path).read_bytes())
        return {n: np.fromiter(map(attrgetter(n), rows), np.float64, len(rows)) for n in names}

    return read


def data_server() -> Job:
    return lambda path: _load(path)


def data_server_checksum() -> Job:
    return lambda path: _load(path, "--checksum")


def _load(path: str, *more: str) -> None:
    """tensorboard-data-server, from its start until its first load cycle is finished."""
    import tensorboard_data_server

    command = [tensorboard_data_server.server_binary(), "--logdir", str(Path(path).parent),
               "--port", "0", "--reload", "once", "-v",
               "--samples-per-plugin", "scalars=0", *more]  # fmt: skip
    server = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert server.stderr
    for line in server.stderr:
        if "Finished load cycle" in line:
            break
    server.kill()
    server.wait()


def cpu_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    job = globals()[sys.argv[1]]()
    started = cpu_seconds()
    job(sys.argv[2])
    sys.stdout.write(f"{cpu_seconds() - started}\n")
