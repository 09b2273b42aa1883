"""Trains small real models, well and badly, and writes what they log: something to look at."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lrdoctor.errors import UsageError


def train(folder: Path, seconds: float) -> None:
    """Train all patients side by side, each into its own folder below ``folder``.

    Args:
        folder: is made; what an earlier demo left in it must be gone.
        seconds: how long it shall last; where that is too short, as fast as it goes.

    Raises:
        UsageError: ``folder`` holds a patient's folder already.
    """
    from lrdoctor.demo.patients import PATIENTS, STEPS

    for patient in PATIENTS:
        if (folder / patient.name).exists():
            raise UsageError(f"{folder / patient.name} is there already: give another --dir")
    trainings = [patient.train(folder / patient.name) for patient in PATIENTS]
    started = time.monotonic()
    for step, _ in enumerate(zip(*trainings, strict=True), start=1):
        ahead = started + seconds * step / STEPS - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)


@contextmanager
def in_background(folder: Path, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """Train in a process of its own, which ends with the context if it is not done before."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "lrdoctor.demo", str(folder), str(seconds)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,  # it ends when this closes: with its parent, however that goes
        start_new_session=True,  # Ctrl-C in the terminal is for the parent
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # matrices too small to share out
    ) as training:
        try:
            yield training
        finally:
            training.terminate()
