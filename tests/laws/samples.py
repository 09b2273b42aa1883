"""Sample logs and made-up curves as runs, for the laws of rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

import numpy as np

from lrdoctor.readers import choose, readers
from lrdoctor.resources import folder
from lrdoctor.rules import rules
from lrdoctor.run import Block, Floats, Run


def load(path: Path) -> Run:
    """The run in one sample log."""
    data = path.read_bytes()
    name = choose(PurePath(path), data)
    assert name, f"no reader takes {path}"
    reader, run = readers()[name](), Run(path.stem, str(path), name)
    for blocks in (reader.feed(data), reader.finish()):
        for block in blocks:
            run.add(block)
    assert not reader.take_faults()
    run.x_axis, run.settings, run.ending = reader.x_axis, reader.settings, reader.ending
    return run


def sample(rule: str, kind: str) -> Path:
    """``fires`` or ``quiet`` of a rule."""
    (path,) = sorted((folder("sample_logs") / rule).glob(f"{kind}.*"))
    return path


def all_samples() -> list[Path]:
    return [sample(rule, kind) for rule in rules() for kind in ("fires", "quiet")]


def run_of(tags: Mapping[str, Floats], steps: np.ndarray | None = None) -> Run:  # type: ignore[type-arg]
    """A run whose tags share their steps."""
    run = Run("run", "run.csv", "csv")
    for tag, values in tags.items():
        at = np.arange(len(values)) if steps is None else steps
        run.add(Block(tag, at.astype(np.int64), np.asarray(values, np.float64)))
    return run


def odd_runs() -> Iterator[tuple[str, Run]]:
    """What no training should write, and every rule must bear."""
    random = np.random.default_rng(3)
    falling = np.exp(-np.arange(200) / 40) + random.normal(0, 0.02, 200)
    yield "nothing", Run("run", "run.csv", "csv")
    for name, losses in {
        "one point": falling[:1],
        "two points": falling[:2],
        "nine points": falling[:9],
        "all NaN": np.full(50, np.nan),
        "all inf": np.full(50, np.inf),
        "minus inf": np.full(50, -np.inf),
        "constant": np.full(200, 2.5),
        "zero": np.zeros(200),
        "huge": np.where(np.arange(200) % 7, falling, 1e300),
        "huge of both signs": np.where(np.arange(200) % 2, 1e300, -1e300),
        "the largest floats": np.linspace(-1, 1, 200) * np.finfo(float).max,
        "tiny": falling * 1e-300,
        "NaN now and then": np.where(np.arange(200) % 11, falling, np.nan),
        "NaN first": np.where(np.arange(200) < 20, np.nan, falling),
        "a jump to inf": np.where(np.arange(200) < 150, falling, np.inf),
    }.items():
        tags = {"loss": losses, "val_loss": losses, "accuracy": losses, "grad_norm": losses}
        yield name, run_of({**tags, "lr": np.abs(losses)})
    everywhere = dict.fromkeys(("loss", "val_loss", "accuracy", "lr", "grad_norm"), falling)
    yield "the same step", run_of(everywhere, np.full(200, 7))
    yield "steps in twos", run_of(everywhere, np.arange(200) // 2)
    yield "unsorted steps", run_of(everywhere, random.permutation(200))
    yield "rates below zero", run_of({"loss": falling, "lr": -falling})
    yield "only accuracy", run_of({"accuracy": falling})
