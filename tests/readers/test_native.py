"""The compiled reader beside the one without: byte for byte the same."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.readers import Reader, _native
from lrdoctor.readers.event_file import EventFile
from tests.readers import event_bytes

pytestmark = pytest.mark.skipif(not _native.THERE, reason="there is no compiled reader")
Told = tuple[dict[str, bytes], list[tuple[int | None, str]], object, bytes]


@contextmanager
def without() -> Iterator[None]:
    """As where there is no compiler."""
    _native.THERE = False
    try:
        yield
    finally:
        _native.THERE = True


def told(reader: Reader, pieces: list[bytes]) -> Told:
    """All that a reader says: points by tag, to the bit, faults, settings and its state."""
    points: dict[str, list[bytes]] = {}
    for piece in pieces:
        for block in reader.feed(piece):
            walls = block.steps * 0.0 if block.wall_times is None else block.wall_times
            columns = block.steps.tolist(), block.values.tolist(), walls.tolist()
            for point in zip(*columns, strict=True):
                points.setdefault(block.tag, []).append(struct.pack("<qdd", *point))
    state = reader.state()
    faults = [(fault.line, fault.what) for fault in reader.take_faults()]
    joined = {tag: b"".join(found) for tag, found in points.items()}
    return joined, faults, (reader.x_axis, reader.settings, list(joined)), state


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(borders)]


def strict_reader() -> EventFile:
    reader = EventFile()
    reader.strict = True  # the compiled reader is
    return reader


@settings(max_examples=400, deadline=None)
@given(event_bytes.files(), st.lists(st.integers(0, 1 << 20), max_size=3))
def test_event_files(data: bytes, places: list[int]):
    pieces = cut(data, places)
    compiled = told(strict_reader(), pieces)
    with without():
        assert told(strict_reader(), pieces) == compiled
