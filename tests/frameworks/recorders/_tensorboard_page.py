"""What TensorBoard's page downloads: its server's answer, under the page's file name."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
from _linear import Step
from _recording import Recording
from tensorboard import program
from tensorboardX import SummaryWriter


def record(
    recording: Recording, format: str, tags: Mapping[str, str], steps: Iterable[Step]
) -> None:
    """Log these fields of each step, and download each tag.

    Args:
        tags: the field of ``Step`` by tag.
    """
    events = recording.out / "events"
    kept = list(steps)
    with SummaryWriter(str(events / "run")) as writer:
        for step in kept:
            for tag, name in tags.items():
                writer.add_scalar(tag, getattr(step, name), step.number)
    board = program.TensorBoard()
    board.configure(logdir=str(events), load_fast="false", reload_interval=0, port=0)
    page = f"{board.launch()}data/plugin/scalars/"
    for _ in range(100):
        if json.loads(_answer(f"{page}tags")):
            break
        time.sleep(0.1)
    run = recording.run()
    for tag, name in tags.items():
        query = urlencode({"run": "run", "tag": tag, "format": format})
        file = f"run-run-tag-{tag.replace('/', '_')}.{format}"
        (recording.log / file).write_bytes(_answer(f"{page}scalars?{query}"))
        for step in kept:
            with np.errstate(over="ignore"):
                run.log(tag.replace("/", "_"), step.number, np.float32(getattr(step, name)))


def _answer(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        return answer.read()
