"""Logs that tests write and break: three formats, the same points in each."""

from __future__ import annotations

import itertools
import json
import struct
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lrdoctor.diagnosis import Json
from lrdoctor.monitor import Monitor
from lrdoctor.store import RunRecord, Store
from tests.readers import event_frames
from tests.readers.event_frames import field, fixed

Point = tuple[int, float]

_SECONDS = itertools.count(4_200_000_000)
"""Wall times as a writer has them, later points later; too late for any run to have stalled."""


def loss(step: int) -> float:
    """A made-up training loss: falling, with noise that depends on the step alone."""
    noise = np.random.default_rng(step).normal()
    return round(float(0.4 + 1.6 * np.exp(-step / 60) + 0.03 * noise), 4)


def points(first: int, last: int) -> list[Point]:
    return [(step, loss(step)) for step in range(first, last)]


def csv(pairs: Iterable[Point]) -> bytes:
    return b"".join(b"%d,%s\n" % (step, repr(value).encode()) for step, value in pairs)


def jsonl(pairs: Iterable[Point]) -> bytes:
    return b"".join(
        json.dumps({"step": step, "loss": value}).encode() + b"\n" for step, value in pairs
    )


def events(pairs: Iterable[Point], walls: Iterable[float] | None = None) -> bytes:
    at = iter(_SECONDS if walls is None else walls)
    return b"".join(event_frames.record(_event(step, value, next(at))) for step, value in pairs)


class Format(NamedTuple):
    name: str
    file: str
    head: bytes
    rows: Callable[[Iterable[Point]], bytes]


FORMATS = (
    Format("csv", "metrics.csv", b"step,loss\n", csv),
    Format("jsonl", "log.jsonl", b"", jsonl),
    Format("event-file", "events.out.tfevents.1700000000.host", b"", events),
)


class Log:
    """A log as its writer knows it."""

    def __init__(self, path: Path, format: Format, *, ranks: int = 1) -> None:
        self.path = path
        self.format = format
        self.ranks = ranks
        """So many processes write each step, in their own time: no step overtakes another."""
        self.closed: list[tuple[Path, list[Point]]] = []
        """Event files before this one, and their points."""
        self.logged: list[Point] = []
        self.last = b""
        """The last whole record."""
        self.unwritten = b""
        """The other half of a record that was written in part."""
        self.half: list[Point] = []
        self.places: set[int] = set()
        """The steps gone back to."""

    @property
    def files(self) -> list[Path]:
        return [*(path for path, _ in self.closed), self.path]

    def exists(self) -> bool:
        return any(path.exists() for path in self.files)

    def begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(self.format.head)
        self.forget()

    def forget(self) -> None:
        self.logged, self.half, self.unwritten, self.last = [], [], b"", b""
        if not self.closed:
            self.places = set()

    def delete(self) -> None:
        for path in self.files:
            path.unlink(missing_ok=True)
        self.closed = []
        self.forget()

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def write(self, pairs: list[Point]) -> None:
        records = [self.format.rows([pair]) for pair in pairs]
        self.append(self.unwritten + b"".join(records))
        self.logged += [*self.half, *pairs]
        self.half, self.unwritten, self.last = [], b"", records[-1] if records else b""

    def resume(self, back: int, more: int) -> None:
        """Go back and on from there, to two different steps in all: more might be two writers'."""
        place = max(0, self.logged[-1][0] - back) if self.logged and not self.half else None
        if place is not None and (place in self.places or len(self.places) < 2):
            self.places.add(place)
            last = self.logged[-1][0] + 1 + more
            self.write([(step, loss(step + 1000)) for step in range(place, last)])

    def next_file(self) -> None:
        """Go on in another event file of the folder, as after a restart."""
        self.closed.append((self.path, self.logged))
        stem, _, host = self.path.name.rpartition(".")
        head, _, number = stem.rpartition(".")
        self.path = self.path.with_name(f"{head}.{int(number) + 1}.{host}")
        self.begin()

    def standing(self) -> list[tuple[str, int, float]]:
        """The points that no later one has overtaken."""
        logged = [point for _, before in self.closed for point in before] + self.logged
        points: list[Point] = sorted(logged, key=lambda p: p[0]) if self.ranks > 1 else []
        for step, value in logged if self.ranks == 1 else ():
            if points and step < points[-1][0]:
                points = [point for point in points if point[0] < step]
            points.append((step, value))
        exact = np.float32 if self.format.name == "event-file" else float
        return [("loss", step, float(exact(value))) for step, value in points]


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 4_000_000_000.0
        """Far in the future: the files on disk are long settled."""

    def __call__(self) -> float:
        return self.now


def exactly(points: Iterable[tuple[str, int, float]]) -> list[tuple[str, int, str]]:
    """Points that can be compared: NaN is NaN."""
    return [(tag, step, value.hex()) for tag, step, value in points]


def listed(store: Store) -> dict[str, RunRecord]:
    """The runs whose logs are there, by name."""
    return {record.name: record for record in store.changed()[1] if not record.gone}


def stored(store: Store) -> dict[str, list[tuple[str, int, float]]]:
    """Every point in the store, by run: tag, step, value."""
    found: dict[str, list[tuple[str, int, float]]] = {}
    for name, record in listed(store).items():
        metrics: dict[str, dict[str, str]] = json.loads(record.line)["metrics"]
        found[name] = []
        for metric in metrics.values():
            block = store.points(record.id, metric["tag"])
            assert block is not None
            pairs = zip(block.steps.tolist(), block.values.tolist(), strict=True)
            found[name] += [(metric["tag"], step, value) for step, value in pairs]
    return found


def lines(store: Store) -> dict[str, Json]:
    """What the store says of each run."""
    return {name: json.loads(record.line) for name, record in listed(store).items()}


def afresh(root: Path, clock: Callable[[], float] = time.time) -> dict[str, Json]:
    """What somebody says who looks at the logs for the first time."""
    monitor = Monitor([root], clock=clock)
    return {d.run: json.loads(json.dumps(d.to_dict())) for d in monitor.poll()}


def _event(step: int, value: float, wall: float) -> bytes:
    """A TensorFlow ``Event`` with one ``simple_value``, as protobuf writes it."""
    number = field(1, b"loss") + fixed(2, struct.pack("<f", value))
    return fixed(1, struct.pack("<d", wall)) + field(2, step) + field(5, field(1, number))
