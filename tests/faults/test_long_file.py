"""A file of many pieces, whose reader keeps points back until the last one has come."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.follow.tail import Piece, Tail
from lrdoctor.monitor.file import LogFile
from lrdoctor.run import Run
from tests.readers.event_frames import field, fixed, record

POINTS = 40_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "events.out.tfevents.1700000000.long"
    with path.open("wb") as file:
        for step in range(POINTS):
            value = field(1, b"loss") + fixed(2, struct.pack("<f", step))
            wall = fixed(1, struct.pack("<d", 1.7e9 + step))
            file.write(record(wall + field(2, step) + field(5, field(1, value))))
    return path


def pulled(file: LogFile, run: Run) -> None:
    for block in file.pull(1.8e9, lambda: None):
        run.add(block)


def test_every_point_comes_once(log: Path) -> None:
    run = Run("long", "", "event-file")
    pulled(LogFile(str(log)), run)
    assert np.array_equal(run.tags["loss"].steps, np.arange(POINTS))
    assert np.array_equal(run.tags["loss"].values, np.arange(POINTS))


@pytest.mark.parametrize("good", range(1, 5))
def test_what_was_kept_back_comes_where_the_file_is_out_of_reach(
    log: Path, good: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pieces; another process goes on from there."""
    read, looks = Tail.read, 0

    def fails_once(self: Tail, now: float, **told: bool) -> Piece:
        nonlocal looks
        looks += 1
        if looks == good + 1:
            raise OSError("gone for a moment")
        return read(self, now, **told)

    run, first = Run("long", "", "event-file"), LogFile(str(log))
    with monkeypatch.context() as then:
        then.setattr(Tail, "read", fails_once)
        pulled(first, run)
    if looks > good:
        assert 0 < len(run.tags["loss"]) < POINTS
    assert first.reader is not None
    second = LogFile(str(log), mark=first.tail.mark, format=first.format, notes=first.notes)
    second.resume(first.reader.state())
    pulled(second, run)
    assert np.array_equal(run.tags["loss"].steps, np.arange(POINTS))
